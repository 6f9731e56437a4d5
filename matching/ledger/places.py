"""A job's places: filled, open again, or given up when its time is over."""

from events.outcomes import JobExpired, JobFilled
from matching.closing import closes_at
from matching.ledger.offers import Offers
from matching.state import Job
from matching.widening import advance, shorten


class Places(Offers):
    """Jobs that fill, reopen and expire, with the offers that follow."""

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
            job.was_filled = True
            job.expires_at = closes_at(job.posted, was_filled=True)
            self.say(JobFilled, job_id=job.posted.job_id, headcount=job.posted.headcount)

    def next_tier(self, job: Job) -> None:
        """Bring a job's tier up to the clock and the policy; the next is due in its time."""
        shorten(job, self.state.now, self.state.policy)
        advance(job, self.state.now, self.state.policy)
        self.deadlines.add(job.tier_at, "tier", job.posted.job_id)
        self.hiring.changed(job.posted.job_id)

    def give_up_if_over(self, job: Job) -> None:
        """End a job that was full and is no more, when its time is over."""
        if job.status == "filled" and job.open_places > 0:  # else it would be open again
            self.expire_job(job)

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
