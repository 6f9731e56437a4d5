"""The door: what is taken, what is refused and in which words, and what is shown."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from events.codec import ce_type, encode
from events.facts import ClockTicked, Fact, OfferAccepted
from events.texts import table
from events.topics import MAX_FACT_BYTES
from gigmatch.processes import LOCALHOST, free_port
from producers.outbox.app import Outbox, create_app
from producers.outbox.door import Door
from producers.outbox.sender import Sender
from producers.outbox.station import Station
from producers.outbox.store import Store
from tests.matching.scenario import JOB, WORKER
from tests.producers.outbox.disks import full_disk
from tests.town import HOUR, NOW

STATION = Station("511181", "05")
JSON = {"content-type": "application/json"}
LATE_AFTER_MS = 900_000


class Clock:
    """A clock that is moved by hand."""

    now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(tmp_path: Path, clock: Clock) -> Iterator[Outbox]:
    store = Store(tmp_path / "outbox.db", STATION.name, max_mb=1)
    nowhere = f"{LOCALHOST}:{free_port()}"
    sender = Sender(store, STATION, nowhere, late_after_s=900, keep_s=60, clock=clock)
    failures: list[Exception] = []
    yield Outbox(
        station=STATION,
        store=store,
        door=Door(store, STATION, clock),
        sender=sender,
        late_after_ms=LATE_AFTER_MS,
        clock=clock,
        failed=failures.append,
    )
    store.close()
    assert failures == []


@pytest.fixture
async def client(outbox: Outbox) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(outbox, [LOCALHOST])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{LOCALHOST}") as made:
        yield made


async def post(client: httpx.AsyncClient, fact: Fact, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/facts", content=encode(fact), headers=JSON | named)


async def test_a_fact_is_taken_and_waits(client: httpx.AsyncClient, outbox: Outbox) -> None:
    answer = await post(client, JOB, ce_id="a-1")
    assert answer.status_code == 202
    assert answer.json() == {
        "id": "a-1",
        "type": "job.posted.v1",
        "source": "/zones/511181/stations/05",
        "seq": 1,
        "state": "waiting",
    }
    [waiting] = outbox.store.waiting(0, most=9, most_bytes=10**6)
    assert (waiting.value, waiting.accepted_at) == (encode(JOB), NOW)


async def test_without_an_id_it_gets_one(client: httpx.AsyncClient) -> None:
    ids = {(await post(client, JOB)).json()["id"] for _ in range(3)}
    assert len(ids) == 3


async def test_the_same_id_again_is_the_same_fact(
    client: httpx.AsyncClient, outbox: Outbox
) -> None:
    await post(client, JOB, ce_id="a-1")
    again = await post(client, JOB, ce_id="a-1")
    assert (again.status_code, again.json()["seq"], again.json()["state"]) == (200, 1, "waiting")
    outbox.store.delivered([(1, False)], NOW)
    assert (await post(client, JOB, ce_id="a-1")).json()["state"] == "sent"
    other = await post(client, WORKER, ce_id="a-1")
    assert other.status_code == 409
    assert "a-1" in other.json()["title"]


@pytest.mark.parametrize(
    ("fact", "code", "field"),
    [
        (ClockTicked(now=NOW), "not_for_stations", "ce_type"),
        (msgspec.structs.replace(JOB, zone="511102"), "other_zone", "zone"),
        (msgspec.structs.replace(WORKER, station_id="511181-06"), "other_station", "station_id"),
        (msgspec.structs.replace(JOB, shifts=JOB.shifts * 2), "shifts_overlap", "shifts[1].start"),
        (msgspec.structs.replace(JOB, title="采茶工 13800138000"), "personal_data", "title"),
    ],
)
async def test_what_is_wrong_is_told_at_once_in_the_language_asked_for(
    client: httpx.AsyncClient, outbox: Outbox, fact: Fact, code: str, field: str
) -> None:
    chinese = await post(client, fact, ce_type=ce_type(fact))
    english = await post(client, fact, ce_type=ce_type(fact), accept_language="en-GB,zh;q=0.5")
    assert chinese.status_code == english.status_code == 422
    assert chinese.headers["content-type"] == "application/problem+json"
    assert chinese.json()["type"] == f"urn:gigmatch:{code}"
    assert english.json()["field"] == field
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese.json()["title"])
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english.json()["title"])
    assert outbox.store.figures(0).waiting == 0
    shown = (await client.get("/status?lang=en")).json()["refused"]
    assert [one["reason"] for one in shown] == [english.json()["title"]] * 2
    assert "13800138000" not in (await client.get("/status")).text


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 422, "not_json"),
        (encode(JOB) + b"\n" + encode(JOB), {}, 422, "one_at_a_time"),
        (b'"' + bytes(MAX_FACT_BYTES) + b'"', {}, 413, "too_large"),
        (encode(JOB), {"ce-source": "/zones/511181/stations/06"}, 422, "other_source"),
        (encode(JOB), {"ce-id": "x" * 257}, 422, "attribute_too_long"),
        (encode(JOB), {"ce-type": "job.posted.v9"}, 422, "unknown_version"),
        (encode(JOB), {"ce-type": "booking.answered.v1"}, 422, "unknown_type"),
        (encode(JOB), {"content-type": "text/plain"}, 415, "not_json"),
        (
            encode(OfferAccepted(offer_id="O-1", worker_id="W-1", zone="511181")),
            {},
            422,
            "type_unclear",
        ),
    ],
)
async def test_what_cannot_be_taken_says_what_to_do(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.post("/facts", content=content, headers=JSON | headers)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:gigmatch:{code}")
    assert answer.json()["title"]


async def test_the_status(client: httpx.AsyncClient, outbox: Outbox, clock: Clock) -> None:
    for number in range(3):
        await post(client, JOB, ce_id=f"a-{number}")
        clock.now += LATE_AFTER_MS
    outbox.store.delivered([(1, False)], NOW + HOUR)
    status = (await client.get("/status")).json()
    assert status == {
        "station": "511181-05",
        "connected": False,
        "trouble": "",
        "waiting": 2,
        "oldest_at": NOW + LATE_AFTER_MS,
        "late": 1,
        "last_sent_at": NOW + HOUR,
        "sent_kept": 1,
        "refused": [],
    }


async def test_the_queue(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await post(client, JOB, ce_id=f"a-{number}")
    queue = (await client.get("/queue?limit=2")).json()
    assert [line["id"] for line in queue["waiting"]] == ["a-0", "a-1"]
    assert queue["waiting"][0] == {
        "seq": 1,
        "id": "a-0",
        "type": "job.posted.v1",
        "size": len(encode(JOB)),
        "accepted_at": NOW,
    }
    assert len((await client.get("/queue?limit=many")).json()["waiting"]) == 3


async def test_metrics(client: httpx.AsyncClient, clock: Clock) -> None:
    await post(client, JOB)
    clock.now += HOUR
    lines = (await client.get("/metrics")).text.splitlines()
    assert "gigmatch_outbox_waiting 1.0" in lines
    assert "gigmatch_outbox_oldest_seconds 3600.0" in lines
    assert "gigmatch_outbox_late 1.0" in lines
    assert "gigmatch_outbox_connected 0.0" in lines


async def test_what_is_not_there(client: httpx.AsyncClient) -> None:
    missing = await client.get("/nothing", headers={"accept-language": "en"})
    assert (missing.status_code, "/facts" in missing.json()["title"]) == (404, True)
    wrong = await client.get("/facts", headers={"accept-language": "en"})
    assert (wrong.status_code, "POST /facts" in wrong.json()["title"]) == (405, True)


async def test_only_its_own_names_are_answered(client: httpx.AsyncClient) -> None:
    assert (await client.get("/status", headers={"host": "evil.example"})).status_code == 400
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_on_a_disk_that_is_full_nothing_is_taken(
    client: httpx.AsyncClient, outbox: Outbox
) -> None:
    await post(client, JOB, ce_id="a-1")
    with full_disk():
        answer = await post(client, WORKER, ce_id="a-2")
    assert answer.status_code == 507
    assert outbox.store.figures(0).waiting == 1
    assert (await post(client, WORKER, ce_id="a-2")).json()["seq"] == 2


def test_every_word_of_the_door_is_in_the_table_and_no_more() -> None:
    source = "".join(path.read_text() for path in Path("producers/outbox").glob("*.py"))
    named = set(re.findall(r'"(outbox\.[a-z_]+)"', source))
    assert named == {key for key in table() if key.startswith("outbox.")}


async def test_a_damaged_file_ends_the_process_and_is_told(outbox: Outbox) -> None:
    failures: list[Exception] = []
    app = create_app(outbox._replace(failed=failures.append), [LOCALHOST])
    outbox.store.disk.connection.execute("DROP TABLE fact")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{LOCALHOST}") as client:
        answer = await post(client, JOB, ce_id="a-1")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:gigmatch:damaged")
    assert "no such table" in str(failures[0])
