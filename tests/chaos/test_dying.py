"""Every place that a matcher is spoilt at is there, and only who comes to a step dies at it."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from events.envelope import Record
from events.facts import ClockTicked
from matching.engine import Engine
from matching.scorer import rules_only
from matching.snapshots import SnapshotError
from streams.matcher import Matcher
from streams.recovery import Recovery, step_again
from streams.stages import TimedEngine
from tests.chaos import dying
from tests.chaos.faults import wait_for_death
from tests.chaos.kept import Keeper, Kept, keeping, wait_for
from tests.matching.scenario import JOB
from tests.streams.memory import MemoryTopics
from tests.town import NOW
from tests.worlds import record_of

KILLS_ITSELF = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
FAILS = "raise AttributeError('no such step')"


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is patched in this process is as it was afterwards, and must have been there."""
    monkeypatch.setattr(dying, "_replace", monkeypatch.setattr)
    clock = tmp_path / "clock"
    clock.write_text("0")
    monkeypatch.setenv(dying.AHEAD, str(clock))


@pytest.mark.parametrize("step", dying.PATCHES)
def test_what_a_step_is_patched_at_is_there(step: str) -> None:
    dying.PATCHES[step](lambda: None)


def test_a_name_that_is_not_there_is_not_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(AttributeError, match="_apply"):
        dying._replace(Matcher, "_apply", None)


def test_a_matcher_comes_to_applying_in_its_loop_and_not_in_a_rebuild() -> None:
    log = [record_of(ClockTicked(now=NOW + number), number) for number in range(12)]
    threads: list[threading.Thread] = []
    dying.STEPS["applying"](lambda: threads.append(threading.current_thread()))
    matcher = _matcher(log)
    asyncio.run(matcher.process(0, log[8:]))  # the eight before it are read by a rebuild
    assert matcher.partitions[0].engine.last_offset == 11
    assert threads == [threading.main_thread()] * 4


def test_a_record_that_is_applied_again_comes_to_the_step_too() -> None:
    comes: list[None] = []
    dying.STEPS["applying"](lambda: comes.append(None))
    engine = TimedEngine(0, 1, rules_only, thread=threading.get_ident())
    step_again(engine, record_of(ClockTicked(now=NOW), 0), was_refused=False)
    assert len(comes) == 1


def test_this_version_refuses_the_snapshots_of_the_newer_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dying.PATCHES[dying.NEWER](lambda: None)
    engine = Engine(0, 1, rules_only)
    engine.step(record_of(JOB, 0))
    blobs = engine.snapshot()
    assert len(blobs) == 2  # the market's, and what all share
    monkeypatch.undo()
    with pytest.raises(SnapshotError, match=f"state version {dying.NEWER_VERSION}"):
        Engine(0, 1, rules_only).restore(blobs)


def _matcher(log: list[Record]) -> Matcher:
    topics = MemoryTopics(log)
    thread = threading.get_ident()
    recovery = Recovery(
        topics.open, lambda number: TimedEngine(number, 1, rules_only, thread=thread)
    )
    return Matcher(topics, recovery, snapshot_every=1000, quarantine_after=0)


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    with keeping() as keeper:
        yield keeper


@pytest.fixture
def killed(keeper: Keeper, tmp_path: Path) -> Callable[[str], tuple[Kept, int]]:
    """A program that was killed from outside, and in whose place another is started."""

    def start(program: str) -> tuple[Kept, int]:
        argv = [sys.executable, "-c", "import time; time.sleep(600)"]
        kept = keeper.keep(Kept("matcher", argv, {}, tmp_path / "log"))
        kept.wait_running()
        kept.argv = [sys.executable, "-c", program]
        kept.kill()
        return kept, 1

    return start


def test_who_kills_itself_has_died(killed: Callable[[str], tuple[Kept, int]]) -> None:
    wait_for_death([killed(KILLS_ITSELF)], "applying")


def test_who_ends_otherwise_has_not_died_there_though_it_was_killed_before(
    killed: Callable[[str], tuple[Kept, int]],
) -> None:
    doomed = [killed("import time; time.sleep(600)"), killed(FAILS)]
    wait_for(lambda: len(doomed[1][0].ends) > 1, "it fails")
    with pytest.raises(TimeoutError, match=r"ended with \[1.*'applying'"):
        wait_for_death(doomed, "applying")
