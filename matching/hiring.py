"""Which jobs want more people asked, by their plans. Derived from state, computed when needed."""

from matching.market_state import MarketState
from matching.plan import Plan
from matching.state import Job, Offer
from matching.widening import counts


class Hiring:
    """The plans of a market's open jobs."""

    def __init__(self, state: MarketState) -> None:
        self._state = state
        self._plans: dict[str, Plan] = {}
        self._lacking: set[str] = set()
        self._unsure: set[str] = set()

    def changed(self, job_id: str) -> None:
        """A job's places, its standing or its open offers have changed."""
        self._plans.pop(job_id, None)
        self._unsure.add(job_id)

    def asked(self, job: Job, offer: Offer) -> None:
        """A job has one more open offer, the latest."""
        plan = self._plans.get(job.posted.job_id)
        if plan is not None:
            plan.add(offer.p_accept, offer.p_complete, offer.places)
        self._unsure.add(job.posted.job_id)

    def plan(self, job: Job) -> Plan:
        """The plan of an open job: its open offers, in the order they were made."""
        plan = self._plans.get(job.posted.job_id)
        if plan is None:
            plan = self._plans[job.posted.job_id] = Plan(job.open_places)
            for offer_id in job.open_offers.values():
                offer = self._state.offers[offer_id]
                p_accept = offer.p_accept * counts(offer, job, self._state.policy)
                plan.add(p_accept, offer.p_complete, offer.places)
        return plan

    def hires(self, job: Job) -> bool:
        """Whether a job may be offered at all."""
        employer = self._state.employers.get(job.posted.employer_id)
        return job.status == "open" and (employer is None or not employer.blocked)

    def wants(self, job: Job) -> bool:
        """Whether somebody more should be asked for a job at once."""
        return self.hires(job) and not self.waits(job) and self.falls_short(self.plan(job))

    def waits(self, job: Job) -> bool:
        """Whether a job is offered in rounds only."""
        policy = self._state.policy
        if policy.mode == "instant":
            return False
        starts = min(shift.start for shift in job.posted.shifts)
        return policy.mode == "batch" or starts - self._state.now > policy.instant_before_ms

    def lacks(self, job: Job) -> bool:
        """Whether a job's open offers are fewer than its plan wants."""
        if not self.hires(job):
            return False
        return self.plan(job).confidence < self._state.policy.fill_confidence

    def falls_short(self, plan: Plan) -> bool:
        """Whether a plan wants one more offer, and a yes to it would probably not be refused."""
        policy = self._state.policy
        return plan.confidence < policy.fill_confidence and plan.refusal(1) <= policy.refusal_risk

    def has_room(self, job: Job, places: int) -> bool:
        """Whether a yes for so many places more would probably not be refused."""
        return self.plan(job).refusal(places) <= self._state.policy.refusal_risk

    def lacking(self) -> set[str]:
        """The jobs that lack offers, those that wait for a round among them.

        Whether a job waits changes as time passes and cannot be kept; `wants` asks anew.
        """
        for job_id in self._unsure:
            job = self._state.jobs.get(job_id)
            if job is not None and self.lacks(job):
                self._lacking.add(job_id)
            else:
                self._lacking.discard(job_id)
        self._unsure.clear()
        return self._lacking
