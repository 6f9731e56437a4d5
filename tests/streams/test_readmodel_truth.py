"""The read model says of every job and worker what the market itself knows, whatever happens."""

from collections.abc import Iterator
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from events.envelope import Record
from events.facts import ClockTicked, Fact, JobAmended, OfferAccepted, OfferDeclined
from events.values import Interval
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import index_key, job_key, worker_key, zone_key
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.readmodel.zone import ZoneDoc
from matching.market_state import MarketState
from matching.state import Job, Worker
from tests.matching.scenario import JOB, WORKER
from tests.projecting import answered, dump, new_engine, project, town_log
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of, worlds


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(log=worlds(max_size=40), every=st.integers(1, 30))
def test_as_the_market_has_it(redis_url: str, log: tuple[Record, ...], every: int) -> None:
    engine = new_engine()
    records = answered(log, engine)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        project(redis_url, records, every=every)
        in_pieces = dump(redis_url)
        redis.flushall()
        project(redis_url, records)
        assert dump(redis_url) == in_pieces
        if ZONE in engine.markets:
            check(redis, engine.markets[ZONE].state)


def test_of_a_town_as_its_market_has_it(redis_url: str) -> None:
    engine = new_engine()
    log = town_log(hours=80, registered=400, engine=engine)
    project(redis_url, log)
    state = engine.markets[ZONE].state
    assert any(worker.bookings for worker in state.workers.values())
    with Redis.from_url(redis_url) as redis:
        check(redis, state)


MOVED = (Interval(start=NOW + 96 * HOUR, end=NOW + 105 * HOUR),)
ENDS: dict[str, tuple[Fact, ...]] = {
    "moved": (JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED),),
    "moved, with a closing date": (
        JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED, expires_at=NOW + 72 * HOUR),
    ),
    "more places": (JobAmended(job_id="J-1", zone=ZONE, headcount=2),),
    "not refilled, then moved": (
        ClockTicked(now=NOW + 25 * HOUR),
        JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED, expires_at=NOW + 72 * HOUR),
    ),
    "closing with its start": (
        JobAmended(job_id="J-1", zone=ZONE, expires_at=NOW + 24 * HOUR),
        JobAmended(job_id="J-1", zone=ZONE, shifts=MOVED),
    ),
}


@pytest.mark.parametrize("drops_out", [True, False])
@pytest.mark.parametrize("end", ENDS)
def test_of_a_job_that_was_full_when_its_closing_date_passed(
    redis_url: str, end: str, drops_out: bool
) -> None:
    engine = new_engine()

    def story() -> Iterator[Fact]:
        yield ClockTicked(now=NOW)
        yield WORKER
        yield msgspec.structs.replace(JOB, expires_at=NOW + 12 * HOUR)
        [offer_id] = engine.markets[ZONE].state.offers
        yield OfferAccepted(offer_id=offer_id, worker_id="W-1", zone=ZONE)
        yield ClockTicked(now=NOW + 14 * HOUR)
        if drops_out:
            yield OfferDeclined(offer_id=offer_id, worker_id="W-1", zone=ZONE)
        yield from ENDS[end]

    log = answered((record_of(fact, offset) for offset, fact in enumerate(story())), engine)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        project(redis_url, log)
        check(redis, engine.markets[ZONE].state)


def check(redis: Redis, state: MarketState) -> None:
    if redis.get(zone_key(ZONE)) is None:  # nothing but refusals so far
        assert not state.jobs
        assert not state.workers
        return
    zone = read(redis, ZoneDoc, zone_key(ZONE))
    assert set(zone.blocked) == {id for id, employer in state.employers.items() if employer.blocked}
    open_ones = {id: employer.claims for id, employer in state.employers.items() if employer.claims}
    told = {
        id: {claim_id: one.amount_fen for claim_id, one in claims.items()}
        for id, claims in zone.claims.items()
    }
    assert told == open_ones
    assert zone.open_offers == sum(offer.status == "open" for offer in state.offers.values())
    members = cast("list[bytes]", redis.zrange(index_key("open", ZONE), 0, -1))
    listed = {member.decode() for member in members}
    assert listed == {id for id, job in state.jobs.items() if job.status == "open"}
    for job_id, job in state.jobs.items():
        check_job(read(redis, JobDoc, job_key(ZONE, job_id)), job, state)
    for worker_id, worker in state.workers.items():
        check_worker(read(redis, WorkerDoc, worker_key(ZONE, worker_id)), worker, state.now)


def check_job(told: JobDoc, job: Job, state: MarketState) -> None:
    assert (told.status, told.posted, told.remaining, told.expires_at) == (
        job.status,
        job.posted,
        job.open_places,
        job.expires_at,
    )
    assert {id: offer.status for id, offer in told.offers.items()} == {
        id: state.offers[id].status for id in job.offer_ids
    }
    held = {id: b for id, b in told.bookings.items() if b.status != "cancelled"}
    assert {b.offer_id: (b.places, b.status) for b in held.values()} == {
        b.offer_id: (b.places, b.result or "confirmed") for b in job.booked.values()
    }


def check_worker(told: WorkerDoc, worker: Worker, now: int) -> None:
    is_available = told.valid_until is not None and told.valid_until > now
    assert is_available == (worker.available is not None)
    assert {id: offer.job_id for id, offer in told.offers.items()} == worker.open_offers
    confirmed = {id for id, held in told.bookings.items() if held.status == "confirmed"}
    assert confirmed == set(worker.bookings)


def read(redis: Redis, kind: Any, key: str) -> Any:
    stored = redis.get(key)
    assert stored is not None, key
    return msgspec.json.decode(stored, type=kind)
