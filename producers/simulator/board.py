"""The jobs that the town's employers have posted: new ones, changed terms, cancellations."""

from random import Random
from typing import Any, Final

import msgspec

from events.facts import JobAmended, JobCancelled, JobPosted
from events.values import Interval
from producers.simulator import postings
from producers.simulator.agenda import Agenda
from producers.simulator.calendar import DAY_MS, HOUR_MS, day_of, local
from producers.simulator.people import EmployerPerson
from producers.simulator.town import Town

LATER_CANCELLED: Final = 0.03
LATER_AMENDED: Final = 0.05
_KEPT_MS: Final = 10 * DAY_MS


class JobBoard:
    """Who posted what, on its present terms."""

    def __init__(self, agenda: Agenda, town: Town, employers: list[EmployerPerson]) -> None:
        self._agenda = agenda
        self._town = town
        self._employers = {employer.employer_id: employer for employer in employers}
        self._jobs: dict[str, JobPosted] = {}
        self._posted = 0

    def find(self, job_id: str) -> JobPosted | None:
        """A job on its present terms; None when nobody here knows it."""
        return self._jobs.get(job_id)

    def employer(self, job: JobPosted) -> EmployerPerson:
        """Who posted a job."""
        return self._employers[job.employer_id]

    def post(self) -> None:
        """Somebody needs people now; a few change their mind later."""
        self._posted += 1
        rng, now = self._agenda.rng("job", self._posted), self._agenda.now
        employer = postings.poster(self._town, self._employers, day_of(now), rng)
        # The time keeps a town that is started again from using an id of its last life.
        job_id = f"J-{self._town.zone}-{local(now):%Y%m%d-%H%M%S}-{self._posted:04}"
        job = postings.posting(self._town, employer, job_id, now, rng)
        self._jobs[job_id] = job
        self._agenda.say(job, employer.station.number)
        luck, later = rng.random(), now + round(rng.uniform(0.5, 6) * HOUR_MS)
        if luck < LATER_CANCELLED:
            self._agenda.plan(later, lambda: self.cancel(job_id))
        elif luck < LATER_CANCELLED + LATER_AMENDED:
            self._agenda.plan(later, lambda: self.amend(job_id, **_second_thoughts(job, rng)))

    def cancel(self, job_id: str) -> None:
        """The employer needs nobody any more, if it is not too late to say so."""
        job = self._jobs.get(job_id)
        if job is not None and self._is_ahead(job):
            del self._jobs[job_id]
            fact = JobCancelled(job_id=job_id, zone=job.zone, reason="天气原因")
            self._agenda.say(fact, self.employer(job).station.number)

    def amend(self, job_id: str, **changes: Any) -> None:
        """The employer changes terms, fields of `job.amended`, if it is not too late."""
        job = self._jobs.get(job_id)
        if job is not None and self._is_ahead(job):
            self._jobs[job_id] = msgspec.structs.replace(job, **changes)
            fact = JobAmended(job_id=job_id, zone=job.zone, **changes)
            self._agenda.say(fact, self.employer(job).station.number)

    def forget_old(self) -> None:
        """Drop what ended long ago, so that a town can live for years."""
        horizon = self._agenda.now - _KEPT_MS
        for job_id in [job.job_id for job in self._jobs.values() if job.shifts[-1].end < horizon]:
            del self._jobs[job_id]

    def _is_ahead(self, job: JobPosted) -> bool:
        return job.shifts[0].start > self._agenda.now


def _second_thoughts(job: JobPosted, rng: Random) -> dict[str, Any]:
    """More people, a better pay, a lift to work, or a day later."""
    match rng.choices(("people", "pay", "pickup", "later"), (4, 3, 1, 2))[0]:
        case "people":
            return {"headcount": job.headcount + rng.randint(1, 3)}
        case "pay":
            return {"pay": postings.raised(job.pay, 1.1)}
        case "pickup":
            return {"perks": tuple(dict.fromkeys((*job.perks, "pickup")))}
        case _:
            return {"shifts": tuple(_a_day_later(shift) for shift in job.shifts)}


def _a_day_later(shift: Interval) -> Interval:
    return Interval(start=shift.start + DAY_MS, end=shift.end + DAY_MS)
