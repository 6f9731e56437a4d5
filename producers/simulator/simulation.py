"""The town as it lives: people act by the clock and react to what the market answers.

Pure and seeded: the same seed and the same outcomes at the same times give the same facts.
"""

import math
from random import Random
from typing import Final

from events.facts import WorkerForgotten, WorkerUnavailable
from events.outcomes import AnyOutcome
from producers.simulator import postings
from producers.simulator.agenda import Agenda, Timed
from producers.simulator.board import JobBoard
from producers.simulator.calendar import (
    DAY_MS,
    HOUR_MS,
    day_of,
    home_stay,
    local,
    share_of_hour,
    start_of,
)
from producers.simulator.drift import Drift
from producers.simulator.lives import LATER_DROPS_OUT, Lives
from producers.simulator.observer import Seen
from producers.simulator.people import REGISTERED, Person, employers, migrants, workers
from producers.simulator.reactions import Reactions
from producers.simulator.town import Town, emeishan

OPENING_POSTINGS: Final = 24
"""Posted in the first minute, so that whoever looks sees something happen at once."""

_OPENING_GAP_MS: Final = 2_000
_LEAVE_AN_HOUR: Final = 0.4
_ERASED_AN_HOUR: Final = 0.02
_COMES_BACK: Final = 0.3
_GIVES_UP_BOOKINGS: Final = 0.2


class TownSimulation:
    """A town from `start` (UTC ms) on. Call `advance` and `observe` in the order of time.

    With `drift` people's minds change over months, 1 being what is thought usual; at `shock_at`,
    UTC ms, they change at once.
    """

    def __init__(
        self,
        seed: int,
        start: int,
        *,
        town: Town | None = None,
        registered: int = REGISTERED,
        drift: float = 0.0,
        shock_at: int | None = None,
    ) -> None:
        self.town = town or emeishan()
        residents = workers(self.town, seed, registered)
        returning = migrants(self.town, seed, registered)
        self._people = {person.worker_id: person for person in (*residents, *returning)}
        self._residents = residents
        self._scale = registered / REGISTERED
        self._agenda = Agenda(seed, start, self.town.zone)
        bosses = employers(self.town, seed)
        self._board = JobBoard(self._agenda, self.town, bosses)
        shock_day = None if shock_at is None else day_of(shock_at)
        mood = Drift(seed, day_of(start), strength=drift, shock_day=shock_day)
        self._lives = Lives(self._agenda, self.town, self._people, bosses, seed, mood)
        self._reactions = Reactions(self._agenda, self._board, self._people, self._lives)
        for person in residents:
            self._announce(person)
        for person in returning:
            self._come_home(person)
        for number in range(max(1, round(OPENING_POSTINGS * self._scale))):
            self._agenda.plan(start + number * _OPENING_GAP_MS, self._board.post)
        self._plan_hour()

    def advance(self, until: int) -> list[Timed]:
        """What people say up to a time, in order."""
        return self._agenda.run(until)

    def observe(self, outcome: AnyOutcome, at: int) -> None:
        """People hear what the market answered at a time."""
        self._agenda.pass_to(at)
        self._reactions.hear(outcome)

    def chances(self, job_id: str, worker_id: str, minutes: float) -> tuple[float, float]:
        """The truth about a pair now: P(accepts in so many minutes | offered), P(works | booked).

        Both 0 for those whom nobody here knows. For an oracle that policies are measured against.
        """
        job, person = self._board.find(job_id), self._people.get(worker_id)
        if job is None or person is None:
            return 0.0, 0.0
        comes = (1.0 - LATER_DROPS_OUT) * self._lives.comes(person, job)
        return self._lives.accepts_within(person, job, minutes), comes

    def seen(self, job_id: str, worker_id: str) -> Seen | None:
        """A pair as it is now, for an observer; None for those whom nobody here knows."""
        job, person = self._board.find(job_id), self._people.get(worker_id)
        if job is None or person is None:
            return None
        now = self._lives.circumstances(person, job)
        return Seen(person, job, now, local(self._agenda.now).hour)

    def _announce(self, person: Person, last_day: int | None = None) -> None:
        """Say when one can work, and again some days later, in season sooner."""
        agenda = self._agenda
        rng = agenda.rng("announce", person.worker_id, day_of(agenda.now))

        def say() -> None:
            if person.worker_id not in self._people:
                return
            if last_day is not None and day_of(agenda.now) >= last_day:
                self._come_home(person)
                return
            fact = postings.availability(person, agenda.now, rng, self.town.zone, last_day)
            agenda.say(fact, person.station.number)
            days = rng.uniform(2.5, 6.0) * (1.5 if person.standing else 1.0)
            busy = max(1.0, postings.a_day(self.town, day_of(agenda.now)) / postings.NORMAL_A_DAY)
            agenda.plan(
                agenda.now + round(days / busy * DAY_MS), lambda: self._announce(person, last_day)
            )

        agenda.plan(agenda.now, say)

    def _come_home(self, person: Person) -> None:
        """Those who work far away look for work here around the New Year, and only then."""
        stay = home_stay(day_of(self._agenda.now) + 1, self._agenda.rng("home", person.worker_id))
        if stay is not None:
            first, last = stay
            self._agenda.plan(start_of(first) + 8 * HOUR_MS, lambda: self._announce(person, last))

    def _plan_hour(self) -> None:
        agenda, now = self._agenda, self._agenda.now
        rng = agenda.rng("hour", now // HOUR_MS)
        share = share_of_hour(local(now).hour) * self._scale
        for _ in range(_poisson(rng, postings.a_day(self.town, day_of(now)) * share)):
            agenda.plan(now + round(rng.random() * HOUR_MS), self._board.post)
        for _ in range(_poisson(rng, _LEAVE_AN_HOUR * self._scale)):
            agenda.plan(now + round(rng.random() * HOUR_MS), self._leave)
        for _ in range(_poisson(rng, _ERASED_AN_HOUR * self._scale)):
            agenda.plan(now + round(rng.random() * HOUR_MS), self._ask_to_be_forgotten)
        self._board.forget_old()
        agenda.plan((now // HOUR_MS + 1) * HOUR_MS, self._plan_hour)

    def _leave(self) -> None:
        rng = self._agenda.rng("leave", self._agenda.now)
        person = rng.choice(self._residents)
        if person.worker_id in self._people:
            fact = WorkerUnavailable(
                worker_id=person.worker_id,
                zone=self.town.zone,
                cancel_bookings=rng.random() < _GIVES_UP_BOOKINGS,
            )
            self._agenda.say(fact, person.station.number)

    def _ask_to_be_forgotten(self) -> None:
        """Somebody wants everything about them erased; some register again weeks later."""
        rng = self._agenda.rng("erase", self._agenda.now)
        person = rng.choice(self._residents)
        if self._people.pop(person.worker_id, None) is None:
            return
        fact = WorkerForgotten(worker_id=person.worker_id, zone=self.town.zone)
        self._agenda.say(fact, person.station.number)
        if rng.random() < _COMES_BACK:
            later = self._agenda.now + round(rng.uniform(10, 60) * DAY_MS)
            self._agenda.plan(later, lambda: self._register_again(person))

    def _register_again(self, person: Person) -> None:
        self._people[person.worker_id] = person
        self._announce(person)


def _poisson(rng: Random, mean: float) -> int:
    """A Poisson number by Knuth's method; the means here are small."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
