"""What comes due, and whether the reason for it still stands."""

from collections.abc import Iterator
from typing import Final

from events.facts import JobPosted
from matching.days import DAY_MS
from matching.deadlines import Deadline, Deadlines
from matching.ledger.sayings import Sayings
from matching.market_state import MarketState
from matching.pool import Pool
from matching.state import Away, Booking, Offer, away_key

KEEP_CLOSED_MS: Final = 7 * DAY_MS
"""How long what is over waits for attendance and ratings before it is forgotten."""


class Agenda(Sayings):
    """The deadlines of a market; when availabilities end is known to its pool."""

    def __init__(self, state: MarketState, pool: Pool) -> None:
        super().__init__(state)
        self.pool: Pool = pool
        self.deadlines = Deadlines(self._stands)

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

    def keep_away(self, away: Away) -> None:
        """See that a booking in another zone ends, whether it is reported or not."""
        self.deadlines.add(_kept_until(away), "away", away.key)
        self.keep_booking(away.offer_id, away.job)

    def keep_booking(self, offer_id: str, posted: JobPosted) -> None:
        """See that a booking no longer counts once its work is over, reported or not."""
        if (over := _over(posted)) > self.state.now:
            self.deadlines.add(over, "booking", offer_id)

    def holder(self, offer_id: str) -> str | None:
        """Who holds the booking that an offer came to, here or away; None when nobody does now."""
        away = self.state.away.get(away_key(offer_id))
        if away is not None:
            return away.worker_id
        offer = self.state.offers.get(offer_id)
        booking = None
        if offer is not None:
            booking = self.state.jobs[offer.job_id].booked.get(offer.worker_id)
        if offer is None or booking is None or booking.offer_id != offer_id or booking.result:
            return None
        return offer.worker_id

    def pending(self, offer: Offer) -> Booking | None:
        """The booking that an offer came to, if it waits for a visitor's home zone."""
        booking = self.state.jobs[offer.job_id].booked.get(offer.worker_id)
        if booking is None or booking.offer_id != offer.offer_id:
            return None
        return booking if booking.pending_until else None

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
                pending = None if offer is None else self.pending(offer)
                return pending is not None and pending.pending_until == at
            case "away":
                away = self.state.away.get(id)
                return away is not None and _kept_until(away) == at
            case "booking":
                return self.holder(id) is not None
            case "tier":
                job = self.state.jobs.get(id)
                return job is not None and job.status == "open" and job.tier_at == at
            case "worker":
                worker = self.state.workers.get(id)
                return (
                    worker is not None and worker.available is not None and worker.valid_until == at
                )


def _kept_until(away: Away) -> int:
    return _over(away.job) + KEEP_CLOSED_MS


def _over(posted: JobPosted) -> int:
    return max(shift.end for shift in posted.shifts)
