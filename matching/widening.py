"""Who is near enough to be asked when: tiers of time, rings of travel.

A job is offered in tiers. A tier asks the best of those in reach, as many as the plan wants, and
lasts `Policy.tier_ms`; then who has not answered counts half, and the next tier asks again, one
ring further. Ring 0 is the job's own station and whoever travels at most `ring_minutes[0]` to it;
beyond all limits lies the last ring. When too few are in reach, the next ring is asked at once.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from events.values import Policy
from matching.features import FEATURES
from matching.state import Job, Offer

_TRAVEL: Final = FEATURES.index("travel_minutes")
_SAME_STATION: Final = FEATURES.index("same_station")


def start(job: Job, now: int, policy: Policy) -> None:
    """The first tier of a new job."""
    job.tier, job.tier_at = 1, now + policy.tier_ms


def advance(job: Job, now: int, policy: Policy) -> None:
    """The tier that a time belongs to, as if none had been left out."""
    if now >= job.tier_at:
        passed = 1 + (now - job.tier_at) // policy.tier_ms
        job.tier += passed
        job.tier_at += passed * policy.tier_ms


def shorten(job: Job, now: int, policy: Policy) -> None:
    """Under a policy of shorter tiers the present one lasts no longer than one of those."""
    job.tier_at = min(job.tier_at, now + policy.tier_ms)


def reach(job: Job) -> int:
    """The outermost ring that is asked by itself."""
    return job.tier - 1


def ring_of(features: NDArray[np.float32], policy: Policy) -> int:
    """The ring of one pair, by its features (F,)."""
    if features[_SAME_STATION]:
        return 0
    minutes = float(features[_TRAVEL])
    return sum(minutes > limit for limit in policy.ring_minutes)


def counts(offer: Offer, job: Job, policy: Policy) -> float:
    """How much of its P(accept) an open offer still counts, at the beginning of its job's tier.

    `tier_ms` is taken as the time in which half of those who will say yes have said so, so each
    tier of silence halves it.
    """
    tiers = (job.tier_at - policy.tier_ms - offer.made_at) // policy.tier_ms
    return float(0.5 ** max(0, tiers))
