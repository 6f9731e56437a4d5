"""The whole pipeline in one process, thousands of seeds, each with its own faults.

    make simulate ARGS="--seeds 0-10000"      up to the first that fails, on every core
    make simulate ARGS="--seeds 500-"         for ever
    make simulate ARGS="--replay FILE"        a script again, with all that happens

A seed that fails is cut down to the steps that matter, and written as a script to replay.
"""

import argparse
import itertools
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.simulation.many import lives
from tests.simulation.running import Result, live, smallest
from tests.simulation.schedule import schedule
from tests.simulation.script import from_json, to_json
from tests.simulation.surroundings import simulated

_SHOW_EVERY = 500


def main(arguments: list[str] | None = None) -> int:
    """Run; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", default="0-500", help="FIRST-END, or FIRST- for ever")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes, all cores")
    parser.add_argument("--replay", type=Path, help="a script that a failing seed has written")
    parser.add_argument("--out", type=Path, default=Path(), help="where failing scripts go")
    asked = parser.parse_args(arguments)
    if asked.replay is not None:
        return _replay(asked.replay)
    first, _, end = asked.seeds.partition("-")
    seeds = range(int(first), int(end)) if end else itertools.count(int(first))
    with lives(seeds, asked.jobs) as lived:
        return _judge(lived, asked.out)


def _replay(file: Path) -> int:
    with simulated():
        result = live(from_json(file.read_bytes()))
    print(*result.happened, sep="\n")
    print(_words(result))
    return int(bool(result.kind))


def _judge(lived: Iterable[tuple[int, Result]], out: Path) -> int:
    began, done, records = time.monotonic(), 0, 0
    deaths: Counter[str] = Counter()
    for seed, result in lived:
        if result.kind:
            print(f"seed {seed}: {_words(result)}")
            _write(seed, result.kind, out / f"seed-{seed}.json")
            return 1
        done, records, deaths = done + 1, records + result.records, deaths + result.deaths
        if done % _SHOW_EVERY == 0:
            print(_figures(done, records, deaths, time.monotonic() - began), flush=True)
    print(_figures(done, records, deaths, time.monotonic() - began))
    for label, count in deaths.most_common():
        print(f"{count:8} deaths at: {label}")
    return 0


def _write(seed: int, kind: str, file: Path) -> None:
    """The smallest script that goes wrong like a seed."""
    with simulated():
        file.write_bytes(to_json(smallest(schedule(seed), kind)))
    print(file.read_text())
    print(f'make simulate ARGS="--replay {file}"')


def _figures(done: int, records: int, deaths: Counter[str], seconds: float) -> str:
    return (
        f"{done} seeds, {records} records, {deaths.total()} deaths, 0 violations, "
        f"{done / max(seconds, 1e-9):.1f} seeds/s"
    )


def _words(result: Result) -> str:
    return f"{result.kind}: {result.how}" if result.kind else "every promise is kept"


if __name__ == "__main__":
    sys.exit(main())
