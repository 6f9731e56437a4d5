"""What must hold of a market after every event (design section 8)."""

from itertools import pairwise

from matching.constraints import first_failure, years_short
from matching.days import day_in_china
from matching.engine import Engine
from matching.lawful import check_posting, lawful_age
from matching.market import Market
from matching.state import Job, Worker
from matching.terms import overlap, worked_on


def check_engine(engine: Engine) -> None:
    """Raise AssertionError when a market of an engine breaks a rule."""
    for market in engine.markets.values():
        check_market(market)


def check_market(market: Market) -> None:
    """Raise AssertionError when a market breaks a rule."""
    for job in market.state.jobs.values():
        _check_job(market, job)
    for worker_id, worker in market.state.workers.items():
        _check_worker(market, worker_id, worker)
    _check_offers(market)


def _check_job(market: Market, job: Job) -> None:
    check_posting(job.posted)  # hours, rest and the minimum pay of its zone and day
    assert 0 <= job.booked_places <= job.posted.headcount, "more bookings than places"
    assert job.status != "filled" or job.open_places == 0 or job.expires_at <= market.state.now
    if job.status == "open":
        assert job.open_places > 0
        assert job.expires_at > market.state.now, "an expired job is still open"
    else:
        assert not job.open_offers, "a closed job still has open offers"
    employer = market.state.employers.get(job.posted.employer_id)
    if employer is not None and employer.blocked:
        assert not job.open_offers, "a blocked employer still has open offers"
    for worker_id in job.expected_workers():
        assert job.posted.job_id in market.state.workers[worker_id].bookings


def _check_worker(market: Market, worker_id: str, worker: Worker) -> None:
    spans = worker.busy
    for earlier, later in pairwise(spans):
        assert earlier[1] <= later[0], "two bookings overlap"
    _check_bookings(market, worker)
    assert len(worker.open_offers) <= 3, "more open offers than any policy here allows"
    if worker.available is None:
        assert not worker.open_offers, "an unavailable worker still has open offers"
        return
    assert worker.valid_until > market.state.now or not worker.open_offers
    terms = market.ledger.worker_terms(worker_id)
    for job_id in worker.open_offers.values():
        job = market.state.jobs[job_id]
        assert first_failure(market.ledger.job_terms(job), terms) is None, "infeasible offer"
        assert not overlap(terms.busy, market.ledger.job_terms(job).shifts)


def _check_bookings(market: Market, worker: Worker) -> None:
    """No booking leaves too little rest, makes too long a day, or is for somebody too young."""
    for job_id, spans in worker.bookings.items():
        job = market.state.jobs[job_id]
        terms = market.ledger.job_terms(job)
        others = tuple(span for span in worker.busy if span not in spans)
        for start, end in terms.shifts:
            day = day_in_china(start)
            worked = worked_on(day, (*terms.shifts, *others))
            assert worked <= terms.max_day_ms, "a worker is booked for too long a day"
            for busy_start, busy_end in others:
                rest = max(start - busy_end, busy_start - end)
                rested = rest >= terms.min_rest_ms or day == day_in_china(busy_start)
                assert rested, "a worker is booked without enough rest"
        if worker.available is not None and terms.end > market.state.now:
            born = worker.available.birth_year
            short = years_short(lawful_age(job.posted), born, terms.start)
            assert short <= 0, "a worker is booked for work they are too young for"


def _check_offers(market: Market) -> None:
    by_job = {i for job in market.state.jobs.values() for i in job.open_offers.values()}
    by_worker = {i for worker in market.state.workers.values() for i in worker.open_offers}
    is_open = {i for i, offer in market.state.offers.items() if offer.status == "open"}
    assert by_job == by_worker == is_open
    named = [i for job in market.state.jobs.values() for i in job.offer_ids]
    assert sorted(named) == sorted(market.state.offers)
    for offer_id in is_open:
        assert market.state.offers[offer_id].expires_at > market.state.now, "a stale offer"
