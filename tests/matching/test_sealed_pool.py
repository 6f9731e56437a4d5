"""A pool as a snapshot has it: bytes until it is asked something, and then as it was before."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Record
from events.facts import ClockTicked
from matching.engine import Engine
from matching.scorer import rules_only
from matching.sealed_pool import SealedPool
from tests.matching.scenario import JOB, WORKER
from tests.matching.test_pool import job_of, worker_of
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of, worlds

OTHER = "511102"


def engine() -> Engine:
    return Engine(0, 1, rules_only)


def restored(running: Engine) -> Engine:
    again = engine()
    again.restore(running.snapshot())
    return again


def sealed(running: Engine) -> set[str]:
    return {
        zone
        for zone, market in running.markets.items()
        if isinstance(market.ledger.pool, SealedPool)
    }


def of_two_zones() -> Engine:
    running = engine()
    running.step(record_of(ClockTicked(now=NOW), 0))
    running.step(record_of(WORKER, 1))
    running.step(record_of(msgspec.structs.replace(WORKER, zone=OTHER), 2))
    return restored(running)


def test_a_zone_is_opened_by_what_happens_in_it() -> None:
    running = of_two_zones()
    assert sealed(running) == {ZONE, OTHER}
    step = running.step(record_of(JOB, 3))
    assert sealed(running) == {OTHER}
    assert [emission.outcome.TYPE for emission in step.emissions] == ["match.ranked", "offer.made"]


def test_the_clock_opens_it_when_an_availability_ends_and_not_before() -> None:
    running = of_two_zones()
    end = WORKER.windows[-1].end
    assert running.next_deadline() == end
    running.step(record_of(ClockTicked(now=end - 1), 3))
    assert sealed(running) == {ZONE, OTHER}
    running.step(record_of(ClockTicked(now=end), 4))
    assert sealed(running) == set()
    assert running.next_deadline() is None
    assert running.markets[ZONE].state.workers[WORKER.worker_id].available is None


def test_jobs_wait_beside_it() -> None:
    running = engine()
    running.step(record_of(ClockTicked(now=NOW), 0))
    running.step(record_of(msgspec.structs.replace(JOB, headcount=3), 1))
    again = restored(running)
    assert sealed(again) == {ZONE}
    (ranked, offered) = again.step(record_of(WORKER, 2)).emissions
    assert sealed(again) == set()
    assert ranked.outcome.TYPE == "match.ranked"
    assert offered.outcome.TYPE == "offer.made"


def test_a_pool_without_workers_ends_never() -> None:
    running = engine()
    running.step(record_of(JOB, 0))
    again = restored(running)
    assert again.markets[ZONE].ledger.pool.next_end() is None
    assert again.markets[ZONE].ledger.pool.ended(NOW + 1_000 * HOUR) == []
    assert sealed(again) == {ZONE}


def damaged(frame: bytes) -> bytes:
    """A frame whose checksum is another one."""
    return frame[:-1] + bytes([frame[-1] ^ 1])


def foreign(_: bytes) -> bytes:
    """A frame that another build wrote."""
    return zstandard.ZstdCompressor().compress(b"nothing that is read here")


@given(worlds(max_size=25), st.integers(0, 25))
def test_opened_beside_what_happens_it_is_the_same(log: tuple[Record, ...], cut: int) -> None:
    straight, stopped = engine(), engine()
    expected = [[e.value for e in straight.step(record).emissions] for record in log]
    found = [[e.value for e in stopped.step(record).emissions] for record in log[:cut]]
    again = restored(stopped)
    with ThreadPoolExecutor(2) as threads:
        opening = [threads.submit(open_pool) for open_pool in again.sealed_pools()]
        found += [[e.value for e in again.step(record).emissions] for record in log[cut:]]
    for one in opening:
        one.result()
    assert found == expected
    assert again.state_hash() == straight.state_hash()


def test_jobs_that_change_while_it_opens_are_those_of_the_open_pool() -> None:
    running = engine()
    running.step(record_of(ClockTicked(now=NOW), 0))
    running.step(record_of(JOB, 1))
    again = restored(running)
    pool = again.markets[ZONE].ledger.pool
    (open_pool,) = again.sealed_pools()
    open_pool()
    assert sealed(again) == set()
    pool.drop_job(JOB.job_id)  # by who has asked for it just before
    terms = worker_of(WORKER)
    assert again.markets[ZONE].ledger.pool.jobs_for(terms, NOW).looked_at == 0
    pool.put_job(job_of(JOB))
    assert again.markets[ZONE].ledger.pool.jobs_for(terms, NOW).looked_at == 1


@pytest.mark.parametrize("spoil", [damaged, foreign])
def test_what_cannot_be_read_waits_for_who_has_the_state(spoil: Callable[[bytes], bytes]) -> None:
    running = engine()
    running.step(record_of(ClockTicked(now=NOW), 0))
    running.step(record_of(WORKER, 1))
    again = engine()
    again.restore({zone: _with_pool(blob, spoil) for zone, blob in running.snapshot().items()})
    (open_pool,) = again.sealed_pools()
    open_pool()
    assert sealed(again) == {ZONE}
    (ranked, offered) = again.step(record_of(JOB, 2)).emissions
    assert (ranked.outcome.TYPE, offered.outcome.TYPE) == ("match.ranked", "offer.made")


@given(worlds(max_size=25), st.integers(0, 25), st.sampled_from((damaged, foreign)))
def test_a_pool_that_cannot_be_read_is_made_of_the_workers(
    log: tuple[Record, ...], cut: int, spoil: Callable[[bytes], bytes]
) -> None:
    straight, stopped, again = engine(), engine(), engine()
    expected = [[e.value for e in straight.step(record).emissions] for record in log]
    found = [[e.value for e in stopped.step(record).emissions] for record in log[:cut]]
    blobs = stopped.snapshot()
    again.restore({zone: _with_pool(blob, spoil) for zone, blob in blobs.items()})
    found += [[e.value for e in again.step(record).emissions] for record in log[cut:]]
    assert found == expected
    assert again.state_hash() == straight.state_hash()


def _with_pool(blob: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A snapshot with other bytes for its pool, if it has one."""
    magic, (market, pool) = blob[:4], msgspec.msgpack.decode(blob[4:])
    return magic + msgspec.msgpack.encode((market, change(pool) if pool else pool))
