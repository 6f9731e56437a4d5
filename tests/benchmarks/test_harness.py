"""The arithmetic of a comparison: which way a ratio goes, and that both sides take turns."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.harness import (
    Better,
    Comparison,
    Contest,
    NothingMeasured,
    Sample,
    ratio,
    run,
)


@pytest.mark.parametrize(
    ("better", "ours", "theirs"),
    [("higher", 300.0, 100.0), ("lower", 1.0, 3.0)],
)
def test_a_ratio_above_one_means_ours_is_better(better: Better, ours: float, theirs: float) -> None:
    assert ratio(better, Sample(ours), Sample(theirs)) == 3.0


def test_both_sides_take_turns() -> None:
    turns: list[str] = []

    run(_comparison(_played(turns)), quick=True)

    assert turns == ["ours", "theirs"] * 3


def test_the_ratio_is_the_median_of_the_pairs() -> None:
    result = run(_comparison(_played([])), quick=True)

    assert result.ratios == (1.0, 2.0, 30.0)
    assert json.loads(result.line()) == {
        "name": "turns",
        "ratio": 2.0,
        "ours": 2.0,
        "theirs": 1.0,
        "unit": "events/s",
        "n": 7,
    }


@pytest.mark.parametrize("failures", [4, 5])
def test_what_measured_nothing_is_tried_again_and_not_for_ever(failures: int) -> None:
    tried = iter(range(100))

    def measure() -> Sample:
        if next(tried) < failures:
            raise NothingMeasured("the reader came late")
        return Sample(3.0)

    @contextmanager
    def contest(quick: bool) -> Iterator[Contest]:
        yield Contest(ours=measure, theirs=lambda: Sample(1.0), rounds=1, n=1, setting="a test")

    comparison = _comparison(contest)
    if failures == 4:
        assert run(comparison, quick=True).ratio == 3.0
    else:
        with pytest.raises(NothingMeasured):
            run(comparison, quick=True)


def test_the_report_names_machine_mix_and_what_is_not_measured(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"

    results.write([run(_comparison(_played([])), quick=True)], quick=True, load=2.0, path=path)

    report = path.read_text(encoding="utf-8")
    for part in (
        "cores",
        "Python",
        "| `turns` | **2** | 1 - 30 |",
        "provisional",
        "- mix: a mix",
        "- not measured: a gap",
    ):
        assert part in report


def _comparison(open: Callable[[bool], AbstractContextManager[Contest]]) -> Comparison:
    return Comparison(
        name="turns", unit="events/s", better="higher", mix="a mix", not_measured="a gap", open=open
    )


def _played(turns: list[str]) -> Callable[[bool], AbstractContextManager[Contest]]:
    """A contest of three rounds that writes down whose turn it was."""
    rates = iter((1.0, 2.0, 30.0))

    def side(name: str, value: Callable[[], float]) -> Callable[[], Sample]:
        def measure() -> Sample:
            turns.append(name)
            return Sample(value())

        return measure

    @contextmanager
    def contest(quick: bool) -> Iterator[Contest]:
        ours = side("ours", lambda: next(rates))
        theirs = side("theirs", lambda: 1.0)
        yield Contest(ours=ours, theirs=theirs, rounds=3, n=7, setting="a test")

    return contest
