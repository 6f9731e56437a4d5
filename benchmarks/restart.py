"""What a process that has just started does with snapshots: stand ready, or only read them.

`python -m benchmarks.restart ready BOOTSTRAP UP_TO WORKERS` and `... read BOOTSTRAP BYTES` print
the seconds it took, and fail when other workers came back, or other bytes. The former prints a
second figure: until every zone has answered a job besides.
"""

import sys
import time

from msgspec.structs import replace

from benchmarks import world
from events.topics import SNAPSHOTS
from gigmatch.logread import LogReader
from gigmatch.logs import configure_logs
from gigmatch.settings import Settings
from matching.engine import Engine
from matching.scorer import rules_only
from streams.recovery import Recovery


def ready(bootstrap: str, up_to: int, workers: int) -> tuple[float, float]:
    """Seconds until the matcher's own recovery has an engine, and until all its zones answered."""
    recovery = Recovery(
        lambda: LogReader(bootstrap), lambda partition: Engine(partition, 1, rules_only)
    )
    begin = time.perf_counter()
    rebuilt = recovery.rebuild(0, up_to)
    took = time.perf_counter() - begin
    _ask_every_zone(rebuilt.engine)
    answered = time.perf_counter() - begin
    known = sum(len(market.state.workers) for market in rebuilt.engine.markets.values())
    if known != workers:
        raise AssertionError(f"{known} workers came back of {workers}")
    return took, answered


def _ask_every_zone(engine: Engine) -> None:
    """Post the same job everywhere. Raises AssertionError when a zone says nothing."""
    (job,) = world.jobs(1)
    jobs = (replace(job, zone=zone) for zone in engine.markets)
    for record in world.records(jobs, first=engine.last_offset + 1):
        if not engine.step(record).emissions:
            raise AssertionError(f"{record.key!r} did not answer")


def read(bootstrap: str, expected: int) -> float:
    """Seconds to have the snapshots' bytes in memory."""
    begin = time.perf_counter()
    with LogReader(bootstrap) as reader:
        low, end = reader.bounds(SNAPSHOTS, 0)
        found = sum(len(record.value or b"") for record in reader.read(SNAPSHOTS, 0, low, end))
    took = time.perf_counter() - begin
    if found != expected:
        raise AssertionError(f"{found} bytes were read of {expected}")
    return took


if __name__ == "__main__":
    configure_logs(Settings(log_level="warning"))  # stdout is for the figure
    what, kafka, *numbers = sys.argv[1:]
    if what == "ready":
        print(*ready(kafka, int(numbers[0]), int(numbers[1])))
    else:
        print(read(kafka, int(numbers[0])))
