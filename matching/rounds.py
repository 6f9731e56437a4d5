"""Batch rounds: all open places and all who could take them, decided together.

With `Policy.mode` "batch" a job is not offered when it is posted but in the next round, every
`round_ms` of the market's clock; with "hybrid" only jobs whose work begins later than
`instant_before_ms` wait for it. A round is one assignment problem (`matching.assignment`): as many
offers for each job as its plan lacks, to the workers whose values add up to the most, each worker
asked for one job at a time. What a ranking alone cannot see it sees: that the best worker for a job
is the only one for another.
"""

import copy
from itertools import islice
from typing import Final, NamedTuple

from matching.assignment import assign, problem
from matching.exploration import choose
from matching.ledger import Ledger
from matching.offers import could_replace, may_be_offered, report_unfilled
from matching.ranking import Ranking, Scored
from matching.state import Job

MOST_PAIRS: Final = 1_000
"""So many of those who may be asked for a job, the best, a round looks at: it bounds the work of a
round, by count and not by the clock, so that a replay does the same."""
_LOOKED_AT: Final = 8
"""Times as many of the best are looked at, for so many."""


class _Opening(NamedTuple):
    """A job in a round, whom it could ask, best first, and how many more it should.

    `valued` has for each of them what a yes is worth: a crew's once for each of its places.

    `first` offers are for places that nobody has been asked for; `spare` ones are for places whose
    answers are uncertain, and a yes to one finds a place with the probability `chance`.
    """

    job: Job
    ranking: Ranking
    candidates: list[Scored]
    valued: list[tuple[Scored, float]]
    first: int
    spare: int
    chance: float


def hold_round(ledger: Ledger) -> None:
    """Offer what waits for a round; the next is set when something is still wanted."""
    ledger.state.next_round = 0
    openings = [_opening(ledger, job) for job in _waiting_jobs(ledger)]
    chosen_of_all = _chosen(openings)
    asked = {scored.id for chosen in chosen_of_all for scored in chosen}
    for opening, chosen in zip(openings, chosen_of_all, strict=True):
        for best in chosen:  # those first whose yes is worth most: a crew before it has no room
            if ledger.hiring.has_room(opening.job, ledger.places_of(opening.job, best.id)):
                _ask(ledger, opening, best, asked)
        if not opening.candidates:
            report_unfilled(ledger, opening.job, opening.ranking)
    if any(ledger.hiring.lacks(opening.job) for opening in openings):
        ledger.set_round()


def _ask(ledger: Ledger, opening: _Opening, best: Scored, asked: set[str]) -> None:
    """Offer a job to the one chosen for it or, exploring, to one whom nobody in this round asks.

    Whoever was chosen and is not asked then may be in the next round.
    """
    job = opening.job
    others = (
        scored
        for scored in opening.candidates
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


def _opening(ledger: Ledger, job: Job) -> _Opening:
    """The plan is continued with the best until it is met, to see how many offers it takes."""
    ranking, plan = ledger.rank_workers(job), copy.copy(ledger.hiring.plan(job))
    best = islice(ranking, _LOOKED_AT * MOST_PAIRS)
    askable = (scored for scored in best if may_be_offered(ledger, job, scored.id))
    candidates = list(islice(askable, MOST_PAIRS)) if ledger.hiring.falls_short(plan) else []
    first, spare, chance = 0, 0, 1.0
    for scored in candidates:
        if not ledger.hiring.falls_short(plan):
            break
        refusal = plan.refusal(1)
        first += refusal == 0.0
        spare += refusal > 0.0
        chance = 1.0 - refusal if spare == 1 else chance
        plan.add(scored.p_accept, scored.p_complete, ledger.places_of(job, scored.id))
    valued = [(one, one.value * ledger.places_of(job, one.id)) for one in candidates]
    return _Opening(job, ranking, candidates, valued, first, spare, chance)


def _chosen(openings: list[_Opening]) -> list[list[Scored]]:
    """For each opening whom to ask, whose yes is worth most first.

    Its spare offers count by their chance only.
    """
    ids = sorted({scored.id for opening in openings for scored in opening.candidates})
    number = {id: at for at, id in enumerate(ids)}
    rows = [
        sorted((number[scored.id], factor * value) for scored, value in opening.valued)
        for opening in openings
        for factor in (1.0, opening.chance)
    ]
    capacities = [offers for opening in openings for offers in (opening.first, opening.spare)]
    jobs = assign(problem(rows, capacities, len(ids))).tolist()
    return [
        [
            scored
            for scored, _ in sorted(opening.valued, key=lambda valued: -valued[1])
            if jobs[number[scored.id]] // 2 == at
        ]
        for at, opening in enumerate(openings)
    ]
