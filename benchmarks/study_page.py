"""A study's page: what took part, the means, and the differences seed by seed."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.study import Interval, Measure, Outcome

PAGES = Path(__file__).parent


def write(outcome: Outcome, path: Path) -> None:
    """Write the page. What stands behind its line `## Reading` is kept: people write that."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    reading = old.partition("\n## Reading\n")[2]
    path.write_text(page(outcome) + (f"\n## Reading\n{reading}" if reading else ""), "utf-8")


def page(outcome: Outcome) -> str:
    """The page as Markdown."""
    study = outcome.study
    first, last = study.first_seed, study.first_seed + outcome.seeds - 1
    lines = [
        f"# {study.title}\n",
        f"Written by `python -m benchmarks {study.name}`; do not edit above the reading. "
        f"{outcome.seeds} seeds, {first} to {last}; every contender lives through the same "
        f"{outcome.seeds} towns with the same luck. Means with 95 % intervals (Student's t over "
        f"seeds), then differences to `{study.reference}` taken seed by seed; those whose "
        "interval excludes zero are bold.\n",
        *([f"{study.about}\n"] if study.about else []),
        *(f"- `{name}`: {text}" for name, text in study.contenders.items()),
        "",
    ]
    for regime, text in study.regimes.items():
        lines += [f"## {regime}\n", f"{text}.\n"]
        lines += [*_table(outcome, regime, differences=False), ""]
        lines += [*_table(outcome, regime, differences=True), ""]
    return "\n".join(lines)


def _table(outcome: Outcome, regime: str, *, differences: bool) -> Iterator[str]:
    study = outcome.study
    first = f"less `{study.reference}`" if differences else "mean"
    yield f"| {first} | {' | '.join(measure.title for measure in study.measures)} |"
    yield f"| --- |{' --- |' * len(study.measures)}"
    for contender in study.contenders:
        if differences and contender == study.reference:
            continue
        cells = [
            _difference(
                outcome.difference(regime, contender, measure.name, study.reference), measure
            )
            if differences
            else _mean(outcome.mean(regime, contender, measure.name), measure)
            for measure in study.measures
        ]
        yield f"| `{contender}` | {' | '.join(cells)} |"


def _mean(found: Interval, measure: Measure) -> str:
    half = (found.high - found.low) / 2
    return f"{_shown(found.mean, measure)} ± {_shown(half, measure)}"


def _difference(found: Interval, measure: Measure) -> str:
    text = f"{_shown(found.mean, measure, '+')} ± {_shown((found.high - found.low) / 2, measure)}"
    return f"**{text}**" if found.excludes_zero else text


def _shown(value: float, measure: Measure, sign: str = "") -> str:
    return f"{value * measure.scale:{sign}.{measure.digits}f}"
