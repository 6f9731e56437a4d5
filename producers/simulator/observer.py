"""What can be known: a predictor that knows how people decide and how minds are spread, not whose.

It learns each worker's mind from their answers and their work in the log, by Bayes' rule over minds
drawn as the town's are. It is told of each pair all that bears on it besides the mind (weather,
friends, what is believed of the employer, the mood of the time), which no log tells in full. So
what this one's order loses against the oracle's is, nearly, what no better learning can win.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from events.facts import JobPosted
from producers.simulator import behaviour
from producers.simulator.behaviour import Circumstances
from producers.simulator.lives import LATER_DROPS_OUT, NEVER_ANSWERS
from producers.simulator.people import Mind, Person, workers
from producers.simulator.town import Town

Numbers = NDArray[np.float64]

MINDS: Final = 4_000
"""Drawn to stand for all there can be."""
SEED: Final = 1_000_003
"""Of the people whose minds are drawn: no town that is judged has it."""
_UNLIKELY: Final = 1e-9
_TRAITS: Final = ("eagerness", "hates_distance", "likes_money", "steadiness", "tires")
"""What decides in log-odds, beside the taste for a trade."""
_NO_MIND: Final = Mind(**dict.fromkeys(_TRAITS, 0.0), patience_min=1.0, by_clerk=False, tastes={})

Law = Callable[[Person, JobPosted, Circumstances], float]
"""`behaviour.wants` or `behaviour.comes`."""


class Seen(NamedTuple):
    """A person and a job as they met at a local hour. The person's own mind is not looked at."""

    person: Person
    job: JobPosted
    now: Circumstances
    hour: int


class Answer(NamedTuple):
    """What came of an offer: yes or no after so many minutes, None when nobody answered in time.

    `came` is whether the work was done, None while nobody knows.
    """

    seen: Seen
    yes: bool
    minutes: float | None
    came: bool | None


class Observer:
    """Probabilities of pairs, given the answers up to a moment; an offer stands for `minutes`."""

    def __init__(
        self, town: Town, answers: Iterable[Answer], minutes: float, minds: int = MINDS
    ) -> None:
        self._minutes = minutes
        self._drawn = workers(town, SEED, minds)
        self._traits = np.array([[getattr(one.mind, t) for t in _TRAITS] for one in self._drawn])
        self._tastes = {
            trade.skill: np.array([one.mind.tastes[trade.skill] for one in self._drawn])
            for trade in town.trades
        }
        self._answered: dict[tuple[float, int], Numbers] = {}
        self._log_likely: dict[str, Numbers] = {}
        for answer in answers:
            self._learn(answer)

    def chances(self, seen: Seen) -> tuple[float, float]:
        """P(accepts in time | offered) and P(does the work | booked) of a pair."""
        known = self._log_likely.get(seen.person.worker_id)
        weights = np.ones(len(self._drawn)) if known is None else np.exp(known - known.max())
        belief = weights / weights.sum()
        return float(belief @ self._accepts(seen)), float(belief @ self._works(seen))

    def _learn(self, answer: Answer) -> None:
        """Make minds that would rather have answered so more likely."""
        seen, worker_id = answer.seen, answer.seen.person.worker_id
        if answer.minutes is None:
            chances = [1.0 - self._answers(self._minutes, seen.hour)]
        else:
            minute, wants = float(int(answer.minutes)), self._by(behaviour.wants, seen)
            in_it = self._answers(minute + 1.0, seen.hour) - self._answers(minute, seen.hour)
            chances = [in_it, wants if answer.yes else 1.0 - wants]
        if answer.came is not None:
            chances.append(self._works(seen) if answer.came else 1.0 - self._works(seen))
        known = self._log_likely.setdefault(worker_id, np.zeros(len(self._drawn)))
        for chance in chances:
            known += np.log(np.maximum(chance, _UNLIKELY))

    def _accepts(self, seen: Seen) -> Numbers:
        return self._answers(self._minutes, seen.hour) * self._by(behaviour.wants, seen)

    def _works(self, seen: Seen) -> Numbers:
        return (1.0 - LATER_DROPS_OUT) * self._by(behaviour.comes, seen)

    def _answers(self, minutes: float, hour: int) -> Numbers:
        """P(answers within so many minutes) of each drawn mind."""
        if (minutes, hour) not in self._answered:
            found = [behaviour.answers_within(one, minutes, hour) for one in self._drawn]
            self._answered[minutes, hour] = (1.0 - NEVER_ANSWERS) * np.array(found)
        return self._answered[minutes, hour]

    def _by(self, law: Law, seen: Seen) -> Numbers:
        """What a law says of a pair for each drawn mind: its log-odds are linear in a mind."""
        trade = seen.job.skills[0] if seen.job.skills else ""
        base = _log_odds(law, seen, _NO_MIND)
        slopes = [_log_odds(law, seen, _with(**{trait: 1.0})) - base for trait in _TRAITS]
        liking = _log_odds(law, seen, _with(tastes={trade: 1.0})) - base
        found: Numbers = expit(base + self._traits @ slopes + liking * self._tastes.get(trade, 0.0))
        return found


def _with(**traits: object) -> Mind:
    return msgspec.structs.replace(_NO_MIND, **traits)


def _log_odds(law: Law, seen: Seen, mind: Mind) -> float:
    return float(logit(law(msgspec.structs.replace(seen.person, mind=mind), seen.job, seen.now)))
