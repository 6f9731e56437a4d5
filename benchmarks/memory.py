"""Memory of a million available workers, measured by memray in a process of their own.

The pool alone is measured too: what the resident memory grows by for each worker. Theirs is the
plainest store there is: a dict with each worker's last event as JSON bytes.
"""

import gc
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
from benchmarks.ranking import new_worker_terms
from events.codec import encode
from events.facts import WorkerAvailable
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from matching.fastest_pool import fastest_pool
from models.registry import Registry

WORKERS: Final = 1_000_000
_CHUNK: Final = 20_000


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """Each side in a fresh process, its whole heap counted when everything is in."""
    workers = 2_000 if quick else WORKERS
    yield Contest(
        ours=lambda: _ours(workers),
        theirs=lambda: _measured("dict", workers),
        rounds=1,
        n=workers,
        setting=f"{workers} workers, the packaged model loaded on our side",
    )


def _ours(workers: int) -> Sample:
    market = _measured("market", workers)
    told = _run("pool", workers)
    return Sample(market.value, market.extra | {"pool bytes a worker": float(told)})


def _run(side: str, workers: int, *log: str) -> str:
    """What a process of its own prints that builds a side; tracked by memray with a log."""
    command = [sys.executable, "-m", "benchmarks.memory", side, str(workers), *log]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _measured(side: str, workers: int) -> Sample:
    """Megabytes (10^6 bytes) that building took from the heap; resident: the whole process."""
    with tempfile.TemporaryDirectory(prefix="gigmatch-memory-") as folder:
        log = Path(folder) / "memray.bin"
        _run(side, workers, str(log))
        told = _run(side, workers)
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


def pool_bytes(count: int) -> float:
    """What the resident memory grows by for each worker put into a pool, in a fresh process.

    The first few are not counted: they bring what there is once, and memory that is free already.
    """
    pool, first = fastest_pool(), count // 1_000
    for number, worker in enumerate(crowd(count)):
        if number == first:
            gc.collect()
            before = _resident()
        pool.put_worker(new_worker_terms(worker))
    gc.collect()
    return (_resident() - before) / (count - first)


def _resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _main() -> None:
    side, count, *log = sys.argv[1:]
    if side == "pool":
        print(pool_bytes(int(count)))
        return
    build = _market if side == "market" else _dict
    if log:
        with memray.Tracker(log[0], file_format=memray.FileFormat.AGGREGATED_ALLOCATIONS):
            kept = build(int(count))
    else:
        kept = build(int(count))
        print(_resident())
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
