"""A market's books: state, pool and deadlines, changed together so that they always agree.

Every change of an offer, a booking or a job's standing goes through one method here, which also
says so in an outcome. What should happen next (whom to ask) is decided in `offers`.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from events.emission import emission_id
from events.notices import BookingRequested, Notice, Report, VisitorReported
from events.outcomes import (
    AnyOutcome,
    BookingCancelled,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    CancellationReason,
    Cause,
    InvitedVia,
    JobExpired,
    JobFilled,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    Outcome,
    RefusalReason,
    WithdrawalReason,
)
from matching.days import DAY_MS
from matching.deadlines import Deadline, Deadlines
from matching.hiring import Hiring
from matching.market_state import MarketState
from matching.pool import Pool
from matching.proposal import Answer, note, propose
from matching.ranking import Ranking, Scored
from matching.scorer import Scorer
from matching.state import Away, Booking, Employer, Job, Offer, OfferStatus, Worker
from matching.terms import JobTerms, WorkerTerms, crew_size, job_terms, spans, worker_terms
from matching.widening import advance, ring_of, shorten

OnOffer = Callable[[OfferMade, NDArray[np.float32]], None]
_NOBODY = Employer()
KEEP_CLOSED_MS: Final = 7 * DAY_MS
"""How long what is over waits for attendance and ratings before it is forgotten."""
_AS_REFUSAL: Final[dict[CancellationReason, RefusalReason]] = {
    "worker_declined": "declined",
    "worker_forgotten": "worker_forgotten",
}
"""Why what was only pending is refused; for other reasons it is withdrawn."""


class Ledger:
    """The books of one market."""

    def __init__(
        self, state: MarketState, pool: Pool, scorer: Scorer, on_offer: OnOffer | None = None
    ) -> None:
        self.state = state
        self.pool = pool
        self.scorer = scorer
        self.hiring = Hiring(state)
        self.to_refill: dict[str, None] = {}
        self.to_widen: dict[str, None] = {}
        self.to_seek: dict[str, None] = {}
        self.to_announce: dict[str, dict[str, None]] = {}
        self.deadlines = Deadlines(self._stands)
        self._on_offer = on_offer
        self._outcomes: list[AnyOutcome] = []
        self.notices: list[Notice] = []
        """What the other zones' markets are told of the current event."""
        self._cause = Cause(partition=0, offset=-1, ce_id="")

    def begin(self, cause: Cause) -> None:
        """Start the outcomes of a new event."""
        self._cause = cause
        self._outcomes = []
        self.notices = []

    def finish(self) -> list[AnyOutcome]:
        """The outcomes since `begin`."""
        return self._outcomes

    def say(self, outcome: type[Outcome], **fields: Any) -> None:
        """Add an outcome of the current event."""
        self._outcomes.append(
            outcome(zone=self.state.zone, at=self.state.now, cause=self._cause, **fields)  # type: ignore[arg-type]
        )

    def send(self, notice: type[Notice], *, zone: str, worker_id: str, **fields: Any) -> None:
        """Tell another zone's market of a worker."""
        self.notices.append(
            notice(zone=zone, from_zone=self.state.zone, worker_id=worker_id, **fields)
        )

    def report(self, offer: Offer, what: Report, stars: int | None = None) -> None:
        """Tell a visitor's home zone what became of an offer; nothing for others."""
        worker = self.state.workers.get(offer.worker_id)
        if worker is not None and worker.visit is not None:
            self.send(
                VisitorReported,
                zone=worker.visit.home,
                worker_id=offer.worker_id,
                offer_id=offer.offer_id,
                what=what,
                stars=stars,
            )

    # Terms: state as the pool sees it

    def job_terms(self, job: Job) -> JobTerms:
        """A job's terms now."""
        employer = self.state.employers.get(job.posted.employer_id, _NOBODY)
        return job_terms(
            job.posted,
            open_places=job.open_places,
            blocked=employer.blocked,
            open_claims=len(employer.claims),
        )

    def worker_terms(self, worker_id: str) -> WorkerTerms:
        """An available worker's terms now."""
        return self.terms_of(self.state.workers[worker_id])

    def places_of(self, job: Job, worker_id: str) -> int:
        """Places of a job that an available worker takes: one, or as many of their crew as may."""
        available = self.state.workers[worker_id].available
        size = 1 if available is None else crew_size(available)
        return min(size, job.open_places) if job.posted.partial_crews else size

    def terms_of(self, worker: Worker) -> WorkerTerms:
        """The terms of an available worker."""
        assert worker.available is not None
        return worker_terms(
            worker.available,
            busy=worker.busy,
            bookings_left=worker.bookings_left,
            since=worker.since,
            valid_until=worker.valid_until,
            acceptance_rate=worker.record.acceptance_rate,
            reliability=worker.record.reliability,
            rating=worker.record.rating,
            employers=frozenset(worker.record.employers),
        )

    def worker_changed(self, worker_id: str) -> WorkerTerms | None:
        """Bring the pool up to date with a worker; their terms when they are available."""
        worker = self.state.workers.get(worker_id)
        if worker is None or worker.available is None:
            self.pool.drop_worker(worker_id)
            return None
        terms = self.worker_terms(worker_id)
        self.pool.put_worker(terms)
        self._announce_home(worker_id, worker)
        return terms

    def _announce_home(self, worker_id: str, worker: Worker) -> None:
        if worker.visit is None and worker.available is not None and worker.available.other_zones:
            self.announce(worker_id, worker.available.other_zones)

    def announce(self, worker_id: str, zones: Iterable[str]) -> None:
        """Zones will be told how a worker of this one stands after the current event."""
        self.to_announce.setdefault(worker_id, {}).update(dict.fromkeys(zones))

    def job_changed(self, job_id: str) -> None:
        """Bring the pool and the plans up to date with a job."""
        self.hiring.changed(job_id)
        job = self.state.jobs.get(job_id)
        if job is None or job.status != "open":
            self.pool.drop_job(job_id)
            return
        self.pool.put_job(self.job_terms(job))
        if self.hiring.waits(job):
            self.set_round()

    # Time

    def next_deadline(self) -> int | None:
        """The earliest time, UTC ms, at which a tick would end something; None for never."""
        times = (self.deadlines.next(), self.pool.next_end())
        return min((time for time in times if time is not None), default=None)

    def due(self) -> Iterator[Deadline]:
        """What has come due, in order; each is to be ended before the next is asked for."""
        for at, worker_id in self.pool.ended(self.state.now):
            self.deadlines.add(at, "worker", worker_id)
        return self.deadlines.due(self.state.now)

    def set_round(self) -> None:
        """A round is held when the clock next passes a multiple of the policy's `round_ms`."""
        if self.state.next_round == 0:
            every = self.state.policy.round_ms
            self.state.next_round = (self.state.now // every + 1) * every
            self.deadlines.add(self.state.next_round, "round", "")

    # Rankings

    def rank_workers(self, job: Job) -> Ranking:
        """The feasible workers of a job, best first."""
        candidates = self.pool.workers_for(self.job_terms(job), self.state.now)
        return Ranking(candidates, self.scorer, self.state.policy, self.state.now)

    def rank_jobs(self, worker: WorkerTerms) -> Ranking:
        """The feasible jobs of a worker, best first."""
        candidates = self.pool.jobs_for(worker, self.state.now)
        return Ranking(candidates, self.scorer, self.state.policy, self.state.now)

    # Offers

    def make_offer(
        self,
        job: Job,
        worker_id: str,
        scored: Scored,
        ranking: Ranking,
        via: InvitedVia = "ranking",
        propensity: float = 1.0,
    ) -> None:
        """Offer a worker their place, or their crew's places, in a job; their wait is over."""
        worker = self.state.workers[worker_id]
        assert worker.available is not None
        offer = Offer(
            offer_id=f"O-{emission_id(self.state.zone, self._cause.offset, len(self._outcomes))}",
            job_id=job.posted.job_id,
            worker_id=worker_id,
            places=self.places_of(job, worker_id),
            p_accept=scored.p_accept,
            p_complete=scored.p_complete,
            proposal=propose(job.posted, worker.available),
            made_at=self.state.now,
            expires_at=min(self.state.now + self.state.policy.offer_ttl_ms, job.expires_at),
        )
        self.state.offers[offer.offer_id] = offer
        job.open_offers[worker_id] = offer.offer_id
        job.offer_ids.append(offer.offer_id)
        job.reported_unfilled = False
        worker.open_offers[offer.offer_id] = offer.job_id
        if worker.since == self.state.now:
            self._announce_home(worker_id, worker)  # to the pool nothing has changed
        else:
            worker.since = self.state.now
            self.worker_changed(worker_id)
        self.hiring.asked(job, offer)
        self.deadlines.add(offer.expires_at, "offer", offer.offer_id)
        self.say(
            OfferMade,
            offer_id=offer.offer_id,
            job_id=offer.job_id,
            worker_id=worker_id,
            rank=scored.rank,
            score=round(scored.value, 6),
            p_accept=round(scored.p_accept, 6),
            p_complete=round(scored.p_complete, 6),
            places=offer.places,
            expires_at=offer.expires_at,
            model=self.state.release,
            tier=job.tier,
            ring=ring_of(ranking.candidates.features[scored.row], self.state.policy),
            via=via,
            propensity=propensity,
        )
        if self._on_offer is not None:
            made = self._outcomes[-1]
            assert isinstance(made, OfferMade)
            self._on_offer(made, ranking.candidates.features[scored.row])

    def withdraw(self, offer_id: str, reason: WithdrawalReason) -> None:
        """An open offer no longer stands."""
        offer = self._close(offer_id, "withdrawn")
        offer.closed_by = reason
        self.say(OfferWithdrawn, **_parties(offer), reason=reason)

    def withdraw_all(self, offer_ids: list[str], reason: WithdrawalReason) -> None:
        """Several open offers no longer stand."""
        for offer_id in offer_ids:
            self.withdraw(offer_id, reason)

    def expire_offer(self, offer_id: str) -> None:
        """Nobody answered in time."""
        offer = self._close(offer_id, "expired")
        self.note_answer(offer, "unanswered")
        self.state.workers[offer.worker_id].record.expired += 1
        self.worker_changed(offer.worker_id)
        self.say(OfferExpired, **_parties(offer))
        self.report(offer, "expired")

    def decline_offer(self, offer_id: str) -> None:
        """The worker said no."""
        offer = self._close(offer_id, "declined")
        self.note_answer(offer, "declined")
        self.state.workers[offer.worker_id].record.declined += 1
        self.worker_changed(offer.worker_id)
        self.report(offer, "declined")

    def note_answer(self, offer: Offer, answer: Answer) -> None:
        """Remember what a worker answered, so that the same terms are not offered again."""
        answers = self.state.jobs[offer.job_id].answers.setdefault(offer.worker_id, {})
        note(answers, offer.proposal, answer)

    # Bookings

    def book(self, offer_id: str) -> None:
        """The worker said yes to an open offer: it becomes a booking, others make way.

        A visitor's is pending: their home zone is asked.
        """
        offer = self._close(offer_id, "accepted")
        job = self.state.jobs[offer.job_id]
        worker = self.state.workers[offer.worker_id]
        job.booked[offer.worker_id] = Booking(offer_id=offer_id, places=offer.places)
        worker.bookings[offer.job_id] = spans(job.posted.shifts)
        worker.since = self.state.now
        worker.record.accepted += 1
        self.worker_changed(offer.worker_id)
        if worker.visit is None:
            self._say_confirmed(offer, job)
        else:
            self._ask_home(offer, job, worker.visit.home)
        self.make_way(offer.worker_id)
        self.settle_places(job)

    def _ask_home(self, offer: Offer, job: Job, home: str) -> None:
        # A moment before the job's own time is over, so that it ends with its places settled.
        until = min(self.state.now + self.state.policy.home_answer_ms, job.expires_at - 1)
        job.booked[offer.worker_id].pending_until = until
        self.deadlines.add(until, "request", offer.offer_id)
        self.say(BookingPending, **_parties(offer), places=offer.places, until=until)
        self.send(
            BookingRequested,
            zone=home,
            worker_id=offer.worker_id,
            offer_id=offer.offer_id,
            job=job.posted,
            places=offer.places,
        )

    def confirm(self, job: Job, worker_id: str) -> None:
        """A pending booking has been granted."""
        booking = job.booked[worker_id]
        booking.pending_until = 0
        self._say_confirmed(self.state.offers[booking.offer_id], job)
        self._say_if_filled(job)

    def refuse(self, job: Job, worker_id: str, reason: RefusalReason) -> None:
        """A pending booking has not been granted; its places are open again."""
        offer = self._unbook(job, worker_id, reason)
        self.say(BookingRefused, **_parties(offer), reason=reason)
        self._reopen(job, worker_id)

    def cancel_booking(self, job: Job, worker_id: str, reason: CancellationReason) -> None:
        """A booking no longer stands; its places are open again."""
        is_pending = job.booked[worker_id].pending_until > 0
        offer = self._unbook(job, worker_id, reason)
        if is_pending:
            refusal = _AS_REFUSAL.get(reason, "withdrawn")
            self.say(BookingRefused, **_parties(offer), reason=refusal)
        else:
            self.say(BookingCancelled, **_parties(offer), reason=reason)
        self.report(offer, "cancelled")
        self._reopen(job, worker_id)

    def _say_confirmed(self, offer: Offer, job: Job) -> None:
        self.say(
            BookingConfirmed,
            **_parties(offer),
            shifts=job.posted.shifts,
            places=offer.places,
            remaining=job.open_places,
        )

    def _unbook(self, job: Job, worker_id: str, reason: str) -> Offer:
        booking = job.booked.pop(worker_id)
        self.state.workers[worker_id].bookings.pop(job.posted.job_id, None)
        offer = self.state.offers[booking.offer_id]
        offer.status, offer.closed_by = "withdrawn", reason
        self.worker_changed(worker_id)
        return offer

    def _reopen(self, job: Job, worker_id: str) -> None:
        self.settle_places(job)
        self.to_seek[worker_id] = None

    def make_way(self, worker_id: str) -> None:
        """Withdraw the open offers that a worker's new booking no longer allows."""
        if self.state.workers[worker_id].open_offers:
            ranking = self.rank_jobs(self.worker_terms(worker_id))
            self._withdraw_impossible(worker_id, ranking, "worker_booked")

    def withdraw_changed(self, worker_id: str, ranking: Ranking) -> None:
        """Withdraw the open offers that a worker's new availability, ranked, no longer allows."""
        self._withdraw_impossible(worker_id, ranking, "terms_changed")

    def _withdraw_impossible(
        self, worker_id: str, ranking: Ranking, reason: WithdrawalReason
    ) -> None:
        for offer_id, job_id in list(self.state.workers[worker_id].open_offers.items()):
            places = self.places_of(self.state.jobs[job_id], worker_id)
            if self.state.offers[offer_id].places != places or job_id not in ranking.candidates.ids:
                self.withdraw(offer_id, reason)

    # Jobs

    def settle_places(self, job: Job) -> None:
        """Fill or reopen a job after its places changed; offers that no longer fit go."""
        job.exhausted = False
        if job.status == "open" and job.open_places == 0:
            job.status = "filled"
            self.job_changed(job.posted.job_id)
            self.withdraw_all(list(job.open_offers.values()), "job_filled")
            self._say_if_filled(job)
            return
        if job.status == "filled" and job.open_places > 0 and job.expires_at > self.state.now:
            job.status = "open"
            self.deadlines.add(job.expires_at, "job", job.posted.job_id)
            self.next_tier(job)
        for offer_id in list(job.open_offers.values()):
            if self.state.offers[offer_id].places > job.open_places:
                self.withdraw(offer_id, "job_filled")
        self.job_changed(job.posted.job_id)
        self.to_refill[job.posted.job_id] = None

    def _say_if_filled(self, job: Job) -> None:
        if job.status == "filled" and not job.is_pending:
            self.say(JobFilled, job_id=job.posted.job_id, headcount=job.posted.headcount)

    def next_tier(self, job: Job) -> None:
        """Bring a job's tier up to the clock and the policy; the next is due in its time."""
        shorten(job, self.state.now, self.state.policy)
        advance(job, self.state.now, self.state.policy)
        self.deadlines.add(job.tier_at, "tier", job.posted.job_id)
        self.hiring.changed(job.posted.job_id)

    def expire_job(self, job: Job) -> None:
        """A posting's time ran out with places open."""
        job.status = "expired"
        self.job_changed(job.posted.job_id)
        self.withdraw_all(list(job.open_offers.values()), "job_expired")
        self.say(
            JobExpired,
            job_id=job.posted.job_id,
            headcount=job.posted.headcount,
            booked=job.booked_places,
        )

    def _close(self, offer_id: str, status: OfferStatus) -> Offer:
        offer = self.state.offers[offer_id]
        offer.status = status
        job = self.state.jobs[offer.job_id]
        del job.open_offers[offer.worker_id]
        del self.state.workers[offer.worker_id].open_offers[offer_id]
        self.hiring.changed(offer.job_id)
        self.to_refill[offer.job_id] = None
        self.to_seek[offer.worker_id] = None
        return offer

    def _stands(self, deadline: Deadline) -> bool:
        at, kind, id = deadline
        match kind:
            case "offer":
                offer = self.state.offers.get(id)
                return offer is not None and offer.status == "open"
            case "job":
                job = self.state.jobs.get(id)
                return job is not None and job.status == "open" and job.expires_at == at
            case "round":
                return self.state.next_round == at
            case "request":
                offer = self.state.offers.get(id)
                return offer is not None and self.pending(offer) is not None
            case "away":
                return id in self.state.away
            case "tier":
                job = self.state.jobs.get(id)
                return job is not None and job.status == "open" and job.tier_at == at
            case "worker":
                worker = self.state.workers.get(id)
                return (
                    worker is not None and worker.available is not None and worker.valid_until == at
                )

    def pending(self, offer: Offer) -> Booking | None:
        """The booking that an offer came to, if it waits for a visitor's home zone."""
        booking = self.state.jobs[offer.job_id].booked.get(offer.worker_id)
        if booking is None or booking.offer_id != offer.offer_id:
            return None
        return booking if booking.pending_until else None

    def keep_away(self, away: Away) -> None:
        """See that a booking in another zone ends, whether it is reported or not."""
        ends = max(shift.end for shift in away.job.shifts)
        self.deadlines.add(ends + KEEP_CLOSED_MS, "away", away.key)

    def reopen(self, pool_dump: bytes | memoryview) -> None:
        """Derive pool, deadlines and lacking jobs from a state, as after a snapshot.

        The pool takes its workers from a dump if it can, otherwise they are derived one by one.
        """
        if not self.pool.load_workers(pool_dump):
            for worker in self.state.workers.values():
                if worker.available is not None:
                    self.pool.put_worker(self.terms_of(worker))
        for job_id, job in self.state.jobs.items():
            if job.status == "open":
                self.deadlines.add(job.expires_at, "job", job_id)
                self.deadlines.add(job.tier_at, "tier", job_id)
            for booking in job.booked.values():
                if booking.pending_until:
                    self.deadlines.add(booking.pending_until, "request", booking.offer_id)
            self.job_changed(job_id)
        for away in self.state.away.values():
            self.keep_away(away)
        if self.state.next_round:
            self.deadlines.add(self.state.next_round, "round", "")
        for offer in self.state.offers.values():
            if offer.status == "open":
                self.deadlines.add(offer.expires_at, "offer", offer.offer_id)


def _parties(offer: Offer) -> dict[str, str]:
    return {"offer_id": offer.offer_id, "job_id": offer.job_id, "worker_id": offer.worker_id}
