"""A posting without an occupation gets its title's; nothing else changes."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.codec import decode_fact
from events.facts import JobPosted
from gigmatch.facts_file import FactLine, read_facts
from gigmatch.filling import with_occupation

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
JOB: dict[str, Any] = json.loads((EXAMPLES / "job.json").read_text())
NO_OCCUPATION = {name: value for name, value in JOB.items() if name != "occupation"}


def line_of(content: dict[str, Any], indent: int | None = None) -> FactLine:
    text = json.dumps(content, ensure_ascii=False, indent=indent)
    (line,) = read_facts(text.encode(), "job.json", None)
    return line


@pytest.mark.parametrize("indent", [None, 2])
def test_a_sure_title_is_filled_in_and_every_other_byte_stays(indent: int | None) -> None:
    line = line_of(NO_OCCUPATION | {"title": "急招焊工"}, indent)
    filled = with_occupation(line)
    added = b'"occupation":"6-18-02-04",'
    assert filled.line.data.replace(added, b"") == line.data
    assert filled.line.fact == msgspec.structs.replace(line.fact, occupation="6-18-02-04")
    assert decode_fact(line.ce_type, filled.line.data) == filled.line.fact
    assert filled.told("en").startswith(f"{JOB['job_id']}: occupation 6-18-02-04 焊工 filled in")


@pytest.mark.parametrize("said", ["5-01-02-02", None])
def test_what_is_there_is_never_overridden(said: str | None) -> None:
    line = line_of(JOB | {"title": "急招焊工", "occupation": said})
    filled = with_occupation(line)
    assert filled.line is line
    assert filled.told("en") == ""


@pytest.mark.parametrize(("title", "list_"), [("经理", "2-06"), ("！！！", "none is near")])
def test_an_unsure_title_is_told_and_left(title: str, list_: str) -> None:
    line = line_of(NO_OCCUPATION | {"title": title})
    filled = with_occupation(line)
    assert filled.line is line
    assert "unsure" in filled.told("en")
    assert list_ in filled.told("en")


def test_other_facts_are_left_alone() -> None:
    content = (EXAMPLES / "worker_available.json").read_bytes()
    (line,) = read_facts(content, "worker_available.json", None)
    assert not isinstance(line.fact, JobPosted)
    assert with_occupation(line).line is line
