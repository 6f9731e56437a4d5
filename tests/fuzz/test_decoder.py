"""The decoder under a coverage-guided fuzzer, in a process of its own.

GIGMATCH_LONG=1 gives each target ten minutes, and what it has learnt stays in `.cache/fuzz`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from events.codec import Event, decode
from events.envelope import Record
from events.examples import FACTS
from events.rejections import Rejection
from tests.fuzz import oracles
from tests.fuzz.oracles import ORACLES, judge_event, judge_outcome
from tests.fuzz.wire import from_text, to_text
from tests.worlds import record_of

SECONDS = 600 if os.environ.get("GIGMATCH_LONG") else 0
RUNS = 2_000
BREAKS = """
from pathlib import Path
from tests.fuzz.decoder import fuzz

def judge_event(record):
    assert b"worker_id" not in (record.value or b"")
    return "taken"

fuzz("events", judge_event, runs=1_000, seconds=0, seed=1, keep=Path({keep!r}))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, errors="replace", check=False
    )


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + 900)
@pytest.mark.parametrize("target", sorted(ORACLES))
def test_the_decoder_takes_or_rejects_whatever_comes(target: str, tmp_path: Path) -> None:
    limits = ["--runs", str(RUNS), "--seed", "1", "--keep", str(tmp_path)]
    if SECONDS:
        limits = ["--seconds", str(SECONDS)]
    done = run("-m", "tests.fuzz.decoder", target, *limits)
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.findall(r"^(\d+) tried: \{(.*)\}$", done.stdout, re.MULTILINE)
    assert int(told[-1][0]) >= RUNS
    assert "'taken'" in told[-1][1]
    assert told[-1][1].count(":") > 20, "hardly any rejection is reached any more"


def test_an_input_that_breaks_a_rule_is_kept_and_printed_as_a_test(tmp_path: Path) -> None:
    done = run("-c", BREAKS.format(keep=str(tmp_path)))
    assert done.returncode != 0
    (kept,) = (tmp_path / "found").iterdir()
    (printed,) = re.findall(r"^    judge_event\(from_text\((.*)\)\)$", done.stdout, re.MULTILINE)
    assert from_text(kept.read_bytes()) == from_text(eval(printed))
    assert b"worker_id" in kept.read_bytes()


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_record_is_the_same_after_it_was_text(name: str, structured: bool) -> None:
    record = record_of(FACTS[name], structured=structured)
    assert from_text(to_text(record)) == record
    assert judge_event(record) == "taken"


@pytest.mark.parametrize(
    "text", [b"", b"\n\n", b"key", b"a=b=c\n\nx\n\ny", b"\xff=\xff", b"key=\n"]
)
def test_any_bytes_are_a_record(text: bytes) -> None:
    record = from_text(text)
    assert from_text(to_text(record)).value == record.value
    assert judge_event(record) != "taken"
    assert judge_outcome(record) != "taken"


def test_the_oracle_sees_a_decoder_that_raises_anything_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: object) -> object:
        raise OverflowError

    monkeypatch.setattr(oracles, "decode", broken)
    with pytest.raises(OverflowError):
        judge_event(record_of(FACTS["job.posted"]))


def test_the_oracle_sees_a_fact_that_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(record: Record) -> Event:
        event = decode(record)
        return msgspec.structs.replace(event, id=event.id + "x")

    monkeypatch.setattr(oracles, "decode", forgetful)
    with pytest.raises(AssertionError):
        judge_event(record_of(FACTS["job.posted"]))


def test_the_oracle_sees_words_that_are_missing_or_say_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rejection = Rejection("unknown_type", "ce_type", value="x")
    rejection.details["value"] = "138" + "0013" + "8000"

    def telling(_: object) -> object:
        raise rejection

    monkeypatch.setattr(oracles, "decode", telling)
    with pytest.raises(AssertionError, match="a person's number"):
        judge_event(record_of(FACTS["job.posted"]))
    monkeypatch.setattr(rejection, "code", "no_such_code")
    with pytest.raises(KeyError):
        judge_event(record_of(FACTS["job.posted"]))
