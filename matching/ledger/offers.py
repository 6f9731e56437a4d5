"""Offers as they are made, answered and withdrawn. Whom to ask is decided in `matching.offers`."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from events.emission import emission_id
from events.outcomes import InvitedVia, OfferExpired, OfferMade, OfferWithdrawn, WithdrawalReason
from matching.ledger.sayings import parties
from matching.ledger.standing import Standing
from matching.market_state import MarketState
from matching.pool import Pool
from matching.proposal import Answer, Proposal, is_no_better, note, propose
from matching.ranking import Ranking, Scored
from matching.scorer import Scorer
from matching.state import Job, Offer, OfferStatus, Worker
from matching.terms import trade_of
from matching.track_record import CountedAnswer
from matching.widening import ring_of

OnOffer = Callable[[OfferMade, NDArray[np.float32]], None]
"""Is shown every offer that is made, with the pair's features."""


class Offers(Standing):
    """The offers of a market. What a change asks for is noted in `to_refill` and `to_seek`."""

    def __init__(
        self, state: MarketState, pool: Pool, scorer: Scorer, on_offer: OnOffer | None = None
    ) -> None:
        super().__init__(state, pool, scorer)
        self.to_refill: dict[str, None] = {}
        self.to_widen: dict[str, None] = {}
        self.to_seek: dict[str, None] = {}
        self._on_offer = on_offer

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
            since=worker.since,
            made_at=self.state.now,
            expires_at=min(
                self.state.now + self.state.policy.offer_ttl_ms, job.expires_at, worker.valid_until
            ),
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
        self.say(OfferWithdrawn, **parties(offer), reason=reason)

    def withdraw_all(self, offer_ids: list[str], reason: WithdrawalReason) -> None:
        """Several open offers no longer stand."""
        for offer_id in offer_ids:
            self.withdraw(offer_id, reason)

    def expire_offer(self, offer_id: str, *, counted: bool) -> None:
        """Nobody answered in time, which is held against a worker who could have, and only then.

        Of who could not the wait goes on, unless something later has ended it.
        """
        offer = self._close(offer_id, "expired")
        self.say(OfferExpired, **parties(offer), counted=counted)
        worker = self.state.workers[offer.worker_id]
        if counted:
            self.note_answer(offer, "unanswered")
            self.count_answer(offer, "expired")
            self.worker_changed(offer.worker_id)
            self.report(offer, "expired")
        elif worker.since == offer.made_at != offer.since:
            worker.since = offer.since
            self.worker_changed(offer.worker_id)

    def end_wait(self, worker: Worker) -> None:
        """Who is booked has waited: no open offer gives the wait back, seen or not."""
        worker.since = self.state.now
        for offer_id in worker.open_offers:
            self.state.offers[offer_id].since = self.state.now

    def decline_offer(self, offer_id: str) -> None:
        """The worker said no."""
        offer = self._close(offer_id, "declined")
        self.note_answer(offer, "declined")
        self.count_answer(offer, "declined")
        self.worker_changed(offer.worker_id)
        self.report(offer, "declined")

    def count_answer(self, offer: Offer, answer: CountedAnswer) -> None:
        """Take an answer into the worker's track record, with the trade it was about."""
        trade = trade_of(self.state.jobs[offer.job_id].posted)
        self.state.workers[offer.worker_id].record.answer(answer, trade)

    def take_late_no(self, offer: Offer) -> None:
        """The worker said no to what no longer stands; a newer offer that is no better goes.

        It is no answer to what the job has become since.
        """
        self._note(offer, offer.proposal, "declined")
        newer = self.state.jobs[offer.job_id].open_offers.get(offer.worker_id)
        if newer is not None and is_no_better(self.state.offers[newer].proposal, offer.proposal):
            self.note_answer(self.state.offers[newer], "declined")
            self.withdraw(newer, "worker_declined")

    def note_answer(self, offer: Offer, answer: Answer) -> None:
        """Remember what a worker answered, so that the same terms are not offered again.

        The answer is to what they were offered and to what that is by now: since then they may have
        said other things of themselves, and the pay of what they are booked for may have risen.
        """
        self._note(offer, offer.proposal, answer)
        worker = self.state.workers.get(offer.worker_id)
        if worker is not None and worker.available is not None:
            posted = self.state.jobs[offer.job_id].posted
            self._note(offer, propose(posted, worker.available), answer)

    def _note(self, offer: Offer, proposal: Proposal, answer: Answer) -> None:
        answers = self.state.jobs[offer.job_id].answers.setdefault(offer.worker_id, {})
        note(answers, proposal, answer)

    def make_way(self, worker_id: str) -> None:
        """Withdraw the open offers that a worker's new booking no longer allows."""
        if self.state.workers[worker_id].open_offers:
            ranking = self.rank_jobs(self.worker_terms(worker_id))
            self._withdraw_impossible(worker_id, ranking, "worker_booked")

    def withdraw_changed(self, worker_id: str, ranking: Ranking, *, other_crew: bool) -> None:
        """Withdraw the open offers that a worker's new availability, ranked, no longer allows.

        From an `other_crew` also those for more or fewer places than it would take.
        """
        self._withdraw_impossible(worker_id, ranking, "terms_changed", other_crew=other_crew)

    def _withdraw_impossible(
        self,
        worker_id: str,
        ranking: Ranking,
        reason: WithdrawalReason,
        *,
        other_crew: bool = False,
    ) -> None:
        for offer_id, job_id in list(self.state.workers[worker_id].open_offers.items()):
            places = self.places_of(self.state.jobs[job_id], worker_id)
            # The same crew comes with as many as before: places that opened since are for others.
            is_another = other_crew and self.state.offers[offer_id].places != places
            if is_another or job_id not in ranking.candidates.ids:
                self.withdraw(offer_id, reason)

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
