"""A posting with one thing changed: what `levers` are made of."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from events.facts import JobPosted
from events.values import Interval, Perk, Place


def with_fields(fields: dict[str, Any], posted: JobPosted) -> JobPosted:
    """The posting with other fields."""
    return replace(posted, **fields)


def with_pay(more_fen: int, posted: JobPosted) -> JobPosted:
    """So many fen more for each unit."""
    return replace(posted, pay=replace(posted.pay, amount_fen=posted.pay.amount_fen + more_fen))


def paid_daily(posted: JobPosted) -> JobPosted:
    """Pay settled every day."""
    return replace(posted, pay=replace(posted.pay, settlement="daily"))


def with_perks(names: tuple[Perk, ...], posted: JobPosted) -> JobPosted:
    """With perks that it lacks."""
    more = tuple(name for name in names if name not in posted.perks)
    return replace(posted, perks=posted.perks + more)


def meet_at(place: Place, posted: JobPosted) -> JobPosted:
    """Workers are picked up at another place."""
    return with_perks(("pickup",), replace(posted, place=place))


def drop_codes(name: str, names: tuple[str, ...], posted: JobPosted) -> JobPosted:
    """Without some of the skills or certificates that are asked for."""
    kept = tuple(code for code in getattr(posted, name) if code not in names)
    return replace(posted, **{name: kept})


def end_earlier(millis: int, posted: JobPosted) -> JobPosted:
    """Every shift ends earlier."""
    return _with_shifts(posted, ((shift.start, shift.end - millis) for shift in posted.shifts))


def start_later(millis: int, posted: JobPosted) -> JobPosted:
    """Every shift begins later."""
    return _with_shifts(posted, ((shift.start + millis, shift.end) for shift in posted.shifts))


def drop_last(count: int, posted: JobPosted) -> JobPosted:
    """Without the last shifts; one always stays."""
    return replace(posted, shifts=_in_order(posted)[: max(1, len(posted.shifts) - count)])


def drop_first(count: int, posted: JobPosted) -> JobPosted:
    """Without the first shifts; one always stays."""
    return replace(posted, shifts=_in_order(posted)[min(count, len(posted.shifts) - 1) :])


def _with_shifts(posted: JobPosted, spans: Iterable[tuple[int, int]]) -> JobPosted:
    return replace(posted, shifts=tuple(Interval(start=start, end=end) for start, end in spans))


def _in_order(posted: JobPosted) -> tuple[Interval, ...]:
    return tuple(sorted(posted.shifts, key=lambda shift: shift.start))


def worked_ms(shifts: Iterable[Interval]) -> int:
    """Time worked in all shifts."""
    return sum(shift.end - shift.start for shift in shifts)
