"""The town as it lives: people act by the clock and react to what the market answers.

Pure and seeded: the same seed and the same outcomes at the same times give the same facts.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

from events.facts import (
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
    OfferAccepted,
    OfferDeclined,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.outcomes import (
    AnyOutcome,
    BookingCancelled,
    BookingConfirmed,
    JobUnfilled,
    OfferMade,
)
from events.values import Pay
from producers.simulator import behaviour, postings
from producers.simulator.calendar import (
    DAY_MS,
    HOUR_MS,
    day_of,
    local,
    share_of_hour,
)
from producers.simulator.people import REGISTERED, EmployerPerson, Person, employers, workers
from producers.simulator.town import Town, emeishan

MINUTE_MS: Final = 60_000
OPENING_POSTINGS: Final = 24
NEVER_ANSWERS: Final = 0.05
LATER_CANCELLED: Final = 0.03
LATER_DROPS_OUT: Final = 0.03


class Timed(NamedTuple):
    """A fact with its time (UTC ms), its CloudEvents id and its source."""

    at: int
    fact: Fact
    id: str
    source: str


class TownSimulation:
    """A town from `start` (UTC ms) on. Call `advance` and `observe` in the order of time."""

    def __init__(
        self,
        seed: int,
        start: int,
        *,
        town: Town | None = None,
        registered: int = REGISTERED,
    ) -> None:
        self.town = town or emeishan()
        self._seed = seed
        self._start = start
        self._now = start
        self._people = {person.worker_id: person for person in workers(self.town, seed, registered)}
        self._employers = {e.employer_id: e for e in employers(self.town, seed)}
        self._scale = registered / REGISTERED
        self._jobs: dict[str, JobPosted] = {}
        self._booked: dict[tuple[str, str], str] = {}
        self._worked: defaultdict[str, list[int]] = defaultdict(list)
        self._plans: list[tuple[int, int, Callable[[], None]]] = []
        self._said: list[Timed] = []
        self._planned = 0
        self._posted = 0
        self._open()

    def advance(self, until: int) -> list[Timed]:
        """What people say up to a time, in order."""
        self._said = []
        while self._plans and self._plans[0][0] <= until:
            at, _, act = heapq.heappop(self._plans)
            self._now = max(self._now, at)
            act()
        self._now = max(self._now, until)
        return self._said

    def observe(self, outcome: AnyOutcome, at: int) -> None:
        """People hear what the market answered at a time."""
        self._now = max(self._now, at)
        match outcome:
            case OfferMade():
                self._hear_offer(outcome)
            case BookingConfirmed():
                self._hear_booking(outcome)
            case BookingCancelled():
                self._booked.pop((outcome.job_id, outcome.worker_id), None)
            case JobUnfilled():
                self._hear_unfilled(outcome)
            case _:
                pass

    # The town by itself

    def _open(self) -> None:
        for person in self._people.values():
            self._announce(person)
        for number in range(max(1, round(OPENING_POSTINGS * self._scale))):
            self._plan(self._start + number * 2_000, self._post_job)
        self._plan_hour()

    def _announce(self, person: Person) -> None:
        """Say when one can work, and again some days later."""
        rng = self._rng("announce", person.worker_id, day_of(self._now))

        def say() -> None:
            self._say(
                postings.availability(person, self._now, rng, self.town.zone), person.station.number
            )
            self._plan(
                self._now + round(rng.uniform(2.5, 6.0) * DAY_MS * (1.5 if person.standing else 1)),
                lambda: self._announce(person),
            )

        self._plan(self._now, say)

    def _plan_hour(self) -> None:
        hour = local(self._now).hour
        expected = (
            postings.a_day(self.town, local(self._now).month) * share_of_hour(hour) * self._scale
        )
        rng = self._rng("hour", self._now // HOUR_MS)
        for _ in range(_poisson(rng, expected)):
            self._plan(self._now + round(rng.random() * HOUR_MS), self._post_job)
        for _ in range(_poisson(rng, 0.4 * self._scale)):
            self._plan(self._now + round(rng.random() * HOUR_MS), self._leave)
        next_hour = (self._now // HOUR_MS + 1) * HOUR_MS
        self._plan(next_hour, self._plan_hour)

    def _post_job(self) -> None:
        self._posted += 1
        rng = self._rng("job", self._posted)
        employer = postings.poster(self.town, self._employers, local(self._now).month, rng)
        job_id = f"J-{self.town.zone}-{local(self._now):%Y%m%d}-{self._posted:05}"
        job = postings.posting(self.town, employer, job_id, self._now, rng)
        self._jobs[job_id] = job
        self._say(job, employer.station.number)
        if rng.random() < LATER_CANCELLED:
            self._plan(self._now + round(rng.uniform(0.5, 6) * HOUR_MS), lambda: self._cancel(job))

    def _cancel(self, job: JobPosted) -> None:
        if min(shift.start for shift in job.shifts) > self._now:
            fact = JobCancelled(job_id=job.job_id, zone=job.zone, reason="天气原因")
            self._say(fact, self._employers[job.employer_id].station.number)

    def _leave(self) -> None:
        rng = self._rng("leave", self._now)
        person = self._people[rng.choice(sorted(self._people))]
        fact = WorkerUnavailable(worker_id=person.worker_id, zone=self.town.zone)
        self._say(fact, person.station.number)

    # Answers

    def _hear_offer(self, offer: OfferMade) -> None:
        job, person = self._jobs.get(offer.job_id), self._people.get(offer.worker_id)
        if job is None or person is None:
            return
        rng = self._rng("offer", offer.offer_id)
        if rng.random() < NEVER_ANSWERS:
            return
        yes = rng.random() < behaviour.wants(
            person,
            job,
            self._employers[job.employer_id],
            tired=self._days_worked(person.worker_id),
            weather=behaviour.weather(self._seed, day_of(job.shifts[0].start)),
        )
        ids = {"offer_id": offer.offer_id, "worker_id": offer.worker_id, "zone": offer.zone}
        answer: Fact = OfferAccepted(**ids) if yes else OfferDeclined(**ids)
        minutes = behaviour.minutes_to_answer(person, rng, local(self._now).hour)
        self._plan(
            self._now + round(minutes * MINUTE_MS),
            lambda: self._say(answer, person.station.number),
        )

    def _hear_booking(self, booking: BookingConfirmed) -> None:
        job, person = self._jobs.get(booking.job_id), self._people.get(booking.worker_id)
        if job is None or person is None:
            return
        pair = (booking.job_id, booking.worker_id)
        self._booked[pair] = booking.offer_id
        rng = self._rng("work", booking.offer_id)
        if rng.random() < LATER_DROPS_OUT:
            self._plan(
                self._now + round(rng.uniform(0.5, 8) * HOUR_MS),
                lambda: self._drop_out(pair, person),
            )
        end = max(shift.end for shift in booking.shifts)
        self._plan(
            end + round(rng.uniform(0.2, 3) * HOUR_MS),
            lambda: self._end_work(pair, person, job, rng),
        )

    def _drop_out(self, pair: tuple[str, str], person: Person) -> None:
        offer_id = self._booked.pop(pair, None)
        if offer_id is not None:
            fact = OfferDeclined(
                offer_id=offer_id, worker_id=pair[1], zone=self.town.zone, reason="家里有事"
            )
            self._say(fact, person.station.number)

    def _end_work(self, pair: tuple[str, str], person: Person, job: JobPosted, rng: Random) -> None:
        if self._booked.pop(pair, None) is None:
            return
        employer = self._employers[job.employer_id]
        came = rng.random() < behaviour.comes(
            person,
            job,
            employer,
            tired=self._days_worked(person.worker_id),
            weather=behaviour.weather(self._seed, day_of(job.shifts[0].start)),
        )
        (job_id, worker_id), zone = pair, self.town.zone
        station = employer.station.number
        if not came:
            excused = rng.random() < 0.2
            absent = WorkNoShow(job_id=job_id, worker_id=worker_id, zone=zone, excused=excused)
            self._say(absent, station)
            return
        self._worked[worker_id] += [day_of(shift.start) for shift in job.shifts]
        self._say(WorkCompleted(job_id=job_id, worker_id=worker_id, zone=zone), station)
        if rng.random() < 0.5:
            level = person.skills.get(job.skills[0] if job.skills else "", 1)
            stars = max(1, min(5, round(rng.gauss(3.4 + 0.4 * level, 0.8))))
            rated = WorkRated(job_id=job_id, worker_id=worker_id, zone=zone, stars=stars)
            self._say(rated, station)
        if not employer.pays and rng.random() < 0.25:
            self._claim_wages(employer, pair, rng)

    def _claim_wages(self, employer: EmployerPerson, pair: tuple[str, str], rng: Random) -> None:
        claim_id, employer_id, zone = f"C-{pair[0]}-{pair[1]}", employer.employer_id, self.town.zone
        opening = WageClaimOpened(
            claim_id=claim_id, employer_id=employer_id, zone=zone, amount_fen=15_000
        )
        closing = WageClaimClosed(claim_id=claim_id, employer_id=employer_id, zone=zone)
        opened = self._now + round(rng.uniform(1, 5) * DAY_MS)
        closed = opened + round(rng.uniform(1, 7) * DAY_MS)
        station = employer.station.number
        self._plan(opened, lambda: self._say(opening, station))
        self._plan(closed, lambda: self._say(closing, station))

    def _hear_unfilled(self, outcome: JobUnfilled) -> None:
        """Some who find nobody pay more; others have heard that already."""
        job = self._jobs.get(outcome.job_id)
        rng = self._rng("unfilled", outcome.job_id)
        if job is None or outcome.excluded.get("pay_floor", 0) == 0 or rng.random() > 0.3:
            return
        better = Pay(
            amount_fen=round(job.pay.amount_fen * 1.15 / 1000) * 1000,
            unit=job.pay.unit,
            settlement=job.pay.settlement,
        )

        def amend() -> None:
            if min(shift.start for shift in job.shifts) > self._now:
                fact = JobAmended(job_id=job.job_id, zone=job.zone, pay=better)
                self._say(fact, self._employers[job.employer_id].station.number)

        self._plan(self._now + round(rng.uniform(0.5, 3) * HOUR_MS), amend)

    # Helpers

    def _days_worked(self, worker_id: str) -> int:
        today = day_of(self._now)
        return sum(today - 7 <= day < today for day in self._worked[worker_id])

    def _plan(self, at: int, act: Callable[[], None]) -> None:
        self._planned += 1
        heapq.heappush(self._plans, (max(at, self._now), self._planned, act))

    def _say(self, fact: Fact, station: str) -> None:
        number = self._planned = self._planned + 1
        source = f"/zones/{self.town.zone}/stations/{station}"
        id = f"sim-{self._seed}-{self._start}-{number}"
        self._said.append(Timed(self._now, fact, id, source))

    def _rng(self, *purpose: object) -> Random:
        return Random("/".join(str(part) for part in (self._seed, *purpose)))


def _poisson(rng: Random, mean: float) -> int:
    """A Poisson number by Knuth's method; the means here are small."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
