"""`python -m tests.chaos [--short] [--only TEXT] [--out FILE]`: the fault matrix."""

import argparse
import random
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.matrix import Matrix, markdown
from tests.chaos.plan import plan
from tests.chaos.world import running_world


def main() -> int:
    """Run the matrix; 0 when nothing was lost, double or diverged."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--short", action="store_true", help="fewer kills")
    parser.add_argument("--only", default="", help="only faults whose names this matches")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--folder", type=Path, help="where logs stay; else they go away")
    parser.add_argument("--out", type=Path, help="write the matrix as a table to this file")
    wishes = parser.parse_args()
    faults = [one for one in plan(short=wishes.short) if re.search(wishes.only, one[0])]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gigmatch-chaos-") as temporary:
        folder = wishes.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with running_world(folder, wishes.seed) as world:
            matrix = Matrix(world, lambda line: print(line, flush=True))
            matrix.run(faults)
            published, answered = world.feed.published, len(world.oracle.outcomes)
    if wishes.out is not None:
        wishes.out.write_text(markdown(matrix.cells) + "\n")
    print(
        f"seed {wishes.seed}: {published} records, {answered} outcomes, "
        f"{time.monotonic() - began:.0f} s"
    )
    print(matrix.summary())
    return 0 if matrix.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
