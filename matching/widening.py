"""Who is near enough to be asked when: tiers of time, rings of travel.

A job is offered in tiers. A tier asks the best of those in reach, as many as the plan wants, and
lasts `Policy.tier_ms`; then who has not answered counts half, and the next tier asks again, one
ring further. Ring 0 is the job's own station and whoever travels at most `ring_minutes[0]` to it;
beyond all limits lies the last ring. When too few are in reach, the next ring is asked at once.
The rule is the same for a job that is offered at once (`offers`) and for one in a round (`rounds`).
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


def within(job: Job, policy: Policy) -> float | None:
    """The travel in minutes up to which a job asks by itself; None when that is everybody."""
    limits = sorted(policy.ring_minutes)
    return limits[reach(job)] if reach(job) < len(limits) else None


def widens_at(job: Job, rings: int, policy: Policy) -> int:
    """When the reach of a job has come so many rings farther, 1 or more, UTC ms."""
    return job.tier_at + (rings - 1) * policy.tier_ms


def rings_of(features: NDArray[np.float32], policy: Policy) -> NDArray[np.intp]:
    """The ring of each pair, by their features (n, F)."""
    minutes = features[:, _TRAVEL].astype(np.float64)
    passed = minutes[:, np.newaxis] > np.array(policy.ring_minutes)
    return np.where(features[:, _SAME_STATION], 0, passed.sum(axis=1))


def ring_of(features: NDArray[np.float32], policy: Policy) -> int:
    """The ring of one pair, by its features (F,)."""
    return int(rings_of(features[np.newaxis], policy)[0])


def beyond(features: NDArray[np.float32], job: Job, policy: Policy) -> list[int]:
    """How many rings farther than its reach each pair of a job lies; 0 for none."""
    farther: list[int] = np.maximum(rings_of(features, policy) - reach(job), 0).tolist()
    return farther


def counts(offer: Offer, job: Job, policy: Policy) -> float:
    """How much of its P(accept) an open offer still counts, at the beginning of its job's tier.

    `tier_ms` is taken as the time in which half of those who will say yes have said so, so each
    tier of silence halves it.
    """
    tiers = (job.tier_at - policy.tier_ms - offer.made_at) // policy.tier_ms
    return float(0.5 ** max(0, tiers))
