"""What happens to people and bears on what they decide next: work, friends, harvest, talk.

Nothing outside the simulator may import this: it knows the true probabilities.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from events.facts import JobPosted
from producers.simulator import behaviour
from producers.simulator.agenda import Agenda
from producers.simulator.behaviour import Circumstances
from producers.simulator.calendar import day_of, is_holiday, local
from producers.simulator.drift import Drift
from producers.simulator.fields import on_own_field
from producers.simulator.friends import friends
from producers.simulator.people import EmployerPerson, Person
from producers.simulator.reputation import Reputations
from producers.simulator.town import Town

NEVER_ANSWERS: Final = 0.05
LATER_DROPS_OUT: Final = 0.03
_REMEMBERED_DAYS: Final = 7

Pair = tuple[str, str]
"""A job and a worker, by id."""


class Lives:
    """The circumstances of everybody, now."""

    def __init__(
        self,
        agenda: Agenda,
        town: Town,
        people: Mapping[str, Person],
        employers: Sequence[EmployerPerson],
        seed: int,
        drift: Drift,
    ) -> None:
        self.booked: dict[Pair, str] = {}
        self._agenda = agenda
        self._seed = seed
        self._drift = drift
        self._skills = tuple(trade.skill for trade in town.trades)
        self._friends = friends(people.values(), seed)
        self._reputations = Reputations(employers, self._friends, seed)
        self._worked: defaultdict[str, list[int]] = defaultdict(list)

    def wants(self, person: Person, job: JobPosted) -> float:
        """The true probability that a person who answers says yes now."""
        return behaviour.wants(person, job, self.circumstances(person, job))

    def comes(self, person: Person, job: JobPosted) -> float:
        """The true probability that a booked person does the work, as things are now."""
        return behaviour.comes(person, job, self.circumstances(person, job))

    def accepts_within(self, person: Person, job: JobPosted, minutes: float) -> float:
        """The true probability that an offer made now is accepted before it expires."""
        answers = behaviour.answers_within(person, minutes, local(self._agenda.now).hour)
        return (1.0 - NEVER_ANSWERS) * answers * self.wants(person, job)

    def works(
        self, person: Person, job: JobPosted, employer: EmployerPerson, *, paid: bool
    ) -> None:
        """A person has done a job: they remember how it was."""
        oldest = day_of(self._agenda.now) - _REMEMBERED_DAYS
        worked = (*self._worked[person.worker_id], *(day_of(shift.start) for shift in job.shifts))
        self._worked[person.worker_id] = [day for day in worked if day >= oldest]
        rng = self._agenda.rng("experience", job.job_id, person.worker_id)
        self._reputations.experience(person.worker_id, employer, paid=paid, rng=rng)

    def circumstances(self, person: Person, job: JobPosted) -> Circumstances:
        """What bears on a person's decision about a job now."""
        worker_id, days = person.worker_id, [day_of(shift.start) for shift in job.shifts]
        return Circumstances(
            tired=self._days_worked(worker_id),
            weather=behaviour.weather(self._seed, days[0]),
            friends=sum((job.job_id, friend) in self.booked for friend in self._friends[worker_id]),
            belief=self._reputations.belief(worker_id, job.employer_id),
            holiday=any(is_holiday(day) for day in days),
            harvest=any(on_own_field(self._seed, person, day) for day in days),
            mood=self._drift.mood(day_of(self._agenda.now), self._skills),
        )

    def _days_worked(self, worker_id: str) -> int:
        worked = self._worked.get(worker_id)
        if not worked:
            return 0
        today = day_of(self._agenda.now)
        return sum(today - _REMEMBERED_DAYS <= day < today for day in worked)
