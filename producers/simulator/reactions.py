"""How the town's people take what the market answers: offers, bookings, places nobody wants."""

from collections.abc import Mapping
from random import Random
from typing import Final

from events.facts import (
    Fact,
    JobPosted,
    OfferAccepted,
    OfferDeclined,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkNoShow,
    WorkRated,
)
from events.outcomes import AnyOutcome, BookingCancelled, BookingConfirmed, JobUnfilled, OfferMade
from matching.lawful import is_over
from producers.simulator import behaviour, postings
from producers.simulator.agenda import Agenda
from producers.simulator.board import JobBoard
from producers.simulator.calendar import DAY_MS, HOUR_MS, day_of, local
from producers.simulator.lives import LATER_DROPS_OUT, NEVER_ANSWERS, Lives, Pair
from producers.simulator.people import EmployerPerson, Person

MINUTE_MS: Final = 60_000
UNPAID_SHARE: Final = 0.25
"""Of the work for employers who do not pay."""
_REMEMBERED_OFFERS: Final = 20_000


class Reactions:
    """Answers offers, goes to work or stays at home, rates, and claims wages that are not paid."""

    def __init__(
        self, agenda: Agenda, board: JobBoard, people: Mapping[str, Person], lives: Lives
    ) -> None:
        self._agenda = agenda
        self._board = board
        self._people = people
        self._lives = lives
        self._booked = lives.booked
        self._offers: dict[str, None] = {}

    def hear(self, outcome: AnyOutcome) -> None:
        """Plan what people do about an outcome; hearing it twice changes nothing."""
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

    def _hear_offer(self, offer: OfferMade) -> None:
        job, person = self._board.find(offer.job_id), self._people.get(offer.worker_id)
        if job is None or person is None or not self._is_news(offer.offer_id):
            return
        rng = self._rng("answer", job, person, day_of(self._agenda.now))
        if rng.random() < NEVER_ANSWERS:
            return
        yes = rng.random() < self._lives.wants(person, job)
        ids = {"offer_id": offer.offer_id, "worker_id": offer.worker_id, "zone": offer.zone}
        answer: Fact = OfferAccepted(**ids) if yes else OfferDeclined(**ids)
        minutes = behaviour.minutes_to_answer(person, rng, local(self._agenda.now).hour)
        self._agenda.plan(
            self._agenda.now + round(minutes * MINUTE_MS),
            lambda: self._answer(answer, person),
        )

    def _answer(self, answer: Fact, person: Person) -> None:
        if person.worker_id in self._people:
            self._agenda.say(answer, person.station.number)

    def _hear_booking(self, booking: BookingConfirmed) -> None:
        job, person = self._board.find(booking.job_id), self._people.get(booking.worker_id)
        pair = (booking.job_id, booking.worker_id)
        if job is None or person is None or self._booked.get(pair) == booking.offer_id:
            return
        self._booked[pair] = booking.offer_id
        rng = self._rng("drop out", job, person, day_of(self._agenda.now))
        if rng.random() < LATER_DROPS_OUT:
            self._agenda.plan(
                self._agenda.now + round(rng.uniform(0.5, 8) * HOUR_MS),
                lambda: self._drop_out(pair, person, booking.zone),
            )
        end = max(shift.end for shift in booking.shifts)
        self._agenda.plan(
            end + round(rng.uniform(0.2, 3) * HOUR_MS),
            lambda: self._end_work(pair, booking.offer_id, job),
        )

    def _drop_out(self, pair: Pair, person: Person, zone: str) -> None:
        """Give up work that lies ahead or is being done.

        Of work that is over there is nothing left to give up: its end tells whether they came.
        Whoever has been erased says nothing, though the market's answer may not be here yet.
        """
        job = self._board.find(pair[0])
        is_late = job is not None and is_over(job, self._agenda.now)
        if is_late or person.worker_id not in self._people:
            return
        offer_id = self._booked.pop(pair, None)
        if offer_id is not None:
            fact = OfferDeclined(
                offer_id=offer_id, worker_id=person.worker_id, zone=zone, reason="家里有事"
            )
            self._agenda.say(fact, person.station.number)

    def _end_work(self, pair: Pair, offer_id: str, job: JobPosted) -> None:
        if self._booked.get(pair) != offer_id:
            return
        del self._booked[pair]
        job_id, worker_id = pair
        employer, person = self._board.employer(job), self._people.get(worker_id)
        if person is None:
            return
        zone, station = job.zone, employer.station.number
        rng = self._rng("work", job, person)
        if rng.random() >= self._lives.comes(person, job):
            excused = rng.random() < 0.2
            absent = WorkNoShow(job_id=job_id, worker_id=worker_id, zone=zone, excused=excused)
            self._agenda.say(absent, station)
            return
        paid = employer.pays or rng.random() >= UNPAID_SHARE
        self._lives.works(person, job, employer, paid=paid)
        self._agenda.say(WorkCompleted(job_id=job_id, worker_id=worker_id, zone=zone), station)
        if rng.random() < 0.5:
            level = person.skills.get(job.skills[0] if job.skills else "", 1)
            stars = max(1, min(5, round(rng.gauss(3.4 + 0.4 * level, 0.8))))
            rated = WorkRated(job_id=job_id, worker_id=worker_id, zone=zone, stars=stars)
            self._agenda.say(rated, station)
        if not paid:
            self._claim_wages(employer, pair, job, rng)

    def _claim_wages(
        self, employer: EmployerPerson, pair: Pair, job: JobPosted, rng: Random
    ) -> None:
        claim_id, employer_id = f"C-{pair[0]}-{pair[1]}", employer.employer_id
        amount = job.pay.amount_fen * len(job.shifts)
        opening = WageClaimOpened(
            claim_id=claim_id, employer_id=employer_id, zone=job.zone, amount_fen=amount
        )
        closing = WageClaimClosed(claim_id=claim_id, employer_id=employer_id, zone=job.zone)
        opened = self._agenda.now + round(rng.uniform(1, 5) * DAY_MS)
        closed = opened + round(rng.uniform(1, 7) * DAY_MS)
        station = employer.station.number
        self._agenda.plan(opened, lambda: self._agenda.say(opening, station))
        self._agenda.plan(closed, lambda: self._agenda.say(closing, station))

    def _hear_unfilled(self, outcome: JobUnfilled) -> None:
        """Some who find nobody pay more; others have heard that already."""
        job, rng = self._board.find(outcome.job_id), self._agenda.rng("unfilled", outcome.job_id)
        if job is None or outcome.excluded.get("pay_floor", 0) == 0 or rng.random() > 0.3:
            return
        self._agenda.plan(
            self._agenda.now + round(rng.uniform(0.5, 3) * HOUR_MS),
            lambda: self._board.amend(outcome.job_id, pay=postings.raised(job.pay, 1.15)),
        )

    def _rng(self, purpose: str, job: JobPosted, person: Person, *more: object) -> Random:
        """Chance for a person and a job, however they met: policies are compared on equal luck.

        With a day: what one thinks of a job lasts for the day, and a better offer meets the same
        mood.
        """
        return self._agenda.rng(purpose, job.job_id, person.worker_id, *more)

    # Memory

    def _is_news(self, offer_id: str) -> bool:
        if offer_id in self._offers:
            return False
        self._offers[offer_id] = None
        if len(self._offers) > _REMEMBERED_OFFERS:
            del self._offers[next(iter(self._offers))]
        return True
