"""A market's books: state, pool and deadlines, changed together so that they always agree.

Every change of an offer, a booking or a job's standing goes through one method here, which also
says so in an outcome. What should happen next (whom to ask) is decided in `matching.offers`. Each
module is one kind of entry and knows only those before it: sayings, agenda, standing, offers,
places, bookings.
"""

from matching.ledger.agenda import KEEP_CLOSED_MS
from matching.ledger.bookings import Bookings
from matching.ledger.offers import OnOffer
from matching.pool import Dump, Pool
from matching.sealed_pool import SealedPool

__all__ = ["KEEP_CLOSED_MS", "Ledger", "OnOffer"]


class Ledger(Bookings):
    """The books of one market."""

    def reopen(self, pool_dump: Dump | None) -> None:
        """Derive pool, deadlines and lacking jobs from a state, as after a snapshot.

        The pool takes its workers from a dump if it can, otherwise they are derived one by one.
        """
        if pool_dump is None:
            self._enter_workers(self.pool)
        else:
            self.pool = SealedPool(
                self.pool, pool_dump, enter_all=self._enter_workers, opened=self._use
            )
        for job_id, job in self.state.jobs.items():
            if job.status == "open":
                self.deadlines.add(job.expires_at, "job", job_id)
                self.deadlines.add(job.tier_at, "tier", job_id)
            for booking in job.booked.values():
                if not booking.result:
                    self.keep_booking(booking.offer_id, job.posted)
                if booking.pending_until:
                    self.deadlines.add(booking.pending_until, "request", booking.offer_id)
            self.enter_job(job_id)  # whether a round is due is state already
        for away in self.state.away.values():
            self.keep_away(away)
        if self.state.next_round:
            self.deadlines.add(self.state.next_round, "round", "")
        for offer in self.state.offers.values():
            if offer.status == "open":
                self.deadlines.add(offer.expires_at, "offer", offer.offer_id)

    def open_pool_early(self) -> None:
        """Make ready a pool that is sealed still; in any thread, while another has the market."""
        pool = self.pool
        if isinstance(pool, SealedPool):
            pool.open_early()

    def _enter_workers(self, pool: Pool) -> None:
        for worker in self.state.workers.values():
            if worker.available is not None:
                pool.put_worker(self.terms_of(worker))

    def _use(self, pool: Pool) -> None:
        self.pool = pool
