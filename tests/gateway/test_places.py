"""Which zones and stations the gateway knows: those that ship, and those of a file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.places import known_station, known_zones, zones_with
from gigmatch.errors import UserError
from tests.gateway.serving import client_of, gateway_of
from tests.town import ZONE

OTHER = "511102"
NOBODYS = "330106"


def station(number: str = "01", **changes: Any) -> dict[str, Any]:
    name = {"zh-CN": f"驿站{number}", "en": f"Station {number}"}
    return {"number": number, "name": name, "lat": 29.56, "lon": 103.76} | changes


def zone(code: str = OTHER, **changes: Any) -> dict[str, Any]:
    name = {"zh-CN": "市中区", "en": "Shizhong"}
    return {"zone": code, "name": name, "stations": [station("01"), station("02")]} | changes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stations.json"


@pytest.fixture
def own_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that the settings name, as a process finds it that starts."""
    monkeypatch.setenv("GIGMATCH_STATIONS", str(file))
    known_zones.cache_clear()
    yield file
    known_zones.cache_clear()


def write(file: Path, *zones: dict[str, Any]) -> None:
    file.write_text(json.dumps({"zones": zones}), encoding="utf-8")


def test_the_zones_of_a_file_come_before_those_that_ship(file: Path) -> None:
    write(file, zone())
    assert list(zones_with(None)) == [ZONE]
    known = zones_with(file)
    assert list(known) == [OTHER, ZONE]
    assert [one.number for one in known[OTHER].stations] == ["01", "02"]
    assert known[ZONE] == zones_with(None)[ZONE]


def test_a_zone_of_the_file_is_instead_of_the_one_that_ships(file: Path) -> None:
    write(file, zone(ZONE, stations=[station("77")]))
    known = zones_with(file)
    assert [one.number for one in known[ZONE].stations] == ["77"]


def test_a_station_of_the_file_is_known(own_file: Path) -> None:
    write(own_file, zone(stations=[station("02", lat=29.6)]))
    found = known_station(f"{OTHER}-02")
    assert found is not None
    assert (found.lat, found.name["en"]) == (29.6, "Station 02")
    assert known_station(f"{OTHER}-03") is None
    assert known_station(f"{ZONE}-05") is not None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (zone("51110"), "$.zones[0].zone"),
        (zone("511102\n"), "$.zones[0].zone"),
        (zone(name={"zh-CN": "市中区"}), "missing in en"),
        (zone(name={"zh-CN": "市中区", "en": ""}), "$.zones[0].name"),
        (zone(stations=[]), "$.zones[0].stations"),
        (zone(stations=[station("01"), station("01")]), "station 01 is there twice"),
        (zone(stations=[station("0 1")]), "$.zones[0].stations[0].number"),
        (zone(stations=[station("511102-01")]), "$.zones[0].stations[0].number"),
        (zone(stations=[station(lat=103.76, lon=29.56)]), "$.zones[0].stations[0].lat"),
        (zone(stations=[station(), station("02", lon=-180.1)]), "$.zones[0].stations[1].lon"),
        (zone(stations=[station(lat=None)]), "$.zones[0].stations[0].lat"),
        (zone(stations=[station(name={"en": "Station"})]), "missing in zh-CN"),
        (zone(stations=[station(name={"zh-CN": "驿\u202e站", "en": "x"})]), "stations[0].name"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_place(
    file: Path, wrong: dict[str, Any], told: str
) -> None:
    write(file, wrong)
    with pytest.raises(UserError) as error:
        zones_with(file)
    for part in ("GIGMATCH_STATIONS", str(file), told, "docs/station.md"):
        assert part in str(error.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"zones": 1}', b"\xff\xfe", b"[" * 9])
def test_what_is_no_file_of_stations_is_said_to_be_none(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(UserError, match="is no file of stations"):
        zones_with(file)


def test_a_zone_twice_in_a_file_is_refused(file: Path) -> None:
    write(file, zone(), zone())
    with pytest.raises(UserError, match=f"zone {OTHER} is there twice"):
        zones_with(file)


def test_a_file_that_cannot_be_read_is_said_with_what_to_do(tmp_path: Path) -> None:
    for away in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(UserError, match=r"cannot be read .* correct GIGMATCH_STATIONS"):
            zones_with(away)


async def test_a_gateway_does_not_start_with_a_wrong_file(own_file: Path, redis_url: str) -> None:
    write(own_file, zone(stations=[]))
    with pytest.raises(UserError, match="GIGMATCH_STATIONS"):
        async with client_of(redis_url):
            raise AssertionError("it started")


async def test_a_zone_of_the_file_is_an_empty_town_before_its_first_fact(
    own_file: Path, redis_url: str
) -> None:
    write(own_file, zone())
    async with client_of(redis_url) as client:
        town = (await client.get(f"/api/town?zone={OTHER}")).json()
        assert (town["zone"], town["place"]["en"], town["jobs"]) == (OTHER, "Shizhong", [])
        seen = [(one["station_id"], one["lat"], one["lon"]) for one in town["stations"]]
        assert seen == [(f"{OTHER}-01", 29.56, 103.76), (f"{OTHER}-02", 29.56, 103.76)]
        first = (await client.get("/api/town")).json()
        assert first["zone"] == OTHER
        assert (await client.get(f"/api/town?zone={NOBODYS}")).status_code == 404


async def test_the_zone_of_a_station_is_an_empty_town_for_that_station_alone(
    redis_url: str,
) -> None:
    async with gateway_of(redis_url) as gateway:
        own = await gateway.station(f"{NOBODYS}-01", NOBODYS)
        path = f"/api/town?zone={NOBODYS}"
        answer = await gateway.client.get(path, headers=own)
        assert answer.status_code == 200
        assert (answer.json()["zone"], answer.json()["stations"]) == (NOBODYS, [])
        for headers in ({}, await gateway.station(), await gateway.operator()):
            assert (await gateway.client.get(path, headers=headers)).status_code == 404
        elsewhere = await gateway.client.get("/api/town?zone=330108", headers=own)
        assert elsewhere.status_code == 404
