"""Rules about outcomes, as they are said. The market is the one after the whole event."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from events.outcomes import (
    AnyOutcome,
    BookingConfirmed,
    JobExpired,
    JobFilled,
    JobUnfilled,
    MatchRanked,
    OfferMade,
)
from matching.market import Market

OutcomeRule = Callable[[Market, AnyOutcome], Iterator[str]]


def told_at_the_markets_time(market: Market, outcome: AnyOutcome) -> Iterator[str]:
    """Every outcome has the clock of its market."""
    if outcome.at != market.state.now:
        yield f"at {outcome.at}, the clock shows {market.state.now}"


def rankings_add_up(market: Market, outcome: AnyOutcome) -> Iterator[str]:
    """Everybody looked at is feasible or excluded once, and the best come first."""
    if not isinstance(outcome, MatchRanked):
        return
    excluded = sum(outcome.excluded.values())
    if outcome.feasible + excluded != outcome.pool:
        yield f"{outcome.feasible} feasible, {excluded} excluded, {outcome.pool} looked at"
    if len(outcome.ranking) != min(outcome.feasible, market.state.policy.ranking_size):
        yield f"{len(outcome.ranking)} lines of {outcome.feasible}"
    if [line.rank for line in outcome.ranking] != list(range(1, len(outcome.ranking) + 1)):
        yield f"ranks {[line.rank for line in outcome.ranking]}"
    if any(later.score > earlier.score for earlier, later in pairwise(outcome.ranking)):
        yield f"scores {[line.score for line in outcome.ranking]}"


def offers_keep_to_the_policy(market: Market, outcome: AnyOutcome) -> Iterator[str]:
    """An offer begins with time to answer, and nobody has more of them than the policy allows."""
    if not isinstance(outcome, OfferMade):
        return
    policy = market.state.policy
    if not 0 < outcome.expires_at - outcome.at <= policy.offer_ttl_ms:
        yield f"{outcome.offer_id} made at {outcome.at} until {outcome.expires_at}"
    worker = market.state.workers.get(outcome.worker_id)
    if worker is not None and len(worker.open_offers) > policy.max_open_offers:
        yield f"{outcome.worker_id} has {len(worker.open_offers)} of {policy.max_open_offers}"


def places_add_up(market: Market, outcome: AnyOutcome) -> Iterator[str]:
    """What is said of a job's places can be."""
    match outcome:
        case BookingConfirmed() if outcome.remaining < 0:
            yield f"{outcome.remaining} places of {outcome.job_id} remain"
        case JobFilled() if outcome.headcount < 1:
            yield f"{outcome.job_id} is filled with {outcome.headcount}"
        case JobExpired() | JobUnfilled() if not 0 <= outcome.booked < outcome.headcount:
            yield f"{outcome.booked} of {outcome.headcount} booked, and {outcome.TYPE}"
        case _:
            pass


OUTCOME_RULES: Final[tuple[OutcomeRule, ...]] = (
    told_at_the_markets_time,
    rankings_add_up,
    offers_keep_to_the_policy,
    places_add_up,
)
