"""Availability into the core's pool, against writing the same workers to Redis."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from benchmarks import world
from benchmarks.contender_redis import RedisRanker
from benchmarks.harness import Comparison, Contest, Sample
from benchmarks.model import classifier
from benchmarks.ranking import FARTHEST_KM, new_worker_terms
from benchmarks.services import running_redis
from events.codec import decode
from events.envelope import Record
from events.facts import WorkerAvailable
from matching.engine import Engine
from matching.fastest_pool import fastest_pool
from matching.scorer import rules_only
from matching.terms import WorkerTerms

WORKERS: Final = 50_000


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """Both sides write every worker, first as new and then again."""
    workers = list(world.workers(2_000 if quick else WORKERS))
    terms = [new_worker_terms(worker) for worker in workers]
    records = list(world.records(workers))
    with running_redis() as redis:
        theirs = RedisRanker(redis.client, classifier(), FARTHEST_KM)
        yield Contest(
            ours=lambda: _ours(terms, records),
            theirs=lambda: _theirs(theirs, workers),
            rounds=1 if quick else 5,
            n=2 * len(workers),
            setting=f"{redis.name}, {len(workers)} workers, each written twice",
        )


def _ours(terms: Sequence[WorkerTerms], records: Sequence[Record]) -> Sample:
    pool = fastest_pool()
    begin = time.perf_counter()
    for worker in (*terms, *terms):
        pool.put_worker(worker)
    rate = 2 * len(terms) / (time.perf_counter() - begin)
    return Sample(
        rate, {"decoded events/s": _decoded(records), "whole market events/s": _market(records)}
    )


def _decoded(records: Sequence[Record]) -> float:
    begin = time.perf_counter()
    for record in records:
        decode(record)
    return len(records) / (time.perf_counter() - begin)


def _market(records: Sequence[Record]) -> float:
    """From the record's bytes to the outcomes, in a market without jobs."""
    engine = Engine(0, 1, rules_only)
    begin = time.perf_counter()
    for record in records:
        engine.step(record)
    return len(records) / (time.perf_counter() - begin)


def _theirs(ranker: RedisRanker, workers: Sequence[WorkerAvailable]) -> Sample:
    begin = time.perf_counter()
    for _ in range(2):
        ranker.load(workers)
    return Sample(2 * len(workers) / (time.perf_counter() - begin))


COMPARISON = Comparison(
    name="upsert",
    unit="workers/s",
    better="higher",
    mix="workers of one zone with two skills and one window each, put into the pool, then again",
    not_measured=(
        "the broker; making terms of an event (the market's own figure has it); Redis is written "
        "in pipelines by redis-py without hiredis"
    ),
    open=contest,
)
