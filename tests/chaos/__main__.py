"""`python -m tests.chaos [--short] [--only REGEX] [--out FILE [--resume]]`: the fault matrix."""

import argparse
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from tests.chaos.cells import Cell, head, is_clean, markdown, parsed, shown, summary
from tests.chaos.matrix import Matrix
from tests.chaos.plan import Plan, chosen
from tests.chaos.world import running_world


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix; 0 when nothing was lost, double or diverged, 1 when something was."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--short", action="store_true", help="one of each kind, fewer kills")
    parser.add_argument("--only", default="", help="the faults, of all, whose names this matches")
    parser.add_argument("--kills", type=int, help="of matchers at random moments: else 200 or 4")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--folder", type=Path, help="where logs stay; else they go away")
    parser.add_argument("--out", type=Path, help="write the matrix as a table to this file")
    parser.add_argument("--resume", action="store_true", help="leave out what that table has")
    wishes = parser.parse_args(arguments)
    faults = chosen(wishes.only, short=wishes.short, kills=wishes.kills)
    if not faults:
        parser.error(f"no fault has a name that {wishes.only!r} matches")
    if wishes.resume and wishes.out is None:
        parser.error("--resume goes on with the table of --out")
    before = parsed(wishes.out.read_text()) if wishes.resume and wishes.out.exists() else []
    done = {cell.fault for cell in before}
    faults = [(name, fault) for name, fault in faults if name not in done]
    cells = before + _run(faults, wishes, before) if faults else before
    print(summary(cells))
    return 0 if is_clean(cells) else 1


def _run(faults: Plan, wishes: argparse.Namespace, before: list[Cell]) -> list[Cell]:
    """Do faults and show each as it is done, so that a run that is cut off leaves what it had."""
    cells: list[Cell] = []
    began = time.monotonic()
    try:
        with _folder(wishes.folder) as folder, running_world(folder, wishes.seed) as world:
            print(f"all is at work after {time.monotonic() - began:.0f} s", head(), sep="\n")
            for cell in Matrix(world).run(faults):
                cells.append(cell)
                print(shown(cell), *world.told(), sep="\n    ", flush=True)
                if wishes.out is not None:
                    wishes.out.write_text(markdown([*before, *cells]) + "\n")
            published, answered = world.feed.published, len(world.oracle.outcomes)
            repeats = world.recorder.repeats
    finally:
        if len(cells) < len(faults):
            print(f"cut off after {len(cells)} of {len(faults)}: {summary(cells)}")
    print(
        f"seed {wishes.seed}: {published} records, {answered} outcomes, {repeats} of them said "
        f"again, {time.monotonic() - began:.0f} s, load {os.getloadavg()[1]:.0f}"
    )
    return cells


@contextmanager
def _folder(wished: Path | None) -> Iterator[Path]:
    """Where logs go: a folder that stays, or one that goes away."""
    if wished is not None:
        wished.mkdir(parents=True, exist_ok=True)
        yield wished
        return
    with tempfile.TemporaryDirectory(prefix="gigmatch-chaos-") as temporary:
        yield Path(temporary)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # and all it started
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sys.exit(main())
