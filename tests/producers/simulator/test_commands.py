"""`gigmatch simulate` and `gigmatch simulator` as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from events.codec import decode, decode_outcome
from events.envelope import Record
from events.facts import ClockTicked, JobPosted, ModelPromoted
from events.outcomes import MatchRanked
from events.topics import EVENTS, OUTCOMES
from gigmatch.logread import LogReader
from gigmatch.settings import PACKAGED_RELEASES
from gigmatch.topics_admin import ensure_topics
from models.registry import Registry
from tests.brokers import MemoryBroker
from tests.typed import Said, typed

SMALL = ("--registered", "40", "--days", "0.2", "--json")


class Simulated(NamedTuple):
    """A log, and what was told of it."""

    log: Path
    told: Any


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    log = tmp_path_factory.mktemp("small") / "log.jsonl"
    return Simulated(log, _told("simulate", *SMALL, "--out", str(log)))


def test_simulate_writes_the_same_log_again(small: Simulated, tmp_path: Path) -> None:
    """In a process of its own: nothing that one has in memory may decide."""
    again = tmp_path / "again.jsonl"
    argv = [sys.executable, "-m", "gigmatch", "simulate", *SMALL, "--out", str(again)]
    done = subprocess.run(argv, check=True, capture_output=True, timeout=120)
    told_again = json.loads(done.stdout)
    for name in ("facts", "outcomes", "state_hash"):
        assert told_again[name] == small.told[name]
    assert small.log.read_bytes() == again.read_bytes()
    lines = again.read_bytes().splitlines()
    records = [msgspec.json.decode(line, type=Record) for line in lines]
    for topic, told in ((EVENTS, small.told["facts"]), (OUTCOMES, small.told["outcomes"])):
        offsets = [record.offset for record in records if record.topic == topic]
        assert offsets == list(range(sum(told.values())))


def test_a_simulated_log_is_checked_again_up_to_any_offset(small: Simulated) -> None:
    log, told = small
    whole = _told("replay", str(log), "--check", "--json")
    assert told["checked"]
    assert whole["state_hash"] != told["state_hash"]  # one hash over the partitions' hashes
    assert whole["state_hashes"] == {"0": told["state_hash"]}
    part = _told("replay", str(log), "--check", "--until", "99", "--json")
    assert part["records"] == 100


def test_simulate_needs_no_file() -> None:
    told = _told("simulate", *SMALL, "--no-check", "--no-office")
    assert (told["out"], told["checked"]) == (None, False)


def test_minds_that_change_give_another_town() -> None:
    noon = "2027-03-14T12:00:00+08:00"
    day = ("--registered", "200", "--days", "0.3", "--json", "--no-check", "--start", noon)
    steady, shocked = (_told("simulate", *day, *more) for more in ((), ("--shock", noon)))
    assert steady["outcomes"]["booking.confirmed"] > 10
    assert steady["state_hash"] != shocked["state_hash"]
    wrong = _run("simulate", *SMALL, "--shock", "soon")
    assert wrong.code == 1
    assert "--shock" in wrong.err


def test_simulate_says_what_is_wrong(tmp_path: Path) -> None:
    ran = _run("simulate", *SMALL, "--out", str(tmp_path / "x"), "--start", "noon")
    assert ran.code == 1
    assert "--start" in ran.err


def test_a_town_started_again_on_its_log_goes_on_from_the_clock(
    embedded_broker: MemoryBroker,
) -> None:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    arguments = ("--start", "2027-03-16T00:00:00+08:00", "--days", "0.5", "--speed", "40000")
    for _ in range(2):
        said = _run("simulator", *arguments, kafka=embedded_broker.bootstrap)
        assert said.code == 0, said.err
    with LogReader(embedded_broker.bootstrap, 10) as reader:
        facts = [decode(record).fact for record in reader.read(EVENTS, 0)]
    ticks = [fact.now for fact in facts if isinstance(fact, ClockTicked)]
    jobs = [fact.job_id for fact in facts if isinstance(fact, JobPosted)]
    assert ticks == sorted(ticks)
    assert ticks[-1] - ticks[0] >= 0.9 * 86_400_000
    assert len(jobs) >= 48
    assert len(set(jobs)) == len(jobs)


def test_simulate_refuses_a_model_that_is_not_here(tmp_path: Path) -> None:
    options = ("--out", str(tmp_path / "x"), "--model", f"sha256:{'0' * 64}")
    ran = _run("simulate", *SMALL, *options)
    assert ran.code != 0
    assert "--model" in ran.err
    assert not (tmp_path / "x").exists()


def test_simulate_scores_with_the_newest_release_when_told(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    _told("simulate", *SMALL, "--out", str(log), "--model", "newest")
    promotion = msgspec.json.decode(log.read_bytes().splitlines()[0], type=Record)
    fact = decode(promotion).fact
    assert isinstance(fact, ModelPromoted)
    assert fact.release == Registry(PACKAGED_RELEASES).newest()
    ranked = [line for line in log.read_bytes().splitlines() if b"market.outcomes" in line]
    outcomes = [decode_outcome(msgspec.json.decode(line, type=Record))[1] for line in ranked]
    models = {outcome.model for outcome in outcomes if isinstance(outcome, MatchRanked)}
    assert models == {fact.release}


def _told(*arguments: str, kafka: str = "127.0.0.1:1") -> Any:
    """What a command that ends well prints with --json."""
    said = _run(*arguments, kafka=kafka)
    assert said.code == 0, said.err
    return json.loads(said.out)


def _run(*arguments: str, kafka: str = "127.0.0.1:1") -> Said:
    return typed(*arguments, env={"GIGMATCH_KAFKA": kafka})
