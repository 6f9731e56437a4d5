"""Which type a fact in a file is, and what is wrong with it."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from events.codec import FACT_TYPES
from events.contract import example_file
from events.rejections import Rejection
from gigmatch.facts_file import FactLine, read_facts, record_for

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
JOB: dict[str, Any] = json.loads((EXAMPLES / "job.json").read_text())


def refused(call: Callable[[], object]) -> Rejection:
    with pytest.raises(Rejection) as refusal:
        call()
    return refusal.value


def read(content: object, name: str = "-", ce_type: str | None = None) -> list[FactLine]:
    return read_facts(json.dumps(content).encode(), name, ce_type)


@pytest.mark.parametrize("name", FACT_TYPES)
def test_an_example_is_known_by_its_name(name: str) -> None:
    file = example_file(name)
    (line,) = read_facts((EXAMPLES / file).read_bytes(), file, None)
    assert line.ce_type == f"{name}.v1"
    assert line.data == (EXAMPLES / file).read_bytes()


@pytest.mark.parametrize(
    "name",
    ["job.posted", "worker.available", "work.rated", "clock.ticked", "model.promoted",
     "policy.changed"],
)  # fmt: skip
def test_a_type_of_its_own_is_known_by_its_fields(name: str) -> None:
    (line,) = read_facts((EXAMPLES / example_file(name)).read_bytes(), "-", None)
    assert line.ce_type == f"{name}.v1"


def test_a_posting_without_pay_is_told_so_and_never_taken_for_an_amendment() -> None:
    rejection = refused(lambda: read({k: v for k, v in JOB.items() if k != "pay"}))
    assert (rejection.code, rejection.field) == ("missing_field", "pay")


@pytest.mark.parametrize(
    "content", [{"worker_id": "W-1", "zone": "511181"}, {"job_id": "J-1", "zone": "511181"}, {}]
)
def test_what_could_be_several_types_is_asked_for(content: dict[str, str]) -> None:
    rejection = refused(lambda: read(content))
    assert rejection.code == "type_unclear"
    assert rejection.field == "--type"


def test_the_type_given_decides() -> None:
    content = {"worker_id": "W-1", "zone": "511181"}
    for given in ("worker.forgotten", "worker.forgotten.v1"):
        (line,) = read(content, "job.json", given)
        assert line.ce_type == "worker.forgotten.v1"
    assert refused(lambda: read(content, ce_type="worker.fogotten")).code == "unknown_type"
    assert refused(lambda: read(content, ce_type="job.posted.v9")).code == "unknown_version"


def test_json_lines_are_read_line_by_line_and_a_bad_one_is_named() -> None:
    lines = [json.dumps({**JOB, "job_id": f"J-{n}"}) for n in range(3)]
    facts = read_facts("\n\n".join(lines).encode(), "jobs.jsonl", None)
    assert [line.data.decode() for line in facts] == lines
    lines[2] = lines[2].replace("15000", "-15000")
    rejection = refused(lambda: read_facts("\n\n".join(lines).encode(), "jobs.jsonl", None))
    assert rejection.__notes__ == ["5"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_value"),
        (b" \n", "empty_value"),
        (b'{\n "job_id": ', "not_json"),
        (b"garbage", "not_json"),
        (b"[1]", "not_object"),
        (b"[" * 100_000, "nested_too_deep"),
        (b"\xff\xfe", "not_utf8"),
    ],
)
def test_what_is_no_fact_is_refused(content: bytes, code: str) -> None:
    assert refused(lambda: read_facts(content, "-", None)).code == code


def test_a_record_is_checked_as_the_market_will() -> None:
    (line,) = read(JOB)
    record = record_for(line, id="1", source="/cli", time=0, key=b"511181")
    assert record.value == line.data
    for wrong in ({"key": b"1"}, {"source": "/call/13812345678"}, {"id": ""}):
        given: dict[str, Any] = {"id": "1", "source": "/cli", "time": 0, "key": b"511181", **wrong}
        refused(partial(record_for, line, **given))
    (large,) = read({**JOB, "note": "x" * 300_000})
    too_large = refused(lambda: record_for(large, id="1", source="/cli", time=0, key=b"511181"))
    assert too_large.code == "too_large"
