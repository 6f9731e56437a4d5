"""Logs with what the market answers, and the read model that the real projector makes of them."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from redis import Redis
from redis.client import Pipeline

from events.emission import Emission
from events.envelope import Record, parse_time
from events.topics import EVENTS, OUTCOMES
from gigmatch.dark import DarkTown, as_log
from gigmatch.readmodel.keys import ENDS, PREFIX
from gigmatch.readmodel.notices import NOTICING_ENDS
from matching.engine import Engine
from matching.scorer import RuleScorer
from producers.simulator.simulation import TownSimulation
from streams.notice_store import NoticeStore
from streams.partition_projector import PartitionProjector
from streams.redis_store import RedisStore

START = parse_time("2027-03-10T00:00:00+08:00")
HOUR_MS = 3_600_000
LOG = "events/outcomes"


def outcome_record(emission: Emission, offset: int, partition: int = 0) -> Record:
    return Record(
        topic=OUTCOMES,
        partition=partition,
        offset=offset,
        timestamp=max(0, emission.time),
        key=emission.key,
        value=emission.value,
        headers=emission.headers,
    )


def new_engine() -> Engine:
    return Engine(0, 1, lambda release: RuleScorer())


def answered(facts: Iterable[Record], engine: Engine | None = None) -> list[Record]:
    """The records of one partition with the outcomes that follow from them, in causal order."""
    engine = engine or new_engine()
    log: list[Record] = []
    sent = 0
    for record in facts:
        log.append(record)
        for emission in engine.step(record).emissions:
            log.append(outcome_record(emission, sent))
            sent += 1
    return log


def town_log(
    hours: float = 30, registered: int = 120, engine: Engine | None = None
) -> list[Record]:
    """A small town's log of some hours, facts and outcomes in causal order."""
    engine = engine or new_engine()
    simulation = TownSimulation(1, START, registered=registered)
    town = DarkTown(simulation, engine, START)
    return list(as_log(town.run(START + round(hours * HOUR_MS))))


def project(url: str, log: Sequence[Record], *, every: int = 0) -> None:
    """Project a log of partition 0; with `every` writing and starting anew after so many records.

    The matcher has passed all of it at the end. Of notices there are none yet.
    """
    notices = NoticeStore(url)
    notices.expect({0: 0})
    notices.close()
    store = RedisStore(url)
    try:
        store.expect({0: 1 + max((r.offset for r in log if r.topic == OUTCOMES), default=-1)})
        for batch in _cut(log, every):
            projector = PartitionProjector(store, 0, 1, store.progress([0], LOG)[0])
            for record in batch:
                projector.take(record)
            projector.write()
        projector = PartitionProjector(store, 0, 1, store.progress([0], LOG)[0])
        for record in log:
            projector.take(record)
        projector.write(1 + max((r.offset for r in log if r.topic == EVENTS), default=-1))
    finally:
        store.close()


def dump(url: str) -> dict[str, Any]:
    """Everything in the read model, readable."""
    with Redis.from_url(url, decode_responses=True) as redis:
        return dump_of(redis)


def dump_of(redis: Redis) -> dict[str, Any]:
    """The same of a connection that decodes, without what is of the moment of a start."""
    with redis.pipeline(False) as pipeline:
        found = cast("list[str]", list(redis.scan_iter(f"{PREFIX}*", count=1_000)))
        keys = sorted(key for key in found if key not in (ENDS, NOTICING_ENDS))
        for key in keys:
            pipeline.type(key)
        for key, kind in zip(keys, pipeline.execute(), strict=True):
            _ask(pipeline, key, kind)
        values = zip(keys, pipeline.execute(), strict=True)
        return {key: sorted(value) if isinstance(value, set) else value for key, value in values}


def _ask(pipeline: Pipeline, key: str, kind: str) -> None:
    match kind:
        case "string" | "none":  # none: gone meanwhile
            pipeline.get(key)
        case "set":
            pipeline.smembers(key)
        case "zset":
            pipeline.zrange(key, 0, -1, withscores=True)
        case "stream":
            pipeline.xrange(key)
        case other:
            raise AssertionError(f"{key} is a {other!r}")


def _cut(log: Sequence[Record], every: int) -> list[Sequence[Record]]:
    """Pieces of a log; each begins where the one before began, as a reader that starts anew."""
    if not every:
        return [log]
    return [log[: end + every] for end in range(0, len(log), every)]
