"""What people believe of employers: learnt by working for them, from friends, and from talk.

An experience is worth the employer's fairness, more or less, and much less when the wages did not
come. A belief is the mean of what one knows: own experiences count in full, those of friends half,
the town's talk a tenth each, beside `DOUBT` experiences of nothing in particular. So it begins near
nothing for a new employer, moves with every day worked, and two people rarely believe the same.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, NamedTuple

from producers.simulator.people import EmployerPerson

DOUBT: Final = 2.0
OF_FRIENDS: Final = 0.5
OF_TALK: Final = 0.1
UNPAID: Final = -2.0
_TALKED_OF: Final = 30
"""Experiences that the town has of each employer when the simulation begins."""


class _Known(NamedTuple):
    """So many experiences, and their sum in log-odds."""

    times: float = 0.0
    total: float = 0.0

    def plus(self, other: "_Known", weight: float = 1.0) -> "_Known":
        return _Known(self.times + weight * other.times, self.total + weight * other.total)


class Reputations:
    """Beliefs of everybody in a town about its employers."""

    def __init__(
        self,
        employers: Sequence[EmployerPerson],
        friends: Mapping[str, Sequence[str]],
        seed: int,
    ) -> None:
        self._friends = friends
        self._own: defaultdict[tuple[str, str], _Known] = defaultdict(_Known)
        self._talk = {
            employer.employer_id: _Known(
                _TALKED_OF,
                _TALKED_OF
                * Random(f"{seed}/talk/{employer.employer_id}").gauss(employer.fairness, 0.3),
            )
            for employer in employers
        }

    def belief(self, worker_id: str, employer_id: str) -> float:
        """What a person believes of an employer, in log-odds; 0 is nothing in particular."""
        known = self._own.get((worker_id, employer_id), _Known())
        for friend in self._friends.get(worker_id, ()):
            told = self._own.get((friend, employer_id))
            if told is not None:
                known = known.plus(told, OF_FRIENDS)
        known = known.plus(self._talk[employer_id], OF_TALK)
        return known.total / (DOUBT + known.times)

    def experience(
        self, worker_id: str, employer: EmployerPerson, *, paid: bool, rng: Random
    ) -> None:
        """Somebody has worked for an employer."""
        worth = rng.gauss(employer.fairness, 0.5) + (0.0 if paid else UNPAID)
        pair = (worker_id, employer.employer_id)
        self._own[pair] = self._own[pair].plus(_Known(1.0, worth))
        talk = self._talk[employer.employer_id]
        self._talk[employer.employer_id] = talk.plus(_Known(1.0, worth))
