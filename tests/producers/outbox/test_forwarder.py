"""Commands go out in order, each until it is decided, and each has its effect once."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from events.codec import encode
from events.facts import JobPosted, WageClaimOpened
from producers.outbox.commands import Answer, Command
from producers.outbox.forwarder import Forwarder
from producers.outbox.process import wall_clock
from tests.matching.scenario import JOB
from tests.producers.outbox.terminals import (
    KEY,
    STATION,
    AtTerminal,
    Behind,
    gateway_behind,
    key_file,
    terminal_at,
)

PATIENCE_S = 60.0


@pytest.fixture
def behind(redis_url: str) -> Iterator[Behind]:
    with gateway_behind(redis_url) as made:
        yield made


def job(number: int) -> JobPosted:
    return msgspec.structs.replace(JOB, job_id=f"J-{number}")


def posting(number: int, **changes: object) -> Command:
    value = msgspec.json.encode(msgspec.to_builtins(job(number)) | changes)
    return Command(f"id-{number}", "/api/station/jobs", value, "en")


async def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.05)


def say(at: AtTerminal, *commands: Command) -> None:
    for command in commands:
        at.commands.add(command, wall_clock())
    at.terminal.forwarder.wake()


async def test_what_was_kept_while_nothing_was_sent_goes_out_in_order(
    behind: Behind, tmp_path: Path
) -> None:
    """A process dies with a queue; no page is open when the next one begins."""
    async with terminal_at(tmp_path, behind.address, sends=False) as at:
        say(at, *map(posting, range(20)))
    assert behind.facts == []
    async with terminal_at(tmp_path, behind.address) as at:
        await until(lambda: at.commands.figures().waiting == 0)
        assert at.commands.figures().decided == 20
    assert [fact.job_id for fact in behind.facts if isinstance(fact, JobPosted)] == [
        f"J-{number}" for number in range(20)
    ]
    assert {source for source, _, _ in behind.log.facts} == {STATION.source}


async def test_without_a_line_they_wait_and_with_one_they_go(
    behind: Behind, tmp_path: Path
) -> None:
    behind.wire.break_off()
    async with terminal_at(tmp_path, behind.address) as at:
        forwarder = at.terminal.forwarder
        say(at, *map(posting, range(3)))
        await until(lambda: forwarder.trouble != "")
        assert await forwarder.fate("id-0", PATIENCE_S) is None
        assert at.commands.figures().waiting == 3
        behind.wire.mend()
        await until(lambda: at.commands.figures().waiting == 0)
        assert forwarder.trouble == ""
        answer = await forwarder.fate("id-0", 0)
        assert answer is not None
        assert (answer.status, msgspec.json.decode(answer.content)["id"]) == (202, "id-0")
    assert behind.facts == [job(number) for number in range(3)]


async def test_one_whose_answer_was_lost_has_its_effect_once(
    behind: Behind, tmp_path: Path
) -> None:
    async with terminal_at(tmp_path, behind.address) as at:
        say(at, posting(1))
        await until(lambda: at.commands.figures().waiting == 0)
        with at.terminal.commands._disk.locked() as connection:  # it died before it was recorded
            connection.execute("UPDATE command SET decided_at = NULL, status = NULL")
            connection.execute("UPDATE command SET value = ?", (posting(1).value,))
        say(at, posting(2))
        await until(lambda: at.commands.figures().waiting == 0)
        first = at.commands.answer_to("id-1")
        assert first is not None
        assert msgspec.json.decode(first.content)["repeated"] is True
    assert behind.facts == [job(1), job(2)]


async def test_what_is_refused_is_kept_with_the_reason_and_the_next_goes(
    behind: Behind, tmp_path: Path
) -> None:
    async with terminal_at(tmp_path, behind.address) as at:
        low = {"amount_fen": 100, "unit": "day", "settlement": "daily"}
        say(at, posting(1, pay=low), posting(2))
        await until(lambda: at.commands.figures().waiting == 0)
        [refused] = at.commands.refused(9)
        assert (refused.id, refused.status) == ("id-1", 422)
        assert msgspec.json.decode(refused.problem)["field"] == "pay.amount_fen"
        status = (await at.client.get("/status")).json()["commands"]
        assert [one["id"] for one in status["refused"]] == ["id-1"]
        assert status["refused"][0]["problem"]["title"]
        gone = await at.client.delete("/commands/id-1")
        assert (gone.status_code, at.commands.refused(9)) == (200, [])
    assert behind.facts == [job(2)]


async def test_while_the_log_is_down_nothing_overtakes(behind: Behind, tmp_path: Path) -> None:
    behind.log.down = True
    async with terminal_at(tmp_path, behind.address) as at:
        say(at, *map(posting, range(3)))
        await until(lambda: "log" in at.terminal.forwarder.trouble)
        assert at.commands.figures().waiting == 3
        behind.log.down = False
        await until(lambda: at.commands.figures().waiting == 0)
    assert behind.facts == [job(number) for number in range(3)]


async def test_with_the_key_of_another_station_nothing_is_said(
    behind: Behind, tmp_path: Path
) -> None:
    async with terminal_at(tmp_path, behind.address, sends=False) as at:
        say(at, posting(1))
        other = msgspec.structs.replace(STATION, number="06")
        forwarder = Forwarder(
            at.commands,
            at.terminal.line,
            other,
            keep_s=60,
            clock=wall_clock,
            failed=lambda error: pytest.fail(str(error)),
        )
        running = asyncio.create_task(forwarder.run())
        await until(lambda: "of station 511181-05, not of 511181-06" in forwarder.trouble)
        running.cancel()
        assert at.commands.figures().waiting == 1
    assert behind.facts == []


async def test_a_key_that_is_not_good_is_read_anew_when_it_is_another(
    behind: Behind, tmp_path: Path
) -> None:
    async with terminal_at(tmp_path, behind.address, key="gm_000000000099_" + "x" * 43) as at:
        say(at, posting(1))
        await until(lambda: at.terminal.forwarder.trouble != "")
        assert at.commands.figures().waiting == 1
        key_file(tmp_path, KEY)
        await until(lambda: at.commands.figures().waiting == 0)
    assert behind.facts == [job(1)]


async def test_what_is_about_a_job_that_is_not_seen_yet_is_not_refused_at_once(
    behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The read model knows of a posting a moment later than the one who posted it."""
    cancelled = Command("id-9", "/api/station/jobs/J-1/cancellation", b"{}", "en")
    async with terminal_at(tmp_path, behind.address) as at:
        say(at, posting(1), cancelled)
        await until(lambda: "J-1" in at.terminal.forwarder.trouble)
        assert at.commands.figures().waiting == 1
        monkeypatch.setattr(at.terminal.forwarder, "_settling", {})
        await until(lambda: at.commands.figures().waiting == 0)  # nobody here makes a read model
        [refused] = at.commands.refused(9)
        assert (refused.id, refused.status) == ("id-9", 404)


async def test_whoever_asks_waits_for_the_answer(behind: Behind, tmp_path: Path) -> None:
    claim = WageClaimOpened(
        claim_id="C-1", zone="511181", employer_id="E-1", workers=2, amount_fen=100_000
    )
    async with terminal_at(tmp_path, behind.address) as at:
        command = Command("c-1", "/api/station/wage-claims", encode(claim), "en")
        at.commands.add(command, wall_clock())
        asking = asyncio.create_task(at.terminal.forwarder.fate("c-1", PATIENCE_S))
        await asyncio.sleep(0)
        at.terminal.forwarder.wake()
        answer = await asking
        assert answer is not None
        assert answer.status == 202
        assert await at.terminal.forwarder.fate("never said", 0.01) is None
    assert behind.facts == [claim]


async def test_what_was_decided_long_ago_goes(behind: Behind, tmp_path: Path) -> None:
    async with terminal_at(tmp_path, behind.address, sends=False) as at:
        long_ago = wall_clock() - 3_600_001
        at.commands.add(posting(1), long_ago)
        waiting = at.commands.take_next()
        assert waiting is not None
        at.commands.decide(waiting.seq, Answer(202, b"{}"), long_ago)
        at.commands.let_go()
    async with terminal_at(tmp_path, behind.address) as at:
        await until(lambda: at.commands.figures().decided == 0)


async def test_a_damaged_file_ends_the_process(behind: Behind, tmp_path: Path) -> None:
    failures: list[Exception] = []
    async with terminal_at(tmp_path, behind.address, sends=False) as at:
        with at.commands._disk.locked() as connection:
            connection.execute("DROP TABLE command")
        forwarder = Forwarder(
            at.commands,
            at.terminal.line,
            STATION,
            keep_s=60,
            clock=wall_clock,
            failed=failures.append,
        )
        await forwarder.run()
    assert "no such table" in str(failures)
