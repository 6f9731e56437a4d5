"""A study's arithmetic: the same seeds for all, differences seed by seed, one page."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.__main__ import STUDIES, main, study
from benchmarks.soak_page import PAGE as SOAK
from benchmarks.study import (
    Figures,
    Interval,
    Live,
    Measure,
    Outcome,
    Run,
    Study,
    conduct,
    interval,
)
from benchmarks.study_page import PAGES, page, write

MEASURE = Measure("size", "size, %", "higher", 1, 100)


@contextmanager
def prepared(quick: bool) -> Iterator[Live]:
    yield live


def live(run: Run) -> Figures:
    """Big is a tenth bigger in every seed, whatever the seed brings."""
    return {"size": run.seed + (0.1 if run.contender == "big" else 0.0)}


STUDY = Study(
    name="sizes",
    title="Sizes",
    regimes={"here": "a place"},
    contenders={"small": "the small one", "big": "the big one"},
    reference="small",
    best="big",
    value="size",
    measures=(MEASURE,),
    open=prepared,
    seeds=4,
    quick_seeds=2,
)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return conduct(STUDY, quick=False, processes=1)


def test_everybody_lives_through_the_same_seeds(outcome: Outcome) -> None:
    assert outcome.figures["here", "small"]["size"] == [1, 2, 3, 4]
    assert outcome.figures["here", "big"]["size"] == [1.1, 2.1, 3.1, 4.1]


def test_a_difference_is_taken_seed_by_seed(outcome: Outcome) -> None:
    difference = outcome.difference("here", "big", "size", "small")
    assert difference.mean == pytest.approx(0.1)
    assert difference.high - difference.low < 1e-9
    assert difference.excludes_zero
    assert outcome.mean("here", "big", "size").high > 4


def test_regret_is_what_was_lost_against_the_best_seed_by_seed(outcome: Outcome) -> None:
    assert outcome.figures["here", "big"]["regret"] == [0, 0, 0, 0]
    lost = [0.1 / (seed + 0.1) for seed in (1, 2, 3, 4)]
    assert outcome.figures["here", "small"]["regret"] == pytest.approx(lost)


def test_every_regime_and_contender_has_a_line_of_json(outcome: Outcome) -> None:
    told = [json.loads(line) for line in outcome.lines()]
    assert [(line["regime"], line["contender"]) for line in told] == [
        ("here", "small"),
        ("here", "big"),
    ]
    assert told[1]["seeds"] == 4
    assert told[1]["measures"]["size"]["difference"] == [0.1, 0.1, 0.1]


def test_the_page_shows_what_is_sure_in_bold(outcome: Outcome) -> None:
    text = page(outcome)
    assert "| `big` | **+10.0 ± 0.0** |" in text
    assert "- `small`: the small one" in text
    assert "| `small` | 250.0 ± " in text


def test_what_people_wrote_on_the_page_stays(outcome: Outcome, tmp_path: Path) -> None:
    path = tmp_path / "SIZES.md"
    write(outcome, path)
    first = path.read_text(encoding="utf-8")
    path.write_text(f"{first}\n## Reading\n\nBig is bigger.\n", encoding="utf-8")
    write(outcome, path)
    assert path.read_text(encoding="utf-8") == f"{first}\n## Reading\n\nBig is bigger.\n"


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30).filter(lambda x: np.ptp(x) > 1e-6))
def test_the_interval_is_students(values: list[float]) -> None:
    found = interval(values)
    low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_one_value_alone_has_no_interval_and_only_a_quick_study_has_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interval([3.0]) == Interval(3.0, 3.0, 3.0)
    monkeypatch.setattr("sys.argv", ["benchmarks", "shock", "--seeds", "1"])
    with pytest.raises(SystemExit):
        main()
    assert "2 seeds at least" in capsys.readouterr().err


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_is_there(name: str) -> None:
    assert study(name).name == name
    assert study(name).reference in study(name).contenders


@pytest.mark.parametrize("name", STUDIES)
def test_every_page_that_is_kept_has_its_tables_and_what_people_read_in_them(name: str) -> None:
    """One had lost both tables, and the line that keeps its reading."""
    kept = (PAGES / f"{name.upper()}.md").read_text(encoding="utf-8")
    tables, _, reading = kept.partition("\n## Reading\n")
    regimes = tables.split("\n## ")[1:]
    assert [regime.splitlines()[0] for regime in regimes] == list(study(name).regimes)
    for regime in regimes:
        for contender in study(name).contenders:
            assert f"\n| `{contender}` |" in regime
    assert len(reading) > 500


def test_the_page_of_the_soak_has_its_tables_too() -> None:
    tables, _, reading = SOAK.read_text(encoding="utf-8").partition("\n## Reading\n")
    assert [f"\n| {row} |" in tables for row in ("first half", "second half", "matcher")] == [
        True
    ] * 3
    assert len(reading) > 500


def test_a_study_may_begin_at_another_seed() -> None:
    later = conduct(replace(STUDY, first_seed=7, seeds=2), quick=False, processes=1)
    assert later.figures["here", "small"]["size"] == [7, 8]
    assert "2 seeds, 7 to 8;" in page(later)
