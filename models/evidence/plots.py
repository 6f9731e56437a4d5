"""The pictures of a report as SVG, drawn without a screen; equal figures give equal bytes."""

import io
from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

from models.evidence.bootstrap import Figure
from models.evidence.judge import MODEL, TargetEvidence

INK: Final = "#1f2933"
SOFT: Final = "#9aa5b1"
BLUE: Final = "#1d6fb8"
RED: Final = "#c0392b"
_STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "gigmatch",
    "svg.fonttype": "path",
    "font.size": 9,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def calibration_plot(evidence: TargetEvidence, title: str) -> str:
    """Expected against seen rates in ten bins of equal size, with the sizes of the intervals."""
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=(3.7, 3.5), layout="constrained")
        axes = canvas.subplots()
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle="--")
        expected = [point.expected for point in evidence.curve]
        seen = [point.seen.value for point in evidence.curve]
        spread = _spread([point.seen for point in evidence.curve])
        axes.errorbar(expected, seen, yerr=spread, color=BLUE, fmt="o-", ms=4, lw=1.2, capsize=2)
        ends = [
            *expected,
            *(end for point in evidence.curve for end in (point.seen.low, point.seen.high)),
        ]
        window = max(0.0, min(ends) - 0.05), min(1.0, max(ends) + 0.05)
        axes.set(xlim=window, ylim=window, xlabel="expected", ylabel="seen", title=title)
        axes.set_aspect("equal")
        return _svg(canvas)


def comparison_plot(figures: dict[str, Figure], label: str) -> str:
    """One line a model, with its interval; the release is coloured."""
    names = sorted(figures, key=lambda name: figures[name].value)
    return _rows([(name, figures[name], name == MODEL) for name in names], label)


def ratio_plot(figures: Sequence[tuple[str, Figure]], low: float, high: float) -> str:
    """Offer-rate ratios of groups, with the band that is taken for fair."""
    rows = [(name, one, low <= one.value <= high) for name, one in reversed(figures)]
    return _rows(rows, "offers, for each one that others would have had", band=(low, high))


def _rows(
    rows: Sequence[tuple[str, Figure, bool]],
    label: str,
    band: tuple[float, float] | None = None,
) -> str:
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=(4.8, 0.55 + 0.27 * len(rows)), layout="constrained")
        axes = canvas.subplots()
        if band is not None:
            axes.axvspan(*band, color=BLUE, alpha=0.08, linewidth=0)
            axes.axvline(1.0, color=SOFT, linewidth=1)
        for at, (_, one, is_marked) in enumerate(rows):
            plain = RED if band is not None else SOFT
            colour = BLUE if is_marked else plain
            axes.errorbar(
                one.value, at, xerr=_spread([one]), fmt="o", ms=5, color=colour, lw=1.4, capsize=2
            )
        axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel(label)
        axes.grid(axis="x", color=SOFT, alpha=0.25)
        return _svg(canvas)


def _spread(figures: Sequence[Figure]) -> list[list[float]]:
    """How far the intervals reach below and above, as matplotlib wants it."""
    below = [max(0.0, one.value - one.low) for one in figures]
    above = [max(0.0, one.high - one.value) for one in figures]
    return [below, above]


def _svg(canvas: Canvas) -> str:
    out = io.StringIO()
    canvas.savefig(out, format="svg", metadata={"Date": None})
    drawn = out.getvalue()
    return drawn[drawn.index("<svg") :]
