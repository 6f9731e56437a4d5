"""Bodies, headers and words that are meant to do harm."""

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
import segno

from events.examples import FACTS
from tests.gateway.serving import STATION, serving
from tests.gateway.two_stations import FACTS_OF_THE_TOWN, OWN, PHONE, Town
from tests.projecting import answered, project
from tests.worlds import record_of


async def test_an_oversized_body(town: Town) -> None:
    headers = await town.station()
    answer = await town.command("/api/station/jobs", headers, {"title": "x" * 300_000})
    await town.refused(answer, 413, "body_too_large")

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    sent = headers | {"idempotency-key": "a", "content-type": "application/json"}
    answer = await town.client.post("/api/station/jobs", headers=sent, content=endless())
    await town.refused(answer, 413, "body_too_large")
    deep = b'{"a":' * 5_000 + b"1" + b"}" * 5_000
    answer = await town.client.post("/api/station/jobs", headers=sent, content=deep)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:gigmatch:nested_too_deep")


@pytest.mark.parametrize("id", ["a\r\nset-cookie: x=1", "a b", "é", "x" * 65, ""])
async def test_header_injection(town: Town, id: str) -> None:
    headers = await town.station()
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw += [(b"idempotency-key", id.encode()), (b"content-type", b"application/json")]
    answer = await town.client.post("/api/station/jobs", headers=raw, content=b"{}")
    await town.refused(answer, 422, "bad_idempotency_key")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("address", ["http://gateway", "http://[::1]:8080"])
async def test_an_address_in_a_host_header_is_in_no_link(town: Town, address: str) -> None:
    """A QR code of it would bring workers, and what signs them in, to whoever wrote the header."""
    headers = await town.station() | {"host": "evil.example"}
    answer = await town.client.post(f"{address}/api/station/workers/W-1/link", headers=headers)
    link = answer.json()
    assert link["url"].startswith("/worker#link=")
    assert link["qr"] == qr(f"{address}{link['url']}")


def test_behind_a_host_header_a_server_knows_where_it_listens(redis_url: str) -> None:
    project(redis_url, answered(record_of(f, n) for n, f in enumerate(FACTS_OF_THE_TOWN)))
    with serving(redis_url) as address:
        path = f"{address}/api/station/workers/W-1/link"
        link = httpx.post(path, headers=STATION | {"host": "evil.example"}).json()
    assert link["qr"] == qr(f"{address}{link['url']}")


def qr(text: str) -> list[str]:
    code = segno.make(text, error="m", micro=False, boost_error=False)
    return ["".join(map(str, row)) for row in code.matrix]


@pytest.mark.parametrize(
    "title",
    ["<script>alert(1)</script>", "采茶<img src=x onerror=alert(1)>", "&lt;b&gt;", "JavaScript:x"],
)
async def test_markup_in_a_job_title(town: Town, title: str) -> None:
    job = msgspec.to_builtins(FACTS["job.posted"]) | {"title": title, "station_id": OWN}
    answer = await town.command("/api/station/jobs", await town.station(), job)
    await town.refused(answer, 422, "markup")
    assert answer.json()["field"] == "title"


async def test_a_phone_number_in_a_command(town: Town) -> None:
    job = msgspec.to_builtins(FACTS["job.posted"]) | {"station_id": OWN}
    answer = await town.command(
        "/api/station/jobs", await town.station(), job | {"title": f"电话 {PHONE}"}
    )
    await town.refused(answer, 422, "personal_data")
    assert PHONE not in str(town.log.lines) + answer.text
