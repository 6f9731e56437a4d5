"""Now and then somebody else than the best is asked, so that the log tells more than it was asked.

A market that only ever asks the best by its model learns nothing of all others. Of a job's offers
the share `Policy.explore_share` therefore goes to somebody drawn evenly from those who could have
been asked just as well: feasible, not asked yet, of the same ring of travel or nearer, taking as
many places as the one who comes first. They count in the job's plan like anybody, and the one who
comes first is next in turn, so no place waits for it.

The draw is a hash of zone, job, offset of the cause and number of the offer: a replay draws the
same. `offer.made` carries the probability with which its worker got this turn, given all that had
been asked before: share / n for each of the n others, 1 - share for the first, 1 where there was
no choice. That is what inverse-propensity estimates divide by (Horvitz and Thompson, "A
generalization of sampling without replacement from a finite universe", 1952).
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from events.outcomes import InvitedVia
from matching.ledger import Ledger
from matching.ranking import Scored
from matching.state import Job


class Choice(NamedTuple):
    """Who is asked, how they came to be, and how probable that was."""

    scored: Scored
    via: InvitedVia
    propensity: float


def choose(ledger: Ledger, job: Job, best: Scored, others: Iterable[Scored]) -> Choice:
    """The best, or by chance one of the others; these in an order that is the same for any pool.

    `others` is read only as far as needed: usually whether there is anybody.
    """
    share = ledger.state.policy.explore_share
    if share == 0.0:
        return Choice(best, "ranking", 1.0)
    coin, pick = draw(ledger.state.zone, job.posted.job_id, ledger.state.offset, len(job.offer_ids))
    if coin < share:
        possible = list(others)
        if possible:
            explored = possible[pick % len(possible)]
            return Choice(explored, "exploration", share / len(possible))
        return Choice(best, "ranking", 1.0)
    is_free = any(True for _ in others)
    return Choice(best, "ranking", 1.0 - share if is_free else 1.0)


def draw(zone: str, job_id: str, offset: int, turn: int) -> tuple[float, int]:
    """A number in [0, 1] and a whole one below 2^64, both as good as drawn evenly."""
    digest = hashlib.blake2b(f"{zone}\0{job_id}\0{offset}\0{turn}".encode(), digest_size=16)
    coin, pick = digest.digest()[:8], digest.digest()[8:]
    return int.from_bytes(coin) * 2.0**-64, int.from_bytes(pick)
