"""One market: a state machine folded over the events of a zone.

    (state, event) -> (state, [outcome, ...])

What may happen to whom:

    job       open -> filled | expired | cancelled;  filled -> open when a booked worker drops out
    offer     open -> accepted | declined | expired | withdrawn;  accepted -> withdrawn
    booking   confirmed -> completed | no_show | cancelled
    worker    unknown -> available <-> unavailable;  any -> forgotten
    employer  clear <-> blocked, by the number of open wage claims

An event that is impossible in the present state raises Rejection before anything has changed.
Only `clock.ticked` moves the clock. After each event `offers.settle` asks the next workers.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from events.facts import (
    ClockTicked,
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
    ModelPromoted,
    OfferAccepted,
    OfferDeclined,
    PolicyChanged,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerAvailable,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.outcomes import (
    AnyOutcome,
    BookingRefused,
    Cause,
    EmployerBlocked,
    EmployerCleared,
    MatchRanked,
    RefusalReason,
)
from events.rejections import Rejection
from events.values import Millis
from matching.ledger import Ledger, OnOffer
from matching.offers import offer_job, offer_worker, settle
from matching.pool import MakePool
from matching.ranking import Ranking
from matching.scorer import OpenScorer
from matching.state import Booking, Employer, Job, MarketState, Offer, Worker
from matching.terms import HOUR_MS, pay_fen_day

RECENT_EVENTS: Final = 65_536
"""Ids a market remembers to recognise a repeated event."""

KEEP_CLOSED_MS: Final = 7 * 24 * 3_600_000
"""How long a closed job waits for attendance and ratings before it is forgotten."""

_REFUSALS: Final[dict[str, RefusalReason]] = {
    "job_filled": "job_filled",
    "worker_booked": "taken",
    "employer_blocked": "blocked",
}
_TERMS: Final = (
    "shifts",
    "pay",
    "place",
    "skills",
    "certificates",
    "minimum_age",
    "accepts_crews",
)


class Market:
    """The market of one zone. All of it is a function of the events applied so far."""

    def __init__(
        self,
        state: MarketState,
        *,
        open_scorer: OpenScorer,
        make_pool: MakePool,
        on_offer: OnOffer | None = None,
    ) -> None:
        self.state = state
        self._open_scorer = open_scorer
        self.ledger = Ledger(state, make_pool(), open_scorer(state.release), on_offer)
        self._recent = deque(state.recent)
        self._recent_set = set(state.recent)

    def apply(self, fact: Fact, cause: Cause) -> list[AnyOutcome]:
        """Fold one fact into the market and return what follows from it.

        Raises Rejection, with nothing changed, when the fact is impossible now.
        """
        self.ledger.begin(cause)
        _TRANSITIONS[type(fact)](self, fact)
        settle(self.ledger)
        return self.ledger.finish()

    def knows(self, fingerprint: int) -> bool:
        """Whether an event has been applied before."""
        return fingerprint in self._recent_set

    def remember(self, fingerprint: int) -> None:
        """Recognise an applied event from now on; a rejected one may come again."""
        self._recent.append(fingerprint)
        self._recent_set.add(fingerprint)
        if len(self._recent) > RECENT_EVENTS:
            self._recent_set.discard(self._recent.popleft())

    def snapshot(self) -> MarketState:
        """The state, complete; a market made from it goes on the same way."""
        self.state.recent = list(self._recent)
        return self.state

    # Jobs

    def _job_posted(self, fact: JobPosted) -> None:
        if fact.job_id in self.state.jobs:
            raise Rejection("job_exists", "job_id", value=fact.job_id)
        job = Job(posted=fact, status="open", expires_at=_expiry(fact))
        self.state.jobs[fact.job_id] = job
        self._open_job(job)

    def _job_amended(self, fact: JobAmended) -> None:
        job = self._job(fact.job_id, "open", "filled")
        changes = {
            name: value
            for name in fact.__struct_fields__
            if name not in ("job_id", "zone") and (value := getattr(fact, name)) is not None
        }
        old, new = job.posted, msgspec.structs.replace(job.posted, **changes)
        rebook = _binding_terms_changed(old, new)
        if not rebook and new.headcount < job.booked_places:
            raise Rejection("headcount_below_booked", "headcount", booked=job.booked_places)
        if any(getattr(old, name) != getattr(new, name) for name in _TERMS):
            self.ledger.withdraw_all(list(job.open_offers.values()), "terms_changed")
            job.asked.clear()
        job.posted, job.expires_at = new, _expiry(new)
        if rebook:
            for worker_id in job.expected_workers():
                self.ledger.cancel_booking(job, worker_id, "terms_changed")
        job.reported_unfilled = False
        self.ledger.settle_places(job)
        if job.status == "open":
            self._open_job(job)

    def _job_cancelled(self, fact: JobCancelled) -> None:
        job = self._job(fact.job_id, "open", "filled")
        job.status = "cancelled"
        self.ledger.job_changed(fact.job_id)
        self.ledger.withdraw_all(list(job.open_offers.values()), "job_cancelled")
        for worker_id in job.expected_workers():
            self.ledger.cancel_booking(job, worker_id, "job_cancelled")

    def _open_job(self, job: Job) -> None:
        """Rank the workers of a new or changed job and ask the best."""
        self.ledger.job_changed(job.posted.job_id)
        ranking = self.ledger.rank_workers(job)
        self._publish(ranking, job_id=job.posted.job_id)
        if job.expires_at <= self.state.now:
            self.ledger.expire_job(job)
            return
        self.ledger.deadlines.add(job.expires_at, "job", job.posted.job_id)
        offer_job(self.ledger, job, ranking)

    # Workers

    def _worker_available(self, fact: WorkerAvailable) -> None:
        worker = self.state.workers.get(fact.worker_id)
        if worker is None:
            worker = self.state.workers[fact.worker_id] = Worker()
        if worker.available is None:
            worker.since = self.state.now
        worker.available = fact
        worker.valid_until = fact.valid_until or max(window.end for window in fact.windows)
        self.ledger.deadlines.add(worker.valid_until, "worker", fact.worker_id)
        terms = self.ledger.worker_changed(fact.worker_id)
        assert terms is not None
        self.ledger.withdraw_changed(fact.worker_id)
        ranking = self.ledger.rank_jobs(terms)
        self._publish(ranking, worker_id=fact.worker_id)
        if self.ledger.wanting:
            offer_worker(self.ledger, fact.worker_id, ranking, ask_again=True)

    def _worker_unavailable(self, fact: WorkerUnavailable) -> None:
        self._worker(fact.worker_id)
        self._retire(fact.worker_id, cancel=fact.cancel_bookings)

    def _worker_forgotten(self, fact: WorkerForgotten) -> None:
        worker = self._worker(fact.worker_id)
        worker.available = None
        self.ledger.worker_changed(fact.worker_id)
        self.ledger.withdraw_all(list(worker.open_offers), "worker_forgotten")
        for job in list(self._jobs_booked_by(worker)):
            self.ledger.cancel_booking(job, fact.worker_id, "worker_forgotten")
        for job in self.state.jobs.values():
            job.forget(fact.worker_id)
        for offer_id, offer in list(self.state.offers.items()):
            if offer.worker_id == fact.worker_id:
                del self.state.offers[offer_id]
                self.state.jobs[offer.job_id].offer_ids.remove(offer_id)
        del self.state.workers[fact.worker_id]

    def _retire(self, worker_id: str, *, cancel: bool) -> None:
        worker = self.state.workers[worker_id]
        worker.available = None
        self.ledger.worker_changed(worker_id)
        self.ledger.withdraw_all(list(worker.open_offers), "worker_unavailable")
        if cancel:
            for job in list(self._jobs_booked_by(worker)):
                self.ledger.cancel_booking(job, worker_id, "worker_unavailable")

    # Answers

    def _offer_accepted(self, fact: OfferAccepted) -> None:
        offer = self.state.offers.get(fact.offer_id)
        if offer is None or offer.worker_id != fact.worker_id:
            self._refuse(fact, "unknown_offer")
        elif offer.status == "open":
            self.ledger.book(fact.offer_id)
        else:
            self._refuse(fact, _refusal(offer), offer.job_id)

    def _offer_declined(self, fact: OfferDeclined) -> None:
        offer = self.state.offers.get(fact.offer_id)
        if offer is None or offer.worker_id != fact.worker_id:
            raise Rejection("unknown_offer", "offer_id", value=fact.offer_id)
        if offer.status == "open":
            self.ledger.decline_offer(fact.offer_id)
            return
        job = self.state.jobs[offer.job_id]
        booking = job.booked.get(fact.worker_id)
        if booking is not None and booking.result:
            raise Rejection("unknown_offer", "offer_id", value=fact.offer_id)
        job.asked[fact.worker_id] = "declined"  # a late no counts, too
        if booking is not None and booking.offer_id == fact.offer_id:
            self.ledger.cancel_booking(job, fact.worker_id, "worker_declined")

    def _refuse(
        self, fact: OfferAccepted, reason: RefusalReason, job_id: str | None = None
    ) -> None:
        self.ledger.say(
            BookingRefused,
            offer_id=fact.offer_id,
            worker_id=fact.worker_id,
            reason=reason,
            job_id=job_id,
        )

    # Work

    def _work_completed(self, fact: WorkCompleted) -> None:
        job, booking = self._booking(fact)
        booking.result = "completed"
        worker = self.state.workers[fact.worker_id]
        worker.bookings.pop(fact.job_id, None)
        worker.record.completed += 1
        employers = worker.record.employers
        employers[job.posted.employer_id] = employers.get(job.posted.employer_id, 0) + 1
        self.ledger.worker_changed(fact.worker_id)

    def _work_no_show(self, fact: WorkNoShow) -> None:
        _, booking = self._booking(fact)
        booking.result = "no_show"
        worker = self.state.workers[fact.worker_id]
        worker.bookings.pop(fact.job_id, None)
        if not fact.excused:
            worker.record.no_shows += 1
        self.ledger.worker_changed(fact.worker_id)

    def _work_rated(self, fact: WorkRated) -> None:
        job = self.state.jobs.get(fact.job_id)
        if job is None or fact.worker_id not in job.booked:
            raise Rejection("unknown_booking", "job_id", value=fact.job_id, worker=fact.worker_id)
        if fact.rated_by == "employer":
            record = self.state.workers[fact.worker_id].record
            record.stars += fact.stars
            record.ratings += 1
            self.ledger.worker_changed(fact.worker_id)

    # Wage claims

    def _wage_claim_opened(self, fact: WageClaimOpened) -> None:
        employer = self.state.employers.setdefault(fact.employer_id, Employer())
        if fact.claim_id in employer.claims:
            raise Rejection("claim_exists", "claim_id", value=fact.claim_id)
        employer.claims[fact.claim_id] = fact.amount_fen
        self._review(fact.employer_id)

    def _wage_claim_closed(self, fact: WageClaimClosed) -> None:
        employer = self.state.employers.get(fact.employer_id)
        if employer is None or fact.claim_id not in employer.claims:
            raise Rejection("unknown_claim", "claim_id", value=fact.claim_id)
        del employer.claims[fact.claim_id]
        self._review(fact.employer_id)

    def _review(self, employer_id: str) -> None:
        """Block or clear an employer by their open claims, and tell their jobs."""
        employer = self.state.employers[employer_id]
        was_blocked = employer.blocked
        employer.blocked = len(employer.claims) >= self.state.policy.block_after_claims
        if employer.blocked and not was_blocked:
            said: type[EmployerBlocked | EmployerCleared] | None = EmployerBlocked
        else:
            said = EmployerCleared if was_blocked and not employer.blocked else None
        if said is not None:
            self.ledger.say(said, employer_id=employer_id, open_claims=len(employer.claims))
        for job_id, job in self.state.jobs.items():
            if job.posted.employer_id == employer_id and job.status == "open":
                self.ledger.job_changed(job_id)
                if employer.blocked:
                    self.ledger.withdraw_all(list(job.open_offers.values()), "employer_blocked")
                self.ledger.to_refill[job_id] = None

    # The market itself

    def _clock_ticked(self, fact: ClockTicked) -> None:
        hour = self.state.now // HOUR_MS
        self.state.now = max(self.state.now, fact.now)
        for _, kind, id in self.ledger.deadlines.due(self.state.now):
            match kind:
                case "offer":
                    self.ledger.expire_offer(id)
                case "job":
                    self.ledger.expire_job(self.state.jobs[id])
                case "worker":
                    self._retire(id, cancel=False)
        if self.state.now // HOUR_MS != hour:
            self._forget_old_jobs()

    def _forget_old_jobs(self) -> None:
        """Drop what was closed long ago, so that a market's memory is bounded by its present."""
        horizon = self.state.now - KEEP_CLOSED_MS
        oldest = [
            job_id
            for job_id, job in self.state.jobs.items()
            if job.status != "open" and max(s.end for s in job.posted.shifts) < horizon
        ]
        for job_id in oldest:
            job = self.state.jobs.pop(job_id)
            for offer_id in job.offer_ids:
                del self.state.offers[offer_id]
            for worker_id in job.booked:
                worker = self.state.workers.get(worker_id)
                if worker is not None and worker.bookings.pop(job_id, None) is not None:
                    self.ledger.worker_changed(worker_id)

    def _model_promoted(self, fact: ModelPromoted) -> None:
        try:
            self.ledger.scorer = self._open_scorer(fact.release)
        except KeyError:
            raise Rejection("unknown_release", "release", value=fact.release) from None
        self.state.release = fact.release

    def _policy_changed(self, fact: PolicyChanged) -> None:
        self.state.policy = fact.policy
        for employer_id in list(self.state.employers):
            self._review(employer_id)
        for job_id in list(self.state.jobs):
            self.ledger.job_changed(job_id)
            self.ledger.to_refill[job_id] = None

    # Lookups

    def _publish(
        self, ranking: Ranking, *, job_id: str | None = None, worker_id: str | None = None
    ) -> None:
        subject = "job" if job_id is not None else "worker"
        self.ledger.say(
            MatchRanked,
            subject=subject,
            model=self.state.release,
            policy=self.state.policy.mode,
            pool=ranking.candidates.looked_at,
            feasible=len(ranking.candidates.ids),
            excluded=ranking.candidates.excluded,
            ranking=ranking.published(
                self.state.policy.ranking_size, "job" if job_id is not None else "worker"
            ),
            job_id=job_id,
            worker_id=worker_id,
        )

    def _job(self, job_id: str, *statuses: str) -> Job:
        job = self.state.jobs.get(job_id)
        if job is None or job.status not in statuses:
            raise Rejection("unknown_job", "job_id", value=job_id)
        return job

    def _worker(self, worker_id: str) -> Worker:
        worker = self.state.workers.get(worker_id)
        if worker is None:
            raise Rejection("unknown_worker", "worker_id", value=worker_id)
        return worker

    def _booking(self, fact: WorkCompleted | WorkNoShow) -> tuple[Job, Booking]:
        job = self.state.jobs.get(fact.job_id)
        booking = job.booked.get(fact.worker_id) if job is not None else None
        if job is None or booking is None or booking.result:
            raise Rejection("unknown_booking", "job_id", value=fact.job_id, worker=fact.worker_id)
        return job, booking

    def _jobs_booked_by(self, worker: Worker) -> list[Job]:
        return [self.state.jobs[job_id] for job_id in worker.bookings]


def _expiry(posted: JobPosted) -> Millis:
    """Nobody is sent to a shift that has begun: a posting ends at its first shift at the latest."""
    start = min(shift.start for shift in posted.shifts)
    return start if posted.expires_at is None else min(posted.expires_at, start)


def _binding_terms_changed(old: JobPosted, new: JobPosted) -> bool:
    """Whether booked workers agreed to something else: other times, another place, less pay."""
    if old.shifts != new.shifts or old.place != new.place:
        return True
    return pay_fen_day(new.pay, new.shifts) < pay_fen_day(old.pay, old.shifts)


def _refusal(offer: Offer) -> RefusalReason:
    """Why an offer that is no longer open cannot be accepted."""
    match offer.status:
        case "expired":
            return "expired"
        case "declined":
            return "declined"
        case "accepted":
            return "taken"
        case _:
            return _REFUSALS.get(offer.closed_by, "withdrawn")


_TRANSITIONS: Final[Mapping[type[Any], Callable[[Market, Any], None]]] = {
    JobPosted: Market._job_posted,
    JobAmended: Market._job_amended,
    JobCancelled: Market._job_cancelled,
    WorkerAvailable: Market._worker_available,
    WorkerUnavailable: Market._worker_unavailable,
    WorkerForgotten: Market._worker_forgotten,
    OfferAccepted: Market._offer_accepted,
    OfferDeclined: Market._offer_declined,
    WorkCompleted: Market._work_completed,
    WorkNoShow: Market._work_no_show,
    WorkRated: Market._work_rated,
    WageClaimOpened: Market._wage_claim_opened,
    WageClaimClosed: Market._wage_claim_closed,
    ClockTicked: Market._clock_ticked,
    ModelPromoted: Market._model_promoted,
    PolicyChanged: Market._policy_changed,
}
