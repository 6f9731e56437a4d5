"""An event in a process that owns 2,844 zones, against one that owns a single zone."""

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from benchmarks import world
from benchmarks.harness import Comparison, Contest, Sample
from events.envelope import Record
from events.facts import Fact
from matching.engine import Engine
from matching.scorer import rules_only

COUNTIES: Final = 2_844
"""County-level divisions of China: a process that owned them all."""
WORKERS: Final = 20
JOBS: Final = 5


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """The same events of one zone in both engines, taking turns."""
    zones = 50 if quick else COUNTIES
    alone, crowded = Engine(0, 1, rules_only), Engine(0, 1, rules_only)
    offsets = itertools.count()
    opening: list[Fact] = [world.tick(), *world.jobs(100), *world.workers(2_000)]
    for engine in (alone, crowded):
        _fold(engine, opening, offsets)
    for number in range(1, zones):
        _fold(crowded, _small_market(f"{100_000 + number}"), offsets)
    stream = list(world.workers(500 if quick else 5_000, seed=9))
    yield Contest(
        ours=lambda: _timed(crowded, _recorded(stream, offsets)),
        theirs=lambda: _timed(alone, _recorded(stream, offsets)),
        rounds=3 if quick else 9,
        n=len(stream),
        setting=f"1 and {zones} zones; 100 jobs and 2,000 workers in the zone of the events",
    )


def _small_market(zone: str) -> list[Fact]:
    jobs = [msgspec.structs.replace(job, zone=zone) for job in world.jobs(JOBS)]
    workers = [msgspec.structs.replace(worker, zone=zone) for worker in world.workers(WORKERS)]
    return [*jobs, *workers]


def _recorded(facts: Sequence[Fact], offsets: Iterator[int]) -> list[Record]:
    return list(world.records(facts, first=next(offsets) * 1_000_000))


def _fold(engine: Engine, facts: Sequence[Fact], offsets: Iterator[int]) -> None:
    for record in _recorded(facts, offsets):
        engine.step(record)


def _timed(engine: Engine, records: Sequence[Record]) -> Sample:
    """Mean microseconds an event."""
    begin = time.perf_counter()
    for record in records:
        engine.step(record)
    return Sample((time.perf_counter() - begin) * 1e6 / len(records))


COMPARISON = Comparison(
    name="zone-growth",
    unit="us/event",
    better="lower",
    mix="availability of one zone's workers, each ranked for its jobs; ours owns all the zones",
    not_measured="the broker; ticks, which go to every zone of a partition",
    open=contest,
)
