"""A restart with a million workers, against only reading the bytes of their snapshots.

Both read from a broker, each time in a process that has just started, as a restart is one. Ours
then stands ready for the next event: state and calendars, everything checked. A zone's pool is
entered when its first event needs it; until all zones have answered one is a figure of its own.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from benchmarks import world
from benchmarks.drive import fresh_topics, load
from benchmarks.harness import Comparison, Contest, Sample
from benchmarks.memory import crowd
from benchmarks.services import running_broker
from events.envelope import Headers, Record
from events.topics import SNAPSHOTS
from matching.engine import Engine
from matching.scorer import rules_only
from streams.snapshots import publish

ZONES: Final = 20
WORKERS: Final = 50_000
"""In each zone."""


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """Snapshots of all zones on a broker, once; then both sides read them."""
    workers = 1_000 if quick else WORKERS
    sink = _Collected()
    last, read_bytes = _write_snapshots(sink, workers)
    with running_broker() as broker:
        fresh_topics(broker.bootstrap)
        load(broker.bootstrap, sink.records, SNAPSHOTS)
        yield Contest(
            ours=lambda: _ready(broker.bootstrap, last + 1, ZONES * workers),
            theirs=lambda: _read(broker.bootstrap, read_bytes),
            rounds=1 if quick else 9,
            n=ZONES * workers,
            setting=(
                f"{broker.name}, {ZONES} zones of {workers} workers, "
                f"{read_bytes / 1e6:.0f} MB of snapshots"
            ),
        )


class _Collected:
    """A `streams.sink.Sink` that keeps what is published."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def publish(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        """Keep a record."""
        self.records.append(
            Record(
                topic=topic,
                partition=partition or 0,
                offset=len(self.records),
                timestamp=timestamp or 0,
                key=key,
                value=value,
                headers=headers,
            )
        )

    async def drain(self) -> None:
        """All is kept already."""


def _write_snapshots(sink: _Collected, workers: int) -> tuple[int, int]:
    """Fold every zone's availability and publish the set; the last offset, and its bytes."""
    engine = Engine(0, 1, rules_only)
    offset = 0
    for number in range(ZONES):
        zone = f"{100_000 + number}"
        facts = (msgspec.structs.replace(worker, zone=zone) for worker in crowd(workers))
        for record in world.records(facts, first=offset):
            engine.step(record)
        offset = engine.last_offset + 1
    publish(sink, 0, engine.snapshot(), offset=engine.last_offset, delivered="")
    return engine.last_offset, sum(len(record.value or b"") for record in sink.records)


def _ready(bootstrap: str, up_to: int, workers: int) -> Sample:
    ready, answered = _in_new_process("ready", bootstrap, up_to, workers)
    return Sample(ready, {"s until every zone has answered a job": answered})


def _read(bootstrap: str, expected: int) -> Sample:
    (took,) = _in_new_process("read", bootstrap, expected)
    return Sample(took)


def _in_new_process(what: str, bootstrap: str, *numbers: int) -> list[float]:
    """The figures that `benchmarks.restart` tells, in seconds."""
    command = [sys.executable, "-m", "benchmarks.restart", what, bootstrap, *map(str, numbers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    return [float(figure) for figure in done.stdout.splitlines()[-1].split()]


COMPARISON = Comparison(
    name="recovery",
    unit="s",
    better="lower",
    mix="available workers with two skills and one window each, no jobs, nothing afterwards",
    not_measured=(
        "replaying what came after the snapshot; joining the consumer group; unpacking workers at "
        "rest, about 200 at a time when the first of them is met"
    ),
    open=contest,
)
