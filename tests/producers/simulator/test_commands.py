"""`gigmatch simulate` and `gigmatch simulator` as a user runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

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

SMALL = ("--registered", "40", "--days", "0.2", "--json")


def test_simulate_writes_the_same_log_again(tmp_path: Path) -> None:
    first, again = tmp_path / "first.jsonl", tmp_path / "again.jsonl"
    summary = json.loads(_run("simulate", *SMALL, "--out", str(first)).stdout)
    _run("simulate", *SMALL, "--out", str(again))
    assert first.read_bytes() == again.read_bytes()
    records = [msgspec.json.decode(line, type=Record) for line in first.read_bytes().splitlines()]
    for topic, told in ((EVENTS, summary["facts"]), (OUTCOMES, summary["outcomes"])):
        offsets = [record.offset for record in records if record.topic == topic]
        assert offsets == list(range(sum(told.values())))


def test_a_simulated_log_is_checked_again_up_to_any_offset(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    told = json.loads(_run("simulate", *SMALL, "--out", str(log)).stdout)
    whole = json.loads(_run("replay", str(log), "--check", "--json").stdout)
    assert told["checked"]
    assert whole["state_hash"] != told["state_hash"]  # one hash over the partitions' hashes
    assert whole["state_hashes"] == {"0": told["state_hash"]}
    part = json.loads(_run("replay", str(log), "--check", "--until", "99", "--json").stdout)
    assert part["records"] == 100


def test_simulate_needs_no_file(tmp_path: Path) -> None:
    told = json.loads(_run("simulate", *SMALL, "--no-check", "--no-office").stdout)
    assert (told["out"], told["checked"]) == (None, False)


def test_minds_that_change_give_another_town() -> None:
    noon = "2027-03-14T12:00:00+08:00"
    day = ("--registered", "200", "--days", "0.3", "--json", "--no-check", "--start", noon)
    steady, shocked = (
        json.loads(_run("simulate", *day, *more).stdout) for more in ((), ("--shock", noon))
    )
    assert steady["outcomes"]["booking.confirmed"] > 10
    assert steady["state_hash"] != shocked["state_hash"]
    wrong = _run("simulate", *SMALL, "--shock", "soon", check=False)
    assert wrong.returncode == 1
    assert "--shock" in wrong.stderr


def test_simulate_says_what_is_wrong(tmp_path: Path) -> None:
    ran = _run("simulate", *SMALL, "--out", str(tmp_path / "x"), "--start", "noon", check=False)
    assert ran.returncode == 1
    assert "--start" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_town_started_again_on_its_log_goes_on_from_the_clock(
    embedded_broker: MemoryBroker,
) -> None:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    arguments = ("--start", "2027-03-16T00:00:00+08:00", "--days", "0.5", "--speed", "40000")
    for _ in range(2):
        _run("simulator", *arguments, kafka=embedded_broker.bootstrap)
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
    ran = _run("simulate", *SMALL, *options, check=False)
    assert ran.returncode != 0
    assert "--model" in ran.stderr
    assert not (tmp_path / "x").exists()


def test_simulate_scores_with_the_newest_release_when_told(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    _run("simulate", *SMALL, "--out", str(log), "--model", "newest")
    promotion = msgspec.json.decode(log.read_bytes().splitlines()[0], type=Record)
    fact = decode(promotion).fact
    assert isinstance(fact, ModelPromoted)
    assert fact.release == Registry(PACKAGED_RELEASES).newest()
    ranked = [line for line in log.read_bytes().splitlines() if b"market.outcomes" in line]
    outcomes = [decode_outcome(msgspec.json.decode(line, type=Record))[1] for line in ranked]
    models = {outcome.model for outcome in outcomes if isinstance(outcome, MatchRanked)}
    assert models == {fact.release}


def _run(*arguments: str, check: bool = True, kafka: str = "") -> subprocess.CompletedProcess[str]:
    argv: Sequence[str] = [sys.executable, "-m", "gigmatch", *arguments]
    env = {**os.environ, "GIGMATCH_KAFKA": kafka or "127.0.0.1:1"}
    return subprocess.run(
        argv, check=check, capture_output=True, text=True, env=env, timeout=120, encoding="utf-8"
    )
