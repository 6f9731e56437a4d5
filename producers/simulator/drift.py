"""How the town's mind changes over months, and all at once if it is told to.

Slow waves, each from zero at the beginning: how eager people are, how much they look at money and
at the way, and what each trade is liked. A shock adds to it from a day on: somebody else hires
(a factory, a big site), so people are choosier. Periods and sizes are assumptions.
"""

import math
from functools import lru_cache
from random import Random
from typing import Final

import msgspec

PERIOD_DAYS: Final = (150.0, 400.0)
EAGERNESS: Final = 0.5
MONEY: Final = 0.3
WAY: Final = 0.3
TASTE: Final = 0.5

SHOCK_EAGERNESS: Final = -0.6
SHOCK_MONEY: Final = 1.5
SHOCK_WAY: Final = 1.8


class Mood(msgspec.Struct, frozen=True):
    """What a day changes in everybody: added log-odds, and factors of money and of the way."""

    eagerness: float = 0.0
    money: float = 1.0
    way: float = 1.0
    tastes: dict[str, float] = {}


STEADY: Final = Mood()
"""Nothing has changed."""


class Drift:
    """The mood of each local day. `strength` 0 is none; from `shock_day` on it is another time."""

    def __init__(
        self, seed: int, first_day: int, *, strength: float = 0.0, shock_day: int | None = None
    ) -> None:
        self._seed = seed
        self._first_day = first_day
        self._strength = strength
        self._shock_day = shock_day
        self.mood = lru_cache(maxsize=64)(self._mood)

    def _mood(self, day: int, skills: tuple[str, ...]) -> Mood:
        """The mood of a day in a town of such trades."""
        shocked = self._shock_day is not None and day >= self._shock_day
        if self._strength == 0.0 and not shocked:
            return STEADY
        return Mood(
            eagerness=EAGERNESS * self._wave("eagerness", day) + shocked * SHOCK_EAGERNESS,
            money=math.exp(MONEY * self._wave("money", day)) * (SHOCK_MONEY if shocked else 1.0),
            way=math.exp(WAY * self._wave("way", day)) * (SHOCK_WAY if shocked else 1.0),
            tastes={skill: TASTE * self._wave(skill, day) for skill in skills},
        )

    def _wave(self, what: str, day: int) -> float:
        rng = Random(f"{self._seed}/drift/{what}")
        phase, period = rng.uniform(0, 2 * math.pi), rng.uniform(*PERIOD_DAYS)
        passed = 2 * math.pi * (day - self._first_day) / period
        return self._strength * (math.sin(phase + passed) - math.sin(phase))
