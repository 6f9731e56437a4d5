"""When a posting ends, and what an amendment makes of that."""

from typing import Any

import msgspec
import pytest

from events.facts import JobAmended
from events.values import Interval
from matching.closing import amended, begins_anew, closes_at
from tests.matching.scenario import JOB
from tests.town import HOUR, NOW, ZONE

START = JOB.shifts[0].start
BEFORE = START - 12 * HOUR
MOVED = (Interval(start=NOW + 96 * HOUR, end=NOW + 105 * HOUR),)


def amendment(**changes: Any) -> JobAmended:
    return JobAmended(job_id=JOB.job_id, zone=ZONE, **changes)


@pytest.mark.parametrize(
    ("closing", "was_filled", "ends"),
    [
        (None, False, START),
        (BEFORE, False, BEFORE),
        (START + HOUR, False, START),
        (BEFORE, True, START),
    ],
)
def test_a_posting_ends_at_its_closing_date_and_at_its_first_shift_at_the_latest(
    closing: int | None, was_filled: bool, ends: int
) -> None:
    posted = msgspec.structs.replace(JOB, expires_at=closing)
    assert closes_at(posted, was_filled=was_filled) == ends


@pytest.mark.parametrize(
    ("was", "changes", "becomes"),
    [
        (START, {"shifts": MOVED}, None),
        (START + HOUR, {"shifts": MOVED}, None),
        (BEFORE, {"shifts": MOVED}, BEFORE),
        (START, {"shifts": MOVED, "expires_at": START}, START),
        (START, {"headcount": 2}, START),
        (None, {"shifts": MOVED}, None),
    ],
)
def test_a_closing_date_that_says_no_more_than_the_shifts_goes_with_them(
    was: int | None, changes: dict[str, Any], becomes: int | None
) -> None:
    posted = msgspec.structs.replace(JOB, expires_at=was)
    new = amended(posted, amendment(**changes))
    assert new == msgspec.structs.replace(posted, **{**changes, "expires_at": becomes})


def test_the_same_shifts_in_another_order_begin_no_other_search() -> None:
    """A full job took its closing date for good again: a place given back was offered to nobody."""
    posted = msgspec.structs.replace(JOB, shifts=(*JOB.shifts, *MOVED))
    again = amendment(shifts=(*MOVED, *JOB.shifts), expires_at=BEFORE)
    assert not begins_anew(posted, again, is_expired=False)


def test_other_shifts_with_a_closing_date_or_after_the_end_begin_another_search() -> None:
    assert begins_anew(JOB, amendment(shifts=MOVED, expires_at=BEFORE), is_expired=False)
    assert begins_anew(JOB, amendment(headcount=2), is_expired=True)
    assert not begins_anew(JOB, amendment(shifts=MOVED), is_expired=False)
    assert not begins_anew(JOB, amendment(expires_at=BEFORE), is_expired=False)
    said_again = amendment(shifts=JOB.shifts, expires_at=BEFORE)
    assert not begins_anew(JOB, said_again, is_expired=False)
