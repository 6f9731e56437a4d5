"""benchmarks/RESULTS.md: the figures of one full run, and what must be known to read them."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from benchmarks.harness import Result, rounded

RESULTS = Path(__file__).parent / "RESULTS.md"
QUIET = 0.5
LIBRARIES = (
    "confluent-kafka",
    "faust-streaming",
    "aiokafka",
    "redis",
    "numpy",
    "scikit-learn",
    "onnxruntime",
    "msgspec",
)

_HEAD = """# Benchmark results

Written by `make bench` (`python -m benchmarks all`); do not edit. A ratio above 1 always means
that ours is better: ours / theirs for a rate, theirs / ours for a time. Both sides run in the same
run, in turn (A B A B ...); the ratio is the median of the pairs' ratios, `ours` and `theirs` are
medians.
"""


def write(results: Sequence[Result], *, quick: bool, load: float, path: Path = RESULTS) -> None:
    """Write the table, the machine, and of each comparison the mix and what is not measured.

    `load` is the machine's load average before the run: at QUIET or above the figures are marked.
    """
    parts = [_HEAD]
    if quick:
        parts.append("**From `--quick`: too short to quote.**\n")
    if load >= QUIET:
        parts.append(
            "**The machine had other work to do at the start: figures are provisional.**\n"
        )
    parts += [_machine(load), _table(results), *(_section(result) for result in results)]
    path.write_text("\n".join(parts), encoding="utf-8")


def _machine(load: float) -> str:
    lines = [
        "## Machine\n",
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average {load:.2f} before the run",
        f"- {_processor()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB",
        f"- {platform.system()} {platform.release()}, Python {platform.python_version()}",
        "- " + ", ".join(f"{name} {_version(name)}" for name in LIBRARIES) + "\n",
    ]
    return "\n".join(lines)


def _table(results: Sequence[Result]) -> str:
    lines = [
        "## Figures\n",
        "| comparison | ratio | lowest - highest | ours | theirs | unit | n |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*lines, *(_row(result) for result in results)]) + "\n"


def _row(result: Result) -> str:
    return (
        f"| `{result.comparison.name}` | **{rounded(result.ratio):g}** "
        f"| {rounded(min(result.ratios)):g} - {rounded(max(result.ratios)):g} "
        f"| {rounded(result.ours.value):g} | {rounded(result.theirs.value):g} "
        f"| {result.comparison.unit} | {result.n} |"
    )


def _section(result: Result) -> str:
    lines = [
        f"## {result.comparison.name}\n",
        f"- ran: {result.setting}; {len(result.ratios)} rounds",
        f"- mix: {result.comparison.mix}",
        f"- not measured: {result.comparison.not_measured}",
    ]
    lines += [
        f"- {name}: ours {rounded(result.ours.extra[name]):g}, "
        f"theirs {rounded(result.theirs.extra[name]):g}"
        for name in result.ours.extra
        if name in result.theirs.extra
    ]
    lines += _alone("ours", result.ours.extra, result.theirs.extra)
    lines += _alone("theirs", result.theirs.extra, result.ours.extra)
    return "\n".join(lines) + "\n"


def _alone(side: str, figures: dict[str, float], others: dict[str, float]) -> list[str]:
    return [
        f"- {name}: {rounded(value):g} ({side})"
        for name, value in figures.items()
        if name not in others
    ]


def _processor() -> str:
    """The model name, from the kernel where it has one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"
