"""What a single message can say wrong beyond its types: order of times, places, ages."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

from events.facts import JobAmended, JobPosted, WageClaimClosed, WorkerAvailable
from events.forbidden import forbid_in_title
from events.names import forbid_person, forbid_person_as_office
from events.notices import AnyFact, BookingRequested, VisitorAnnounced
from events.rejections import Rejection
from events.values import Interval, Place

CHINA_LATITUDES = (3.8, 53.6)
CHINA_LONGITUDES = (73.4, 135.1)
LONGEST_SHIFT_MS = 24 * 3_600_000


def check(fact: AnyFact) -> None:
    """Raise Rejection when a well-typed fact or notice cannot be."""
    if (check_one := _CHECKS.get(type(fact))) is not None:
        check_one(fact)


def _check_posted(fact: JobPosted) -> None:
    forbid_in_title(fact.title)
    if fact.employer_name is not None:
        forbid_person("employer_name", fact.employer_name)
    _check_shifts(fact.shifts)
    _check_place(fact.place)


def _check_amended(fact: JobAmended) -> None:
    if fact.title is not None:
        forbid_in_title(fact.title)
    if fact.employer_name is not None:
        forbid_person("employer_name", fact.employer_name)
    if fact.shifts is not None:
        _check_shifts(fact.shifts)
    if fact.place is not None:
        _check_place(fact.place)


def _check_available(fact: WorkerAvailable) -> None:
    _check_order("windows", fact.windows)
    _check_place(fact.place)


def _check_claim_closed(fact: WageClaimClosed) -> None:
    if fact.referred_to is None:
        return
    if fact.result != "referred":
        raise Rejection("office_without_referral", "referred_to")
    forbid_person_as_office("referred_to", fact.referred_to)


def _check_requested(fact: BookingRequested) -> None:
    _check_same("job.zone", fact.job.zone, "from_zone", fact.from_zone)
    with _inside("job"):
        check(fact.job)


def _check_announced(fact: VisitorAnnounced) -> None:
    _check_order("busy", fact.busy)
    _check_apart("busy", fact.busy)
    if (available := fact.available) is not None:
        _check_same("available.worker_id", available.worker_id, "worker_id", fact.worker_id)
        _check_same("available.zone", available.zone, "from_zone", fact.from_zone)
        with _inside("available"):
            check(available)


@contextmanager
def _inside(path: str) -> Iterator[None]:
    """What is wrong with a part of a notice, with its path in the notice."""
    try:
        yield
    except Rejection as wrong:
        start = wrong.details.get("start")
        details = wrong.details | ({} if start is None else {"start": f"{path}.{start}"})
        raise Rejection(wrong.code, f"{path}.{wrong.field}", **details) from None


def _check_same(field: str, value: str, other: str, wanted: str) -> None:
    if value != wanted:
        raise Rejection("not_the_same", field, value=value, other=other, wanted=wanted)


def _check_shifts(shifts: tuple[Interval, ...]) -> None:
    _check_order("shifts", shifts)
    for index, shift in enumerate(shifts):
        if shift.end - shift.start > LONGEST_SHIFT_MS:
            raise Rejection("shift_too_long", f"shifts[{index}].end")
    _check_apart("shifts", shifts)


def _check_apart(field: str, intervals: tuple[Interval, ...]) -> None:
    ordered = sorted(enumerate(intervals), key=lambda item: item[1].start)
    for (_, earlier), (index, later) in pairwise(ordered):
        if later.start < earlier.end:
            raise Rejection("shifts_overlap", f"{field}[{index}].start")


def _check_order(field: str, intervals: tuple[Interval, ...]) -> None:
    for index, interval in enumerate(intervals):
        if interval.end <= interval.start:
            path = f"{field}[{index}]"
            raise Rejection("end_before_start", f"{path}.end", start=f"{path}.start")


def _check_place(place: Place) -> None:
    south, north = CHINA_LATITUDES
    west, east = CHINA_LONGITUDES
    if not (south <= place.lat <= north and west <= place.lon <= east):
        raise Rejection("place_outside_china", "place", lat=place.lat, lon=place.lon)


_CHECKS: Final[Mapping[type[Any], Callable[[Any], None]]] = {
    JobPosted: _check_posted,
    JobAmended: _check_amended,
    WorkerAvailable: _check_available,
    WageClaimClosed: _check_claim_closed,
    VisitorAnnounced: _check_announced,
    BookingRequested: _check_requested,
}
