"""The read model says of every job and worker what the market itself knows, whatever happens."""

from typing import Any, cast

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from events.envelope import Record
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import index_key, job_key, worker_key, zone_key
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.readmodel.zone import ZoneDoc
from matching.market_state import MarketState
from matching.state import Job, Worker
from tests.projecting import answered, dump, new_engine, project, town_log
from tests.town import ZONE
from tests.worlds import worlds


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
