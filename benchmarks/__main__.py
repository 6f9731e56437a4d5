"""`python -m benchmarks NAME... [--quick]`: comparisons, for each a line of JSON on stdout.

A study (`policies`, `choices`, `shock`) says one line for each regime and contender, and writes
its own page.
"""

import argparse
import importlib
import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

from benchmarks import results
from benchmarks.harness import Comparison, Result, run, say
from benchmarks.services import shared_broker
from benchmarks.study import MIN_SEEDS, Study, conduct
from benchmarks.study_page import PAGES, write

NAMES = (
    "availability-vs-faust",
    "availability-vs-consumer",
    "matcher-vs-plain",
    "scale-out",
    "rank-vs-redis",
    "rank-vs-numpy",
    "scoring",
    "pool-growth",
    "zone-growth",
    "upsert",
    "batch-round",
    "memory",
    "recovery",
    "latency-vs-echo",
    "live-fanout",
)
STUDIES = ("policies", "choices", "shock")


def main() -> None:
    """Run comparisons or studies, or `all` comparisons and write benchmarks/RESULTS.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="+", choices=(*NAMES, *STUDIES, "all"), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument(
        "--processes", type=int, default=1, help="of a study; comparisons take one (default: 1)"
    )
    parser.add_argument("--seeds", type=int, help="of a study; default: its own number")
    parser.add_argument("--first-seed", type=int, default=1, help="of a study (default: 1)")
    parser.add_argument("--regime", help="the only one of a study, which then writes no page")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name in STUDIES:
            chosen = _chosen(name, arguments, parser)
            written = not arguments.quick and arguments.regime is None
            _study(chosen, quick=arguments.quick, processes=arguments.processes, written=written)
    load = os.getloadavg()[0]
    everything = "all" in arguments.names
    done = _compare(NAMES if everything else arguments.names, quick=arguments.quick)
    if everything:
        results.write(done, quick=arguments.quick, load=load)
        say(f"wrote {results.RESULTS}")


def _compare(names: Sequence[str], *, quick: bool) -> list[Result]:
    """Run the comparisons among the names, several with one broker."""
    found = [name for name in names if name in NAMES]
    done = []
    with shared_broker() if len(found) > 1 else nullcontext():
        for name in found:
            result = run(comparison(name), quick=quick)
            print(result.line(), flush=True)
            done.append(result)
    return done


def comparison(name: str) -> Comparison:
    """The comparison of a name: `COMPARISON` of the module named after it."""
    module = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
    found = module.COMPARISON
    if not isinstance(found, Comparison):
        raise TypeError(f"benchmarks.{name} has no Comparison")
    return found


def study(name: str) -> Study:
    """The study of a name: `STUDY` of the module named after it."""
    found = importlib.import_module(f"benchmarks.{name.replace('-', '_')}").STUDY
    if not isinstance(found, Study):
        raise TypeError(f"benchmarks.{name} has no Study")
    return found


def _chosen(name: str, wishes: argparse.Namespace, parser: argparse.ArgumentParser) -> Study:
    """A study as it is asked for."""
    chosen = replace(study(name), first_seed=wishes.first_seed)
    if wishes.seeds is not None:
        if wishes.seeds < MIN_SEEDS:
            parser.error(f"an interval takes {MIN_SEEDS} seeds at least")
        chosen = replace(chosen, seeds=wishes.seeds)
    if wishes.regime is not None:
        if wishes.regime not in chosen.regimes:
            parser.error(f"{name} has the regimes {', '.join(chosen.regimes)}")
        chosen = replace(chosen, regimes={wishes.regime: chosen.regimes[wishes.regime]})
    return chosen


def _study(chosen: Study, *, quick: bool, processes: int, written: bool) -> None:
    """Conduct a study; a quick one has too few seeds to be written down."""
    outcome = conduct(chosen, quick=quick, processes=processes)
    for line in outcome.lines():
        print(line, flush=True)
    if written:
        path = PAGES / f"{chosen.name.upper()}.md"
        write(outcome, path)
        say(f"wrote {path}")


if __name__ == "__main__":
    main()
