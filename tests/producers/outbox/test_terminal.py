"""The terminal's door: who is let in, what is kept, what is only passed on, without a line, too."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gigmatch.browser import COOKIE, PAGE_HEADERS
from producers.outbox import terminal
from producers.outbox.commands import Command
from producers.outbox.process import wall_clock
from tests.gateway.serving import SECRET
from tests.matching.scenario import JOB, WORKER
from tests.producers.outbox.disks import full_disk
from tests.producers.outbox.terminals import (
    KEY,
    AtTerminal,
    Behind,
    gateway_behind,
    terminal_at,
)
from tests.town import HOUR

JOBS = "/api/station/jobs"
CONTACT = "/api/station/workers/W-1/contact"
NUMBER = "13900001234"
PATIENCE_S = 60.0
BODY = msgspec.to_builtins(JOB)


@pytest.fixture
def behind(redis_url: str) -> Iterator[Behind]:
    with gateway_behind(redis_url) as made:
        yield made


@pytest.fixture
async def at(behind: Behind, tmp_path: Path) -> AsyncIterator[AtTerminal]:
    async with terminal_at(tmp_path, behind.address) as made:
        yield made


async def insisted(at: AtTerminal, body: dict[str, Any], id: str) -> httpx.Response:
    """The answer to a posting that is sent until there is one, as a page does."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        answer = await at.post(JOBS, body, id=id)
        if answer.status_code != 503:
            return answer
        assert time.monotonic() < give_up
        await asyncio.sleep(0.1)


def written_in(folder: Path) -> bytes:
    """All that the outbox has on the disk."""
    return b"".join(one.read_bytes() for one in folder.glob("outbox.db*"))


def code(answer: httpx.Response) -> str:
    """The status and the kind of a problem."""
    return f"{answer.status_code} {answer.json()['type'].removeprefix('urn:gigmatch:')}"


async def test_a_command_is_answered_as_the_gateway_does(at: AtTerminal, behind: Behind) -> None:
    assert (await at.sign_in()).status_code == 200
    answer = await at.post(JOBS, BODY, id="a-1")
    assert answer.status_code == 202
    told = answer.json()
    assert (told["id"], told["see"], told["repeated"]) == ("a-1", "/api/station/jobs/J-1", False)
    again = await at.post(JOBS, BODY, id="a-1")
    assert (again.status_code, again.json()) == (202, told)
    assert behind.facts == [JOB]


async def test_without_a_line_it_is_kept_and_the_answer_is_there_later(
    at: AtTerminal, behind: Behind
) -> None:
    await at.sign_in()
    behind.wire.break_off()
    for number in range(3):
        answer = await at.post(JOBS, BODY | {"job_id": f"J-{number}"}, id=f"a-{number}")
        assert code(answer) == "503 kept"
        assert answer.headers["content-type"] == "application/problem+json"
    assert [one.id for one in at.commands.listed(9)] == ["a-0", "a-1", "a-2"]
    behind.wire.mend()
    for number in range(3):
        answer = await insisted(at, BODY | {"job_id": f"J-{number}"}, f"a-{number}")
        assert answer.json()["id"] == f"a-{number}"
    assert [getattr(fact, "job_id", "") for fact in behind.facts] == ["J-0", "J-1", "J-2"]


async def test_a_refusal_is_the_same_each_time(at: AtTerminal) -> None:
    await at.sign_in()
    low = BODY | {"pay": {"amount_fen": 100, "unit": "day", "settlement": "daily"}}
    answers = [await at.post(JOBS, low, id="a-1", accept_language="en") for _ in range(2)]
    assert {answer.status_code for answer in answers} == {422}
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["content-type"] == "application/problem+json"


async def test_what_is_wrong_is_told_without_a_line_and_nothing_is_kept(
    at: AtTerminal, behind: Behind
) -> None:
    await at.sign_in()
    behind.wire.break_off()
    wrong = [
        await at.post(JOBS, BODY | {"title": f"采茶工 {NUMBER}"}),
        await at.post(JOBS, BODY | {"station_id": "511181-06"}),
        await at.post(JOBS, BODY, id="an id"),
        await at.post(JOBS, BODY, content_type="text/plain"),
        await at.post(JOBS, {"title": "x" * 1_100_000}),
    ]
    assert [code(answer) for answer in wrong] == [
        "422 personal_data",
        "422 other_station",
        "422 bad_idempotency_key",
        "415 not_json",
        "413 too_large",
    ]
    assert wrong[0].json()["field"] == "title"
    assert at.commands.figures().waiting == 0


async def test_an_id_stands_for_one_command(at: AtTerminal, behind: Behind) -> None:
    await at.sign_in()
    await at.post(JOBS, BODY, id="a-1")
    assert code(await at.post(JOBS, BODY | {"headcount": 2}, id="a-1")) == "409 known_id"
    assert behind.facts == [JOB]


async def test_only_a_page_that_has_signed_in_is_heard(at: AtTerminal) -> None:
    assert code(await at.post(JOBS, BODY)) == "401 sign_in_first"
    at.client.cookies.set(COOKIE, "of nobody")
    assert code(await at.post(JOBS, BODY)) == "401 sign_in_first"
    at.client.cookies.clear()
    await at.sign_in()
    assert code(await at.post(JOBS, BODY, x_csrf_token="guessed")) == "403 no_csrf_token"
    assert code(await at.post(JOBS, BODY, origin="http://evil.example")) == "403 other_origin"
    assert code(await at.post(JOBS, BODY, origin="http://127.0.0.1:9")) == "403 other_origin"
    assert code(await at.post(JOBS, BODY, sec_fetch_site="cross-site")) == "403 other_origin"
    assert code(await at.client.post("/api/session", headers={"origin": "null"})) == (
        "403 other_origin"
    )
    elsewhere = await at.post(JOBS, BODY, host="evil.example")
    assert elsewhere.status_code == 400
    own = await at.post(JOBS, BODY, origin="http://127.0.0.1:8090", sec_fetch_site="same-origin")
    assert own.status_code == 202
    assert at.commands.figures().decided == 1


async def test_a_session_that_is_not_remembered_is_asked_for(
    at: AtTerminal, behind: Behind
) -> None:
    await at.sign_in()
    cookie = at.client.cookies[COOKIE]
    at.sessions.forget(cookie)
    behind.wire.break_off()
    assert code(await at.post(JOBS, BODY)) == "503 no_line"
    assert at.commands.figures().waiting == 0
    behind.wire.mend()
    assert (await at.post(JOBS, BODY)).status_code == 202
    assert at.sessions.find(cookie) is not None


async def test_who_signs_out_or_is_put_out_is_not_heard_any_more(
    at: AtTerminal, behind: Behind
) -> None:
    await at.sign_in()
    cookie = at.client.cookies[COOKIE]
    gone = await at.client.request("DELETE", "/api/session", headers={"x-csrf-token": at.token})
    assert gone.status_code == 200
    assert at.sessions.find(cookie) is None
    await at.sign_in()
    cookie = at.client.cookies[COOKIE]
    # Ended elsewhere: whatever the page asks next says so.
    async with httpx.AsyncClient(base_url=behind.address) as other:
        other.cookies.set(COOKIE, cookie)
        await other.request("DELETE", "/api/session", headers={"x-csrf-token": at.token})
    assert (await at.client.get("/api/station/calls")).status_code == 401
    assert at.sessions.find(cookie) is None
    behind.wire.break_off()
    assert code(await at.post(JOBS, BODY)) == "503 no_line"
    assert at.commands.figures().waiting == 0


async def test_the_terminal_of_another_station_does_not_sign_in_here(
    redis_url: str, behind: Behind, tmp_path: Path
) -> None:
    async with terminal_at(tmp_path, behind.address) as at:
        at.terminal._station = msgspec.structs.replace(at.terminal._station, number="06")
        refused = await at.sign_in()
        assert code(refused) == "403 other_station"
        assert "set-cookie" not in refused.headers
        reader = await at.sign_in(f"gm_{0:012}_{SECRET}")
        assert (reader.status_code, reader.json()["role"]) == (200, "reader")
        assert code(await at.post(JOBS, BODY)) == "403 other_station"


async def test_without_a_line_who_is_signed_in_is_known(at: AtTerminal, behind: Behind) -> None:
    told = (await at.sign_in()).json()
    behind.wire.break_off()
    assert (await at.client.get("/api/session")).json() == told
    at.client.cookies.clear()
    assert code(await at.client.get("/api/session")) == "503 no_line"
    behind.wire.mend()
    assert code(await at.client.get("/api/session")) == "401 sign_in_first"


async def test_a_contact_is_passed_on_and_never_written_down(
    at: AtTerminal, behind: Behind, tmp_path: Path
) -> None:
    await at.sign_in()
    known = await at.client.request(
        "PATCH", CONTACT, json={"phone": NUMBER}, headers={"x-csrf-token": at.token}
    )
    assert code(known) == "404 unknown_worker"
    behind.wire.break_off()
    for method in ("PUT", "PATCH", "DELETE"):
        answer = await at.client.request(
            method, CONTACT, json={"phone": NUMBER}, headers={"x-csrf-token": at.token}
        )
        assert code(answer) == "503 no_line"
    told = await at.post(f"{CONTACT}/reveal", {})
    assert code(told) == "503 no_line"
    assert code(await at.client.post("/api/session", json={"key": KEY})) == "503 no_line"
    assert at.commands.figures().waiting == 0
    written = written_in(tmp_path)
    assert NUMBER.encode() not in written
    assert KEY.encode() not in written
    assert at.client.cookies[COOKIE].encode() not in written


async def test_an_erasure_goes_behind_what_was_said_of_them_before(
    at: AtTerminal, behind: Behind
) -> None:
    await at.sign_in()
    behind.wire.break_off()
    said = {
        name: value
        for name, value in msgspec.to_builtins(WORKER).items()
        if name not in ("worker_id", "zone", "station_id")
    }
    await at.post("/api/station/workers/W-1/availability", said)
    assert code(await at.post("/api/station/workers/W-1/forgetting", {})) == "503 kept"
    paths = [one.path.rpartition("/")[2] for one in at.commands.listed(9)]
    assert paths == ["availability", "forgetting"]


async def test_what_is_for_operators_is_not_there(at: AtTerminal) -> None:
    for method, path in (("GET", "keys"), ("POST", "keys/x/revocation")):
        asked = await at.client.request(method, f"/api/operator/{path}")
        assert code(asked) == "404 not_found"
    assert code(await at.client.put(JOBS)) == "404 not_found"


async def test_pages_and_their_words_need_no_line(at: AtTerminal, behind: Behind) -> None:
    behind.wire.break_off()
    page = await at.client.get("/station")
    assert "/static/station.js" in page.text
    for name in re.findall(r'(?:src|href)="(/static/[^"]*)"', page.text):
        assert (await at.client.get(name)).status_code == 200
    words = (await at.client.get("/api/texts?page=station&lang=en")).json()
    assert (words["language"], words["texts"]["station.sign_in"]) == ("en", "Sign in")
    for answer in (page, await at.client.get("/api/town"), await at.client.get("/status")):
        for name, value in PAGE_HEADERS.items():
            assert answer.headers.get_list(name) == [value]


async def test_what_is_read_comes_as_the_gateway_has_it(at: AtTerminal, behind: Behind) -> None:
    await at.sign_in()
    calls = await at.client.get("/api/station/calls")
    assert (calls.status_code, calls.json()["station_id"]) == (200, "511181-05")
    kiosk = await at.client.get("/api/station/kiosk")
    same = await at.client.get(
        "/api/station/kiosk", headers={"if-none-match": kiosk.headers["etag"]}
    )
    assert (same.status_code, same.content) == (304, b"")
    assert code(await at.client.get("/api/station/live?type=none")) == "400 unknown_type"
    behind.wire.break_off()
    for path in ("/api/station/calls", "/api/station/live"):
        assert code(await at.client.get(path)) == "503 no_line"


async def test_a_cookie_of_https_is_one_of_this_machine_here(
    redis_url: str, tmp_path: Path
) -> None:
    """The gateway knows its own address only, and takes no page of another origin."""
    with gateway_behind(redis_url, public_url="https://gig.example") as behind:
        async with terminal_at(tmp_path, behind.address) as at:
            signed_in = await at.client.post(
                "/api/session", json={"key": KEY}, headers={"origin": "http://127.0.0.1:8090"}
            )
            assert signed_in.status_code == 200
            [cookie] = signed_in.headers.get_list("set-cookie")
            attributes = {part.strip().partition("=")[0] for part in cookie.split(";")}
            assert attributes == {COOKIE, "HttpOnly", "Max-Age", "Path", "SameSite"}
            assert "strict-transport-security" not in signed_in.headers
            assert (await at.client.get("/api/session")).status_code == 200


async def test_a_command_that_takes_too_long_is_kept(
    at: AtTerminal, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at.sign_in()
    monkeypatch.setattr(terminal, "PATIENCE_S", 0.0)
    assert code(await at.post(JOBS, BODY, id="a-1")) == "503 kept"
    monkeypatch.undo()
    assert (await at.post(JOBS, BODY, id="a-1")).status_code == 202
    assert behind.facts == [JOB]


async def test_on_a_full_disk_nothing_is_kept(at: AtTerminal) -> None:
    await at.sign_in()
    with full_disk():
        assert code(await at.post(JOBS, BODY, id="a-1")) == "507 no_room"
    assert at.commands.figures().waiting == 0


async def test_how_it_stands(at: AtTerminal, behind: Behind) -> None:
    await at.sign_in()
    behind.wire.break_off()
    at.commands.add(Command("a-0", JOBS, b"{}", "en"), wall_clock() - HOUR)
    await at.post(JOBS, BODY, id="a-1")
    status = (await at.client.get("/status")).json()["commands"]
    assert (status["waiting"], status["connected"], status["refused"]) == (2, False, [])
    assert status["trouble"] != ""
    waiting = (await at.client.get("/commands")).json()["waiting"]
    assert [(one["id"], one["path"]) for one in waiting] == [("a-0", JOBS), ("a-1", JOBS)]
    lines = (await at.client.get("/metrics")).text.splitlines()
    assert "gigmatch_outbox_commands_waiting 2.0" in lines
    [oldest] = [line for line in lines if line.startswith("gigmatch_outbox_commands_oldest_s")]
    assert float(oldest.split()[1]) >= 3600
    assert "gigmatch_outbox_gateway_connected 0.0" in lines
    assert code(await at.client.delete("/commands/other")) == "404 no_command"
    evil = await at.client.delete("/commands/a-1", headers={"origin": "http://evil.example"})
    assert code(evil) == "403 other_origin"


async def test_what_was_refused_is_there_until_somebody_has_read_it(at: AtTerminal) -> None:
    await at.sign_in()
    low = BODY | {"pay": {"amount_fen": 100, "unit": "day", "settlement": "daily"}}
    told = [(await at.post(JOBS, low, id=f"a-{number}")).json() for number in range(3)]
    listed = (await at.client.get("/commands")).json()
    assert listed["waiting"] == []
    assert [one["id"] for one in listed["refused"]] == ["a-2", "a-1", "a-0"]
    assert [one["problem"] for one in listed["refused"]] == told
    assert [one["path"] for one in listed["refused"]] == [JOBS] * 3
    [newest] = (await at.client.get("/commands?limit=1")).json()["refused"]
    assert newest["id"] == "a-2"
    evil = await at.client.delete("/commands/a-1", headers={"origin": "http://evil.example"})
    assert code(evil) == "403 other_origin"
    assert (await at.client.delete("/commands/a-1")).json()["state"] == "discarded"
    assert code(await at.client.delete("/commands/a-1")) == "404 no_command"
    left = (await at.client.get("/commands")).json()["refused"]
    assert [one["id"] for one in left] == ["a-2", "a-0"]


async def test_only_the_page_of_an_outbox_knows_of_one(at: AtTerminal, behind: Behind) -> None:
    own = (await at.client.get("/station")).text
    async with httpx.AsyncClient(base_url=behind.address) as gateway:
        of_gateway = (await gateway.get("/station")).text
    assert own == of_gateway.replace("<html ", "<html data-outbox ")
    assert own != of_gateway


async def test_a_guest_whose_time_is_over_does_not_put_the_station_out(at: AtTerminal) -> None:
    await at.sign_in()
    guest = {"authorization": "Bearer gs.nobody"}
    assert (await at.client.get("/api/worker/matches", headers=guest)).status_code == 401
    assert at.sessions.find(at.client.cookies[COOKIE]) is not None


async def test_headers_beyond_ascii_are_no_fault_of_ours(at: AtTerminal) -> None:
    strange = httpx.Headers({"accept-language": "\u00e9", "x-csrf-token": "\xff"}, "latin-1")
    answer = await at.client.post("/api/session", json={"key": KEY}, headers=strange)
    assert answer.status_code == 200
    assert code(await at.client.get("/api/town?zone=%zz&q=\u00e9")) == "422 bad_parameter"
