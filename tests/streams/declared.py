"""`python -m tests.streams.declared`: every metric that the code declares, each with a sample.

In a process of its own: what is declared stays in the registry, and samples that nobody measured
are no other test's business.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from prometheus_client import REGISTRY, generate_latest

_PACKAGES: Final = ("events", "gateway", "gigmatch", "matching", "models", "producers", "streams")
_ROOT: Final = Path(__file__).parents[2]


def modules() -> Iterator[str]:
    """The modules that know Prometheus."""
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*.py")):
            if "prometheus_client" in path.read_text(encoding="utf-8"):
                yield ".".join(path.relative_to(_ROOT).with_suffix("").parts)


def fill(collector: Any) -> None:
    """Give a metric with labels, of which nothing has been measured yet, a sample."""
    names = getattr(collector, "_labelnames", ())
    if names and not collector._metrics:
        collector.labels(*("x" for _ in names))


def main() -> None:
    """Print all of them."""
    for name in modules():
        import_module(name)
    for collector in list(REGISTRY._collector_to_names):
        fill(collector)
    print(generate_latest().decode(), end="")


if __name__ == "__main__":
    main()
