"""What a soak came to: waits of both halves, memory at the beginning and at the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

PAGE: Final = Path(__file__).with_name("SOAK.md")
WARM_UP: Final = 1 / 8
"""How much time goes by before it counts, of what counts."""
MOST_GROWTH: Final = 0.02
MOST_SLOWER: Final = 1.2
_EDGE: Final = 1 / 12
"""Memory is compared between so much of the time at its beginning and at its end."""


@dataclass
class Soaked:
    """Times are seconds of `time.perf_counter`; `rate` and `capacity` turns a second."""

    capacity: float
    rate: float
    began: float
    seconds: float
    waits: list[tuple[float, float]] = field(default_factory=list)
    """When each posting was meant to go out, and how long its ranking took."""
    memory: list[tuple[float, Mapping[str, float]]] = field(default_factory=list)
    """Resident MiB by process."""
    dead_letters: int = 0

    def note(self, at: float, resident_mib: Mapping[str, float]) -> None:
        """Take down what memory is in use."""
        self.memory.append((at, resident_mib))

    @property
    def counts_from(self) -> float:
        """When it is warm."""
        return self.began + self.seconds * WARM_UP / (1 + WARM_UP)

    def halves(self) -> tuple["Wait", "Wait"]:
        """The waits of the first and the second half of what counts."""
        begin, end = self.counts_from, self.began + self.seconds
        middle = (begin + end) / 2
        return self._wait(begin, middle), self._wait(middle, end)

    def growth(self) -> dict[str, tuple[float, float]]:
        """By process, its memory at the beginning and at the end of what counts, in MiB."""
        begin, end = self.counts_from, self.began + self.seconds
        edge = (end - begin) * _EDGE
        first, last = self._memory(begin, begin + edge), self._memory(end - edge, end)
        return {name: (first[name], last[name]) for name in first}

    def lines(self) -> Iterator[str]:
        """What there is to tell."""
        yield f"bears {self.capacity:.0f} turns/s, soaked at {self.rate:.0f} turns/s"
        for name, wait in zip(("first half", "second half"), self.halves(), strict=True):
            yield f"{name}: {wait}"
        for name, (first, last) in self.growth().items():
            yield f"{name}: {first:.1f} -> {last:.1f} MiB ({last / first - 1:+.1%})"
        yield f"{self.dead_letters} dead letters"

    def _wait(self, begin: float, end: float) -> "Wait":
        return Wait([took for due, took in self.waits if begin <= due < end])

    def _memory(self, begin: float, end: float) -> dict[str, float]:
        seen = [resident for at, resident in self.memory if begin <= at <= end]
        return {name: float(np.mean([one[name] for one in seen])) for name in seen[0]}


class Wait:
    """How long some postings waited; milliseconds."""

    def __init__(self, took: list[float]) -> None:
        self.count = len(took)
        self.p50, self.p99, self.most = np.percentile(np.array(took) * 1_000, (50, 99, 100))

    def __str__(self) -> str:
        waits = f"p50 {self.p50:.1f}, p99 {self.p99:.1f}, most {self.most:.0f} ms"
        return f"{self.count} rankings, {waits}"


def verdict(soaked: Soaked) -> int:
    """0 when nothing was refused, later waits are like earlier ones, and memory stays; else 1."""
    first, second = soaked.halves()
    grown = any(last > first * (1 + MOST_GROWTH) for first, last in soaked.growth().values())
    slower = second.p99 > MOST_SLOWER * first.p99
    return int(grown or slower or soaked.dead_letters > 0)


def write(soaked: Soaked) -> Path:
    """Write the page. What stands behind its line `## Reading` is kept: people write that."""
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    reading = old.partition("\n## Reading\n")[2]
    told = "\n".join(page(soaked)) + "\n"
    PAGE.write_text(told + (f"\n## Reading\n{reading}" if reading else ""), encoding="utf-8")
    return PAGE


def page(soaked: Soaked) -> Iterator[str]:
    """The page as Markdown."""
    minutes = (soaked.began + soaked.seconds - soaked.counts_from) / 60
    yield "# A soak\n"
    yield "Written by `python -m benchmarks.soak`; do not edit above the reading. "
    yield f"The system bears {soaked.capacity:.0f} turns a second here, and lived at "
    yield f"{soaked.rate:.0f} for {minutes:.0f} minutes after {soaked.seconds / 60 - minutes:.0f} "
    yield f"to warm up. No process ended; {soaked.dead_letters} dead letters.\n"
    yield "| | rankings | p50, ms | p99, ms | most, ms |\n| --- | --- | --- | --- | --- |"
    first, second = soaked.halves()
    for name, wait in (("first half", first), ("second half", second)):
        yield f"| {name} | {wait.count:,} | {wait.p50:.1f} | {wait.p99:.1f} | {wait.most:.0f} |"
    yield f"\np99 of the second half is {second.p99 / first.p99:.2f} of the first half's.\n"
    yield "| resident memory | at first, MiB | at the end, MiB | growth |"
    yield "| --- | --- | --- | --- |"
    for name, (before, after) in soaked.growth().items():
        yield f"| {name} | {before:.1f} | {after:.1f} | {after / before - 1:+.1%} |"
