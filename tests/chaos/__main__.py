"""`python -m tests.chaos [--short] [--only REGEX] [--out FILE]`: the fault matrix."""

import argparse
import logging
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from tests.chaos.cells import Cell, head, is_clean, markdown, shown, summary
from tests.chaos.matrix import Matrix
from tests.chaos.plan import chosen
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
    wishes = parser.parse_args(arguments)
    faults = chosen(wishes.only, short=wishes.short, kills=wishes.kills)
    if not faults:
        parser.error(f"no fault has a name that {wishes.only!r} matches")
    cells: list[Cell] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gigmatch-chaos-") as temporary:
        folder = wishes.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with running_world(folder, wishes.seed) as world:
            print(head(), flush=True)
            for cell in Matrix(world).run(faults):
                cells.append(cell)
                print(shown(cell), *world.told(), sep="\n    ", flush=True)
                if wishes.out is not None:
                    wishes.out.write_text(markdown(cells) + "\n")
            published, answered = world.feed.published, len(world.oracle.outcomes)
            repeats = world.recorder.repeats
    print(
        f"seed {wishes.seed}: {published} records, {answered} outcomes, {repeats} of them said "
        f"again, {time.monotonic() - began:.0f} s"
    )
    print(summary(cells))
    return 0 if is_clean(cells) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # and all it started
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sys.exit(main())
