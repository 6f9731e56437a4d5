"""`python -m benchmarks NAME [--quick]`: one comparison, one line of JSON on stdout."""

import argparse
import importlib
import os

from benchmarks import results
from benchmarks.harness import Comparison, run, say

NAMES = (
    "availability-vs-faust",
    "availability-vs-consumer",
    "matcher-vs-plain",
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
)


def main() -> None:
    """Run one comparison, or `all` of them and write benchmarks/RESULTS.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=(*NAMES, "all"))
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    arguments = parser.parse_args()
    names = NAMES if arguments.name == "all" else (arguments.name,)
    load = os.getloadavg()[0]
    done = []
    for name in names:
        result = run(comparison(name), quick=arguments.quick)
        print(result.line(), flush=True)
        done.append(result)
    if arguments.name == "all":
        results.write(done, quick=arguments.quick, load=load)
        say(f"wrote {results.RESULTS}")


def comparison(name: str) -> Comparison:
    """The comparison of a name: `COMPARISON` of the module named after it."""
    module = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
    found = module.COMPARISON
    if not isinstance(found, Comparison):
        raise TypeError(f"benchmarks.{name} has no Comparison")
    return found


if __name__ == "__main__":
    main()
