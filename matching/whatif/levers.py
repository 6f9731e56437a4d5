"""What an employer or a station can change in a posting, each in steps from the smallest.

`effort` makes steps of different levers comparable: the share of what the employer wished for that
a step gives up. Pay and times are such shares as they are; the weights of the others (`_WEIGHTS`)
are an assumption, and only choose which of several pairs of changes is told.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import combinations
from typing import Final, NamedTuple, TypeVar, overload

from events.facts import JobPosted
from events.values import Perk
from matching.lawful import lawful_age
from matching.state import Job
from matching.terms import pay_fen_day
from matching.whatif.postings import (
    drop_codes,
    drop_first,
    drop_last,
    end_earlier,
    meet_at,
    paid_daily,
    start_later,
    with_fields,
    with_pay,
    with_perks,
    worked_ms,
)
from matching.whatif.survey import Survey

C = TypeVar("C", bound=str)

PAY_STEP_FEN: Final = {"hour": 10, "day": 100, "month": 10_000, "piece": 1}
"""Wages are round: tenths of a yuan an hour, yuan a day, hundreds a month."""
MINUTES: Final = 30
_MS: Final = MINUTES * 60_000
_MOST_PAY_FEN: Final = 100_000_000
_MOST_SUBSETS: Final = 4
"""Codes of which every subset is tried; of more, each alone and all together."""
_PARTLY: Final = {"partial_crews": True}
_PERKS: Final[tuple[Perk, ...]] = ("pickup", "meal", "lodging")
_WEIGHTS: Final = {
    "skills": 0.25,
    "certificates": 0.25,
    "minimum_age": 0.05,
    "accepts_crews": 0.05,
    "partial_crews": 0.1,
    "perks": 0.1,
    "daily_pay": 0.05,
    "meeting_point": 0.15,
}


class Step(NamedTuple):
    """One change: `lever` by so much in `unit`, or of these `names`; `change` makes it."""

    lever: str
    effort: float
    change: Callable[[JobPosted], JobPosted]
    by: float | None = None
    unit: str = ""
    names: tuple[str, ...] = ()


class Lever(NamedTuple):
    """The steps of one thing that can be changed, smallest first.

    With `rises` a larger step never brings fewer workers (`features.MONOTONE`), so that the
    smallest that is enough can be found by bisection.
    """

    name: str
    steps: Sequence[Step]
    rises: bool = False


class PaySteps(Sequence[Step]):
    """Higher pay, up to twice the present or to the highest pay floor; made when asked for."""

    def __init__(self, posted: JobPosted, dearest: int) -> None:
        self._pay = posted.pay
        self._size = PAY_STEP_FEN[self._pay.unit]
        a_day = pay_fen_day(self._pay, posted.shifts)
        if a_day == 0:  # piece work without an estimate: no amount would make it one
            self._count = 0
            return
        most = self._pay.amount_fen * max(2 * a_day, dearest) // a_day + self._size
        self._count = (min(most, _MOST_PAY_FEN) - self._pay.amount_fen) // self._size

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(self._count))]
        more = (range(self._count)[index] + 1) * self._size
        return Step(
            lever="pay",
            effort=more / self._pay.amount_fen,
            change=partial(with_pay, more),
            by=more / 100,
            unit=f"yuan_{self._pay.unit}",
            names=(f"{(self._pay.amount_fen + more) / 100:.10g}",),
        )


def levers(job: Job, found: Survey) -> list[Lever]:
    """Everything that can be changed in a job's posting."""
    posted = job.posted
    every = [
        Lever("pay", PaySteps(posted, found.dearest), rises=True),
        Lever("end_earlier", _hours(posted, "end_earlier", end_earlier)),
        Lever("start_later", _hours(posted, "start_later", start_later)),
        Lever("drop_last", _shifts(posted, "drop_last", drop_last)),
        Lever("drop_first", _shifts(posted, "drop_first", drop_first)),
        Lever("headcount", _fewer_places(job)),
        Lever("skills", _without(posted, "skills")),
        Lever("certificates", _without(posted, "certificates")),
        Lever("minimum_age", _younger(posted, found.ages)),
        Lever("crews", _crews(posted)),
        Lever("perks", _perks(posted)),
        Lever("daily_pay", _daily(posted)),
        Lever("meeting_point", _meeting_points(posted, found)),
    ]
    return [lever for lever in every if len(lever.steps)]


def _hours(
    posted: JobPosted, name: str, change: Callable[[int, JobPosted], JobPosted]
) -> list[Step]:
    """Shifts shorter at one end, each by less than half of the shortest."""
    shortest = min(shift.end - shift.start for shift in posted.shifts)
    total = worked_ms(posted.shifts)
    return [
        Step(
            lever=name,
            effort=count * _MS * len(posted.shifts) / total,
            change=partial(change, count * _MS),
            by=float(count * MINUTES),
            unit="minutes",
        )
        for count in range(1, (shortest - 1) // (2 * _MS) + 1)
    ]


def _shifts(
    posted: JobPosted, name: str, change: Callable[[int, JobPosted], JobPosted]
) -> list[Step]:
    steps = []
    total = worked_ms(posted.shifts)
    for count in range(1, len(posted.shifts)):
        cut = partial(change, count)
        effort = 1.0 - worked_ms(cut(posted).shifts) / total
        steps.append(Step(name, effort, cut, float(count), "shifts"))
    return steps


def _fewer_places(job: Job) -> list[Step]:
    """Fewer places, at least one of them still open."""
    headcount = job.posted.headcount
    return [
        Step(
            lever="headcount",
            effort=count / headcount,
            change=partial(with_fields, {"headcount": headcount - count}),
            by=float(count),
            unit="places",
        )
        for count in range(1, job.open_places)
    ]


def _without(posted: JobPosted, name: str) -> list[Step]:
    """Without some of the codes that are asked for; a hazard stays called what it is."""
    codes = tuple(code for code in getattr(posted, name) if not _is_hazard(posted, name, code))
    return [
        Step(name, _WEIGHTS[name] * len(names), partial(drop_codes, name, names), names=names)
        for names in _subsets(codes)
    ]


def _is_hazard(posted: JobPosted, name: str, code: str) -> bool:
    """Whether by law a code alone makes it work for adults."""
    plain = with_fields({"occupation": None, "skills": (), "certificates": ()}, posted)
    return lawful_age(with_fields({name: (code,)}, plain)) > lawful_age(plain)


def _younger(posted: JobPosted, ages: Iterable[int]) -> list[Step]:
    return [
        Step(
            lever="minimum_age",
            effort=_WEIGHTS["minimum_age"] * (posted.minimum_age - age),
            change=partial(with_fields, {"minimum_age": age}),
            by=float(posted.minimum_age - age),
            unit="years",
            names=(str(age),),
        )
        for age in ages
        if age < posted.minimum_age
    ]


def _crews(posted: JobPosted) -> list[Step]:
    """Whole crews, then parts of them, too."""
    whole = {"accepts_crews": True}
    return [
        Step(name, _WEIGHTS[name], partial(with_fields, fields))
        for name, fields in (("accepts_crews", whole), ("partial_crews", {**whole, **_PARTLY}))
        if not getattr(posted, name)
    ]


def _perks(posted: JobPosted) -> list[Step]:
    lacking = tuple(perk for perk in _PERKS if perk not in posted.perks)
    return [
        Step("perks", _WEIGHTS["perks"] * len(names), partial(with_perks, names), names=names)
        for names in _subsets(lacking)
    ]


def _daily(posted: JobPosted) -> list[Step]:
    if posted.pay.settlement == "daily":
        return []
    return [Step("daily_pay", _WEIGHTS["daily_pay"], paid_daily)]


def _meeting_points(posted: JobPosted, found: Survey) -> list[Step]:
    return [
        Step(
            lever="meeting_point",
            effort=_WEIGHTS["meeting_point"],
            change=partial(meet_at, meeting.place),
            by=round(meeting.km, 1),
            unit="km",
            names=(meeting.station_id,),
        )
        for meeting in found.meetings
        if meeting.place != posted.place
    ]


def _subsets(codes: tuple[C, ...]) -> list[tuple[C, ...]]:
    """Fewest first."""
    sizes = range(1, len(codes) + 1) if len(codes) <= _MOST_SUBSETS else (1, len(codes))
    return [names for size in sizes for names in combinations(codes, size)]
