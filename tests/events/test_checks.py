"""Checks of one whole message: what its types cannot say."""

import msgspec
import pytest

from events.checks import check
from events.examples import FACTS
from events.facts import Fact, JobAmended, JobPosted, WorkerAvailable
from events.values import Interval, Place
from tests.refused import refused
from tests.town import HOUR, NOW, ZONE

JOB = FACTS["job.posted"]
WORKER = FACTS["worker.available"]
PARIS = Place(lat=48.85, lon=2.35)


def hours(start: int, end: int) -> Interval:
    return Interval(start=NOW + start * HOUR, end=NOW + end * HOUR)


def amended(**changes: object) -> Fact:
    return msgspec.structs.replace(JobAmended(job_id="J-1", zone=ZONE), **changes)


def said(fact: Fact) -> tuple[str, str] | None:
    rejection = refused(lambda: check(fact))
    return None if rejection is None else (rejection.code, rejection.field)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_examples_are_possible(name: str) -> None:
    assert said(FACTS[name]) is None


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ((hours(8, 17), hours(32, 41)), None),
        ((hours(0, 24),), None),
        ((hours(8, 12), hours(12, 17)), None),
        ((hours(8, 8),), ("end_before_start", "shifts[0].end")),
        ((hours(8, 17), hours(41, 32)), ("end_before_start", "shifts[1].end")),
        ((hours(0, 25),), ("shift_too_long", "shifts[0].end")),
        ((hours(8, 17), hours(16, 20)), ("shifts_overlap", "shifts[1].start")),
        ((hours(16, 20), hours(8, 17)), ("shifts_overlap", "shifts[0].start")),
        ((hours(8, 17), hours(20, 22), hours(8, 17)), ("shifts_overlap", "shifts[2].start")),
    ],
)
def test_shifts(shifts: tuple[Interval, ...], expected: tuple[str, str] | None) -> None:
    assert isinstance(JOB, JobPosted)
    assert said(msgspec.structs.replace(JOB, shifts=shifts)) == expected
    assert said(amended(shifts=shifts)) == expected


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ((hours(0, 200), hours(10, 20)), None),
        ((hours(8, 8),), ("end_before_start", "windows[0].end")),
        ((hours(8, 17), hours(20, 19)), ("end_before_start", "windows[1].end")),
    ],
)
def test_windows_may_be_long_and_overlap_but_not_end_first(
    windows: tuple[Interval, ...], expected: tuple[str, str] | None
) -> None:
    assert isinstance(WORKER, WorkerAvailable)
    assert said(msgspec.structs.replace(WORKER, windows=windows)) == expected


@pytest.mark.parametrize("fact", [JOB, WORKER, amended()])
def test_a_place_outside_china(fact: Fact) -> None:
    moved = msgspec.structs.replace(fact, place=PARIS)
    assert said(moved) == ("place_outside_china", "place")


@pytest.mark.parametrize(
    ("lat", "lon"), [(39.9, 116.4), (18.2, 109.5), (53.5, 122.3), (39.4, 75.9), (48.3, 134.7)]
)
def test_places_at_the_ends_of_china(lat: float, lon: float) -> None:
    assert said(msgspec.structs.replace(JOB, place=Place(lat=lat, lon=lon))) is None


def test_titles_that_discriminate() -> None:
    assert said(amended(title="只招男工")) == ("discrimination_text", "title")
    assert said(msgspec.structs.replace(JOB, title="限女")) == ("discrimination_text", "title")
