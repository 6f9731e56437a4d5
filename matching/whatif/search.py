"""What would have to change so that a job finds its people: computed by running the market again.

For each thing that can be changed the smallest change after which the expected acceptances of all
who may be asked cover the open places. If no single one does, the pair of changes with the least
effort (`levers`). Every answer has been confirmed by folding a real amendment into a copy of the
market, so a change that the market refuses is none.

That other jobs ask the same workers at the same time is not foreseen: their answers are chances of
their own.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from math import fsum
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from events.facts import JobPosted
from matching.market import Market
from matching.whatif.farther import Farther, farther
from matching.whatif.levers import Lever, Step, levers
from matching.whatif.rerun import Outlook, Rerun
from matching.whatif.survey import survey

LEAST_GAIN: Final = 0.01
"""Of the open places: a change that brings less is not told."""
MOST_RUNGS: Final = 16
"""Steps of a lever that take part in pairs; of a longer one as many, evenly spread."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A lever moved by so much; `names` are the codes or the place that it is about."""

    lever: str
    by: float | None
    unit: str
    names: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Changes, the fields of the `job.amended` that makes them, and what comes of it."""

    changes: tuple[Change, ...]
    amendment: dict[str, Any]
    outlook: Outlook
    effort: float


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """What would have to change for a job.

    `enough` are single changes that suffice and `short` those that help without sufficing, each
    lever at most once, least effort first. `pair` is there when no single change suffices and two
    do. `nearly` counts workers who fail nothing but one constraint. The last of `farther` is the
    distance that would be enough, if there is one. `claims` > 0: the employer is blocked by so many
    open wage claims, or `listed` for lost trust, and no change of the posting helps.
    """

    job_id: str
    title: str
    now: Outlook
    enough: tuple[Answer, ...] = ()
    short: tuple[Answer, ...] = ()
    pair: Answer | None = None
    nearly: dict[str, int] = {}
    farther: tuple[Farther, ...] = ()
    claims: int = 0
    listed: bool = False


def what_if(
    market: Market, job_id: str, *, on_lever: Callable[[], None] = lambda: None
) -> WhatIf | None:
    """What would have to change for an open job; None for one that is not open.

    `on_lever` is called after each lever, and often among the pairs. Raises KeyError for a job that
    the market does not know.
    """
    job = market.state.jobs[job_id]
    if job.status != "open":
        return None
    terms = market.ledger.job_terms(job)
    run = Rerun(market, job_id)
    now = run.look(job.posted)
    if terms.blocked:
        return WhatIf(
            job_id=job_id,
            title=job.posted.title,
            now=now,
            claims=terms.open_claims,
            listed=terms.listed,
        )
    found = survey(market, job)
    told = WhatIf(
        job_id=job_id,
        title=job.posted.title,
        now=now,
        nearly=found.nearly,
        farther=farther(market, job, run, found.beyond),
    )
    if now.enough:
        return told
    movable = levers(job, found)
    enough: list[Answer] = []
    short: list[Answer] = []
    for lever in movable:
        answer = _smallest(run, lever) or _best(run, lever)
        if answer.outlook.enough:
            enough.append(answer)
        elif _share(answer.outlook) - _share(now) >= LEAST_GAIN:
            short.append(answer)
        on_lever()
    return replace(
        told,
        enough=tuple(sorted(enough, key=lambda answer: answer.effort)),
        short=tuple(sorted(short, key=lambda answer: answer.effort)),
        pair=None if enough else _pair(run, movable, on_lever),
    )


def _smallest(
    run: Rerun, lever: Lever, *others: Step, below: float = float("inf")
) -> Answer | None:
    """The smallest step of a lever that, together with other changes, is enough.

    Only steps whose effort is less than `below`.
    """
    steps = lever.steps
    if lever.rises:
        end = bisect_left(steps, below, key=lambda step: step.effort)
        if end == 0 or not _look(run, (*others, steps[end - 1])).enough:
            return None
        first = bisect_left(
            range(end), 1, key=lambda place: _look(run, (*others, steps[place])).enough
        )
        return _confirmed(run, (*others, steps[first]))
    for step in steps:
        if step.effort < below and _look(run, (*others, step)).enough:
            answer = _confirmed(run, (*others, step))
            if answer is not None:
                return answer
    return None


def _best(run: Rerun, lever: Lever) -> Answer:
    """The step of a lever that comes nearest to enough; the smallest of equals."""
    steps = lever.steps
    if lever.rises:
        most = _share(_look(run, (steps[-1],)))
        place = bisect_left(
            range(len(steps)), most, key=lambda place: _share(_look(run, (steps[place],)))
        )
        return _answer(run, (steps[place],), _look(run, (steps[place],)))
    looks = [(_look(run, (step,)), step) for step in steps]
    outlook, step = max(looks, key=lambda look: _share(look[0]))
    return _answer(run, (step,), outlook)


def _pair(run: Rerun, movable: Sequence[Lever], on_step: Callable[[], None]) -> Answer | None:
    """The pair of changes of two levers that is enough with the least effort."""
    rising = [lever for lever in movable if lever.rises]
    stepped = [lever for lever in movable if not lever.rises]
    best = None
    for steps in _pairs(stepped):
        on_step()
        if _look(run, steps).enough and (best := _confirmed(run, steps)) is not None:
            break
    singles = sorted(
        (step for lever in stepped for step in _rungs(lever)), key=lambda step: step.effort
    )
    for lever in rising:
        for step in singles:
            on_step()
            left = float("inf") if best is None else best.effort - step.effort
            best = _smallest(run, lever, step, below=left) or best
    return best


def _pairs(movable: Iterable[Lever]) -> Iterator[tuple[Step, Step]]:
    """Steps of two levers, least effort first."""
    pairs = [
        (one, other)
        for first, second in combinations(movable, 2)
        for one in _rungs(first)
        for other in _rungs(second)
    ]
    return iter(sorted(pairs, key=_effort))


def _rungs(lever: Lever) -> Sequence[Step]:
    count = len(lever.steps)
    if count <= MOST_RUNGS:
        return lever.steps
    return [lever.steps[(place + 1) * count // MOST_RUNGS - 1] for place in range(MOST_RUNGS)]


def _look(run: Rerun, steps: Iterable[Step]) -> Outlook:
    return run.look(_changed(run.job.posted, steps))


def _confirmed(run: Rerun, steps: tuple[Step, ...]) -> Answer | None:
    """The answer that the market gives to the amendment itself; None when that is not enough."""
    outlook = run.amend(_changed(run.job.posted, steps))
    return None if outlook is None or not outlook.enough else _answer(run, steps, outlook)


def _answer(run: Rerun, steps: tuple[Step, ...], outlook: Outlook) -> Answer:
    return Answer(
        changes=tuple(
            Change(lever=step.lever, by=step.by, unit=step.unit, names=step.names) for step in steps
        ),
        amendment=run.changed(_changed(run.job.posted, steps)),
        outlook=outlook,
        effort=_effort(steps),
    )


def _changed(posted: JobPosted, steps: Iterable[Step]) -> JobPosted:
    for step in steps:
        posted = step.change(posted)
    return posted


def _effort(steps: Iterable[Step]) -> float:
    return fsum(step.effort for step in steps)


def _share(outlook: Outlook) -> float:
    """How much of what is needed is expected."""
    return outlook.expected / outlook.open_places
