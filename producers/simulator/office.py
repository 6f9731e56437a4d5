"""The county's office over a year: other policies, other releases, and days its clock stands still.

Pure and seeded, a day at a time: what a day brings depends on nothing but the seed and the day.
"""

from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Final, Literal

from events.facts import Fact, ModelPromoted, PolicyChanged
from events.topics import ALL_ZONES
from events.values import Policy
from producers.simulator.agenda import Timed
from producers.simulator.calendar import DAY_MS, HOUR_MS, day_of, start_of

QUIET_DAYS: Final = 10
"""Nothing changes in the first days, so that a short simulation is of one policy."""

POLICY_A_DAY: Final = 1 / 20
PROMOTION_A_DAY: Final = 1 / 40
OUTAGE_A_DAY: Final = 1 / 25
SOURCE: Final = "/county/office"

_MODES: Final[tuple[Literal["instant", "batch", "hybrid"], ...]] = ("instant", "batch", "hybrid")


class Office:
    """What the office of a zone says; `releases` are those it may promote."""

    def __init__(self, seed: int, start: int, zone: str, releases: Sequence[str]) -> None:
        self._seed = seed
        self._zone = zone
        self._releases = tuple(releases)
        self._first_day = day_of(start) + QUIET_DAYS
        self._now = start
        self._outage = lru_cache(maxsize=4)(self._find_outage)

    def advance(self, until: int) -> list[Timed]:
        """What the office says up to a time, in order."""
        days = range(day_of(self._now), day_of(until) + 1)
        said = [timed for day in days for timed in self._said_on(day)]
        now, self._now = self._now, until
        return [timed for timed in said if now < timed.at <= until]

    def clock_stands(self, at: int) -> bool:
        """Whether nobody ticks at a time: the process that does is down for some hours."""
        return any(
            outage is not None and outage[0] <= at < outage[1]
            for outage in (self._outage(day_of(at) - 1), self._outage(day_of(at)))
        )

    def _said_on(self, day: int) -> list[Timed]:
        rng = Random(f"{self._seed}/office/{day}")
        changes, promotes, hour = rng.random(), rng.random(), rng.uniform(1, 23)
        at = start_of(day) + round(hour * HOUR_MS)
        zone = rng.choice((self._zone, ALL_ZONES))
        facts: list[Fact] = []
        if day >= self._first_day and changes < POLICY_A_DAY:
            facts.append(PolicyChanged(zone=zone, policy=_policy(rng)))
        if day >= self._first_day and promotes < PROMOTION_A_DAY:
            facts.append(ModelPromoted(zone=zone, release=rng.choice(self._releases)))
        return [Timed(at, fact, f"office-{self._seed}-{day}-{fact.TYPE}", SOURCE) for fact in facts]

    def _find_outage(self, day: int) -> tuple[int, int] | None:
        rng = Random(f"{self._seed}/outage/{day}")
        if day < self._first_day or rng.random() >= OUTAGE_A_DAY:
            return None
        begin = start_of(day) + round(rng.random() * DAY_MS)
        return begin, begin + round(rng.uniform(0.5, 14) * HOUR_MS)


def _policy(rng: Random) -> Policy:
    """A policy that a county might try."""
    return Policy(
        mode=rng.choice(_MODES),
        round_ms=rng.choice((300_000, 900_000, 3_600_000)),
        instant_before_ms=rng.choice((3, 6, 24)) * HOUR_MS,
        ranking_size=rng.choice((5, 10, 20)),
        offer_ttl_ms=rng.choice((900_000, 1_800_000, 7_200_000)),
        max_open_offers=rng.choice((1, 3, 5)),
        fill_confidence=rng.choice((0.6, 0.8, 0.95)),
        refusal_risk=rng.choice((0.5, 0.9)),
        waiting_weight=rng.choice((0.0, 0.05, 0.3)),
        claim_penalty=rng.choice((0.1, 0.2)),
        block_after_claims=rng.choice((2, 3, 5)),
    )
