"""Memory of a million available workers, measured by memray in a process of their own.

Theirs is the plainest store there is: a dict with each worker's last event as JSON bytes.
"""

import itertools
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import memray
import msgspec

from benchmarks import world
from benchmarks.harness import Comparison, Contest, Sample
from events.codec import encode
from events.facts import WorkerAvailable
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from models.registry import Registry

WORKERS: Final = 1_000_000
_CHUNK: Final = 20_000


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """Each side in a fresh process, its whole heap counted when everything is in."""
    workers = 20_000 if quick else WORKERS
    yield Contest(
        ours=lambda: _measured("market", workers),
        theirs=lambda: _measured("dict", workers),
        rounds=1,
        n=workers,
        setting=f"{workers} workers, the packaged model loaded on our side",
    )


def _measured(side: str, workers: int) -> Sample:
    """Megabytes (10^6 bytes) that building took from the heap; resident: the whole process."""
    with tempfile.TemporaryDirectory(prefix="gigmatch-memory-") as folder:
        log = Path(folder) / "memray.bin"
        command = [sys.executable, "-m", "benchmarks.memory", side, str(workers)]
        subprocess.run([*command, str(log)], check=True)
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        reader = memray.FileReader(log)
        end = sum(record.size for record in reader.get_leaked_allocation_records())
        peak = reader.metadata.peak_memory
    megabytes = 1e6
    return Sample(
        end / megabytes,
        {
            "peak MB": peak / megabytes,
            "bytes a worker": end / workers,
            "resident MB without memray": float(told) / megabytes,
        },
    )


def crowd(count: int) -> Iterator[WorkerAvailable]:
    """`count` workers, made a few at a time."""
    for begin in range(0, count, _CHUNK):
        for number, worker in enumerate(world.workers(min(_CHUNK, count - begin), seed=begin)):
            yield msgspec.structs.replace(worker, worker_id=f"W-{begin + number:07d}")


def _market(count: int) -> object:
    """Fold the availability of everybody, as the matcher would."""
    registry = Registry(PACKAGED_RELEASES)
    registry.open(registry.newest())
    engine = Engine(0, 1, registry.open)
    for record in world.records(itertools.chain([world.tick()], crowd(count))):
        engine.step(record)
    return engine


def _dict(count: int) -> object:
    return {worker.worker_id: encode(worker) for worker in crowd(count)}


def _main() -> None:
    side, count, *log = sys.argv[1:]
    build = _market if side == "market" else _dict
    if log:
        with memray.Tracker(log[0], file_format=memray.FileFormat.AGGREGATED_ALLOCATIONS):
            kept = build(int(count))
    else:
        kept = build(int(count))
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        print(pages * resource.getpagesize())
    del kept


if __name__ == "__main__":
    _main()


COMPARISON = Comparison(
    name="memory",
    unit="MB",
    better="lower",
    mix="workers with two skills and one window each, waiting in one zone",
    not_measured="memory outside the heap: code and libraries' own mappings; snapshots being taken",
    open=contest,
)
