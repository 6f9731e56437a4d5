"""Random event streams: no terms are offered again after a no, nobody waits beyond the bound."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from events.facts import (
    ClockTicked,
    Fact,
    JobAmended,
    JobPosted,
    OfferDeclined,
    PolicyChanged,
    WorkerAvailable,
    WorkerForgotten,
)
from events.outcomes import OfferMade, OfferWithdrawn
from events.values import Pay, Policy
from matching.engine import Engine, Step
from matching.invariants.inspector import Inspector
from matching.proposal import has, propose
from matching.scorer import rules_only
from matching.state import Job, Offer
from matching.terms import pay_fen_day
from tests.matching.market_machine import MarketMachine, eager_worker
from tests.strategies import facts
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

TIER = 600_000
POLICY = Policy(
    fill_confidence=0.3,
    tier_ms=TIER,
    offer_ttl_ms=2 * TIER,
    waiting_full_ms=HOUR,
    explore_share=0.3,
)
SETTINGS = settings(
    max_examples=50,
    stateful_step_count=50,
    deadline=None,
    phases=(Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


class OfferMachine(MarketMachine):
    """One engine under one policy with short times, watched from outside."""

    policy = POLICY

    def __init__(self) -> None:
        super().__init__()
        self.declined: dict[tuple[str, str], dict[Any, tuple[int, int]]] = {}
        self.terms: dict[str, tuple[Any, tuple[int, int]]] = {}
        self.owed: dict[str, tuple[str, int]] = {}

    @initialize(data=st.data())
    def a_market_opens(self, data: st.DataObject) -> None:
        self._fold(ClockTicked(now=NOW))
        self._fold(PolicyChanged(policy=self.policy))
        for number in range(6):
            self._fold(data.draw(eager_worker(f"W-{number}")))

    @rule()
    def the_process_dies(self) -> None:
        blobs = self.table.snapshot()
        self.table = Engine(0, 1, rules_only)
        self.table.restore(blobs)
        self.inspector = Inspector(self.table)

    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        ahead = data.draw(st.sampled_from((TIER // 2, TIER, HOUR)))
        self._fold(ClockTicked(now=self.table.now + ahead))

    @precondition(lambda self: self._open_offers())
    @rule(data=st.data())
    def somebody_says_no(self, data: st.DataObject) -> None:
        offer = data.draw(st.sampled_from(self._open_offers()))
        if data.draw(st.booleans()):
            self._say_something_else(data, offer.worker_id)
        self._fold(OfferDeclined(offer_id=offer.offer_id, worker_id=offer.worker_id, zone=ZONE))

    @precondition(lambda self: self._asked())
    @rule(data=st.data())
    def somebody_is_heard_from_again(self, data: st.DataObject) -> None:
        """They say the same, and may be asked again; or something else, and their offers stand."""
        worker_id = data.draw(st.sampled_from(self._asked()))
        worker = self._market().workers[worker_id]
        assert worker.available is not None
        if worker.open_offers or worker.bookings:
            self._say_something_else(data, worker_id)
        else:
            self._fold(worker.available)

    @precondition(lambda self: self.offers)
    @rule(data=st.data())
    def somebody_says_no_later(self, data: st.DataObject) -> None:
        offer_id, worker_id = data.draw(st.sampled_from(self._overtaken() or self.offers[-12:]))
        self._fold(OfferDeclined(offer_id=offer_id, worker_id=worker_id, zone=ZONE))

    @precondition(lambda self: self._refused_jobs())
    @rule(data=st.data())
    def a_refused_job_pays_otherwise(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(self._refused_jobs()))
        pay = Pay(amount_fen=data.draw(st.sampled_from((14_000, 15_000, 16_000))))
        self._fold(JobAmended(job_id=job_id, zone=ZONE, pay=pay))

    def _say_something_else(self, data: st.DataObject, worker_id: str) -> None:
        """What almost any job still suits."""
        available = self._market().workers[worker_id].available
        assert available is not None
        far = [km for km in (90.0, 95.0, 100.0) if km != available.max_distance_km]
        km = data.draw(st.sampled_from(far))
        self._fold(msgspec.structs.replace(available, max_distance_km=km))

    def _open_offers(self) -> list[Offer]:
        return [offer for offer in self._market().offers.values() if offer.status == "open"]

    def _asked(self) -> list[str]:
        """Who has ever had an offer and looks for work."""
        workers = sorted({worker_id for _, worker_id in self.offers})
        known = [(id, self._market().workers.get(id)) for id in workers]
        return [id for id, worker in known if worker is not None and worker.available is not None]

    def _overtaken(self) -> list[tuple[str, str]]:
        """Offers that have run out, of whom another of the same job has come after."""
        market = self._market()
        known = [(market.offers.get(offer_id), worker_id) for offer_id, worker_id in self.offers]
        return [
            (offer.offer_id, worker_id)
            for offer, worker_id in known
            if offer is not None
            and offer.status == "expired"
            and worker_id in market.jobs[offer.job_id].open_offers
        ]

    def _refused_jobs(self) -> list[str]:
        jobs = self._market().jobs
        refused = sorted({job_id for job_id, _ in self.declined})
        return [job_id for job_id in refused if job_id in jobs and jobs[job_id].status == "open"]

    def _anything(self) -> SearchStrategy[Fact]:
        return facts(now=self.table.now).filter(lambda fact: not isinstance(fact, PolicyChanged))

    def _fold(self, fact: Fact, said_at: int = NOW) -> None:
        record = record_of(fact, len(self.log), time=said_at)
        self.log.append(record)
        stood, before = self._stands(fact), self.table.now
        step = self.table.step(record)
        self.inspector.inspect(record, step)
        if step.rejection is None:
            self._remember(fact, stood)
        self._check_nothing_declined_comes_again(step)
        if self.table.now >= before + POLICY.offer_ttl_ms:
            self.owed = {}  # no matcher worked: whose offer ran out unseen comes first again
        self._check_nobody_waits_too_long()

    def _stands(self, fact: Fact) -> bool:
        """Whether a no is to an offer that is open or booked."""
        offer = None
        if isinstance(fact, OfferDeclined):
            offer = self._market().offers.get(fact.offer_id)
        return offer is not None and offer.status in ("open", "accepted")

    def _remember(self, fact: Fact, stood: bool) -> None:
        match fact:
            case OfferDeclined():
                self._refused(fact, stood)
            case WorkerForgotten():
                self._drop(1, fact.worker_id)
            case JobPosted():
                self._drop(0, fact.job_id)
            case _:
                pass

    def _refused(self, fact: OfferDeclined, stood: bool) -> None:
        """A no is to what was offered and, where that stood, to what it had become."""
        job = self._market().jobs[self._market().offers[fact.offer_id].job_id]
        worker = self._market().workers.get(fact.worker_id)
        terms = [self.terms[fact.offer_id]]
        if stood and worker is not None and worker.available is not None:
            terms.append(terms_of(job.posted, worker.available))
        known = self.declined.setdefault((job.posted.job_id, fact.worker_id), {})
        for key, pay in terms:
            known[key] = max(known.get(key, pay), pay)
        newer = job.open_offers.get(fact.worker_id)
        if newer in self.terms:
            key, pay = self.terms[newer]
            assert key not in known or pay > known[key], "an offer no better than one declined"
        self.seen["declined"] += 1
        self.seen["declined, having become another"] += len(set(terms)) > 1

    def _drop(self, side: int, id: str) -> None:
        self.declined = {pair: known for pair, known in self.declined.items() if pair[side] != id}

    def _check_nothing_declined_comes_again(self, step: Step) -> None:
        for outcome in (emission.outcome for emission in step.emissions):
            if isinstance(outcome, OfferWithdrawn):
                self.seen[f"withdrawn: {outcome.reason}"] += 1
            if not isinstance(outcome, OfferMade):
                continue
            available = self._market().workers[outcome.worker_id].available
            assert available is not None
            posted = self._market().jobs[outcome.job_id].posted
            key, pay = terms_of(posted, available)
            self.terms[outcome.offer_id] = (key, pay)
            self.offers.append((outcome.offer_id, outcome.worker_id))
            known = self.declined.get((outcome.job_id, outcome.worker_id), {})
            assert key not in known or pay > known[key], "the same terms after a no"
            self.seen[f"via {outcome.via}"] += 1
            self.seen["after a no"] += bool(known)

    def _check_nobody_waits_too_long(self) -> None:
        now, owed = self.table.now, self.owed
        self.owed = {}
        for job_id, job in self._market().jobs.items():
            longest = self._longest_waiting(job)
            if longest is None:
                continue
            before = owed.get(job_id)
            since = before[1] if before is not None and before[0] == longest else now
            assert now < since + TIER, f"{longest} waits for {job_id} and is not asked"
            self.owed[job_id] = (longest, since)

    def _longest_waiting(self, job: Job) -> str | None:
        """Who has waited the whole time, holds no offer, can do a job and has not answered it."""
        ledger = self.table.markets[ZONE].ledger
        if not ledger.hiring.hires(job):
            return None
        candidates = ledger.rank_workers(job).candidates
        waiting = [
            (since, id)
            for since, id in zip(candidates.since.tolist(), candidates.ids, strict=True)
            if since <= self.table.now - POLICY.waiting_full_ms
            and not self._market().workers[id].open_offers
            and id not in job.booked
            and not self._has_answered(job, id)
        ]
        return min(waiting)[1] if waiting else None

    def _has_answered(self, job: Job, worker_id: str) -> bool:
        available = self._market().workers[worker_id].available
        assert available is not None
        answers, proposal = job.answers.get(worker_id, {}), propose(job.posted, available)
        return has(answers, proposal, "declined") or has(answers, proposal, "unanswered")


def terms_of(posted: JobPosted, available: WorkerAvailable) -> tuple[Any, tuple[int, int]]:
    """What a worker is offered, written out, and the pay."""
    crew = available.crew
    leads = crew is not None and crew.leader_id == available.worker_id
    key = (
        tuple(sorted((shift.start, shift.end) for shift in posted.shifts)),
        (posted.place.lat, posted.place.lon),
        frozenset(posted.perks),
        (posted.pay.unit, posted.pay.settlement),
        (available.place.lat, available.place.lon),
        (available.max_distance_km, available.travel_mode, available.pay_floor_fen_day),
        crew.size if crew is not None and leads else 1,
    )
    return key, (pay_fen_day(posted.pay, posted.shifts), posted.pay.amount_fen)


def test_what_was_declined_never_comes_again_and_the_longest_waiting_are_asked_in_time() -> None:
    seen: Counter[str] = Counter()

    class Counting(OfferMachine):
        def teardown(self) -> None:
            seen.update(self.seen)

    run_state_machine_as_test(Counting, settings=SETTINGS)
    reached = {"declined", "after a no", "via ranking", "via waiting", "via exploration"}
    reached |= {"declined, having become another", "withdrawn: worker_declined"}
    missing = reached - set(+seen)
    assert not missing, f"the streams no longer reach {missing}"


def test_in_rounds_neither() -> None:
    seen: Counter[str] = Counter()

    class InRounds(OfferMachine):
        policy = msgspec.structs.replace(POLICY, mode="batch", round_ms=TIER // 2)

        def teardown(self) -> None:
            seen.update(self.seen)

    run_state_machine_as_test(InRounds, settings=settings(SETTINGS, max_examples=20))
    missing = {"declined", "via ranking", "via waiting", "via exploration"} - set(+seen)
    assert not missing, f"the streams no longer reach {missing}"
