"""Batch rounds: all open places and all who could take them, decided together.

With `Policy.mode` "batch" a job is not offered when it is posted but in the next round, every
`round_ms` of the market's clock; with "hybrid" only jobs whose work begins later than
`instant_before_ms` wait for it. A round is one assignment problem (`matching.assignment`): as many
offers for each job as its plan lacks, to the workers whose values add up to the most, each worker
asked for one job at a time. What a ranking alone cannot see it sees: that the best worker for a job
is the only one for another.

A round widens as offers at once do (`matching.widening`). Its problem is of each job and those in
its reach. What a job could not get there it asks of the next ring at once: among those for whom
nobody has been chosen, all such jobs are one problem again, and so on to the last ring.
"""

import copy
from itertools import islice
from typing import Final, NamedTuple

from matching.assignment import assign, problem
from matching.exploration import choose
from matching.ledger import Ledger
from matching.offers import could_replace, may_be_offered, report_unfilled, rings_beyond
from matching.plan import Plan
from matching.ranking import Scored
from matching.state import Job

MOST_PAIRS: Final = 1_000
"""So many of those who may be asked for a job, the best of a ring, a round looks at: it bounds the
work of a round, by count and not by the clock, so that a replay does the same."""
_LOOKED_AT: Final = 8
"""Times as many of the best are looked at, for so many."""


class _Turn(NamedTuple):
    """Somebody chosen for a job, and all who could be asked instead, from no farther away."""

    best: Scored
    possible: list[Scored]


class _Opening:
    """A job in a round, those looked at for it so far, ring by ring, and whom it will ask.

    `beyond` has by row of the ranking how many rings beyond the job's reach somebody lives. `plan`
    goes on from the job's with those chosen. It `is_short` while a farther ring is to be asked.
    """

    def __init__(self, ledger: Ledger, job: Job) -> None:
        self.job = job
        self.ranking = ledger.rank_workers(job)
        self.beyond = rings_beyond(ledger, job, self.ranking)
        self.plan = copy.copy(ledger.hiring.plan(job))
        self.is_short = ledger.hiring.falls_short(self.plan)
        self.possible: list[Scored] = []
        self.turns: list[_Turn] = []

    def look(self, ledger: Ledger, rings: int) -> list[Scored]:
        """The best of those who may be asked, so many rings beyond the job's reach."""
        best = islice(self.ranking, _LOOKED_AT * MOST_PAIRS)
        there = (
            scored
            for scored in best
            if self.beyond[scored.row] == rings and may_be_offered(ledger, self.job, scored.id)
        )
        found = list(islice(there, MOST_PAIRS))
        self.possible = [*self.possible, *found]
        return found


class _Wish(NamedTuple):
    """What an opening wants of one ring.

    `valued` has for each who may be chosen what a yes is worth: a crew's once for each of its
    places. `first` offers are for places that nobody has been asked for; `spare` ones are for
    places whose answers are uncertain, and a yes to one finds a place with the probability
    `chance`. They do not suffice when the plan `falls_short` with all of them.
    """

    opening: _Opening
    valued: list[tuple[Scored, float]]
    first: int
    spare: int
    chance: float
    falls_short: bool


def hold_round(ledger: Ledger) -> None:
    """Offer what waits for a round; the next is set when something is still wanted."""
    ledger.state.next_round = 0
    openings = [_Opening(ledger, job) for job in _waiting_jobs(ledger)]
    asked = _choose(ledger, openings)
    for opening in openings:
        for turn in opening.turns:
            if ledger.hiring.has_room(opening.job, ledger.places_of(opening.job, turn.best.id)):
                _ask(ledger, opening, turn, asked)
        if not opening.possible:
            report_unfilled(ledger, opening.job, opening.ranking)
    if any(ledger.hiring.lacks(opening.job) for opening in openings):
        ledger.set_round()


def _ask(ledger: Ledger, opening: _Opening, turn: _Turn, asked: set[str]) -> None:
    """Offer a job to the one chosen for it or, exploring, to one whom nobody in this round asks.

    Whoever was chosen and is not asked then may be in the next round.
    """
    job, best = opening.job, turn.best
    others = (
        scored
        for scored in turn.possible
        if scored.id not in asked and could_replace(ledger, job, best, scored)
    )
    choice = choose(ledger, job, best, others)
    asked.add(choice.scored.id)
    ledger.make_offer(
        job, choice.scored.id, choice.scored, opening.ranking, choice.via, choice.propensity
    )


def _waiting_jobs(ledger: Ledger) -> list[Job]:
    """Jobs that lack offers, in order of id; those that need not wait any longer go their way."""
    waiting = []
    for job_id, job in sorted(ledger.state.jobs.items()):
        if not ledger.hiring.lacks(job):
            continue
        if ledger.hiring.waits(job):
            waiting.append(job)
        else:
            ledger.to_refill[job_id] = None
    return waiting


def _choose(ledger: Ledger, openings: list[_Opening]) -> set[str]:
    """Choose for all openings, one ring beyond their reach after the other; who has been chosen."""
    taken: set[str] = set()
    for rings in range(len(ledger.state.policy.ring_minutes) + 1):
        wishes = [_wish(ledger, one, rings, taken) for one in openings if one.is_short]
        for wish, chosen in zip(wishes, _best(wishes), strict=True):
            opening = wish.opening
            opening.is_short = wish.falls_short or len(chosen) < wish.first + wish.spare
            for scored in chosen:
                _add(ledger, opening.plan, opening.job, scored)
                opening.turns.append(_Turn(scored, opening.possible))
                taken.add(scored.id)
    return taken


def _wish(ledger: Ledger, opening: _Opening, rings: int, taken: set[str]) -> _Wish:
    """The plan is continued with the best until it is met, to see how many offers it takes."""
    job, plan = opening.job, copy.copy(opening.plan)
    candidates = [one for one in opening.look(ledger, rings) if one.id not in taken]
    first, spare, chance = 0, 0, 1.0
    for scored in candidates:
        if not ledger.hiring.falls_short(plan):
            break
        refusal = plan.refusal(1)
        first += refusal == 0.0
        spare += refusal > 0.0
        chance = 1.0 - refusal if spare == 1 else chance
        _add(ledger, plan, job, scored)
    valued = [(one, one.value * ledger.places_of(job, one.id)) for one in candidates]
    return _Wish(opening, valued, first, spare, chance, ledger.hiring.falls_short(plan))


def _add(ledger: Ledger, plan: Plan, job: Job, scored: Scored) -> None:
    plan.add(scored.p_accept, scored.p_complete, ledger.places_of(job, scored.id))


def _best(wishes: list[_Wish]) -> list[list[Scored]]:
    """For each wish whom to ask, whose yes is worth most first: a crew before it has no room.

    Its spare offers count by their chance only.
    """
    ids = sorted({scored.id for wish in wishes for scored, _ in wish.valued})
    number = {id: at for at, id in enumerate(ids)}
    rows = [
        sorted((number[scored.id], factor * value) for scored, value in wish.valued)
        for wish in wishes
        for factor in (1.0, wish.chance)
    ]
    capacities = [offers for wish in wishes for offers in (wish.first, wish.spare)]
    jobs = assign(problem(rows, capacities, len(ids))).tolist()
    return [
        [
            scored
            for scored, _ in sorted(wish.valued, key=lambda valued: -valued[1])
            if jobs[number[scored.id]] // 2 == at
        ]
        for at, wish in enumerate(wishes)
    ]
