"""An evaluation as files: one page with its pictures inside, JSON, and a model card."""

from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from models.evidence import plots
from models.evidence.audit import FAIR
from models.evidence.evaluation import Evaluation
from models.evidence.fairness import Audit, GroupAudit
from models.evidence.judge import LEAST_ROWS, Judgement
from models.evidence.slices import LOCAL
from models.manifest import Manifest

REPORT_FILE: Final = "report.html"
JSON_FILE: Final = "report.json"
CARD_FILE: Final = "model-card.md"

_TITLES: Final = {
    "accept": "Accepts an offer",
    "complete": "Does the work, once accepted",
    "age_band": "age",
    "gender": "gender",
    "township": "township",
}
_APART: Final = {
    "acceptance_rate": ("has said yes more often", "has said yes less often"),
    "reliability": ("has come more reliably", "has come less reliably"),
    "rating": ("is rated higher", "is rated lower"),
    "trade_acceptance_rate": ("has taken such work more often", "has taken such work less often"),
    "days_worked": ("has worked more of the last days", "has worked less of the last days"),
    "distance_km": ("lives farther away", "lives nearer"),
    "travel_minutes": ("travels longer", "travels less long"),
    "pay_over_floor": ("asks for less pay", "asks for more pay"),
    "skill_level": ("is more skilled", "is less skilled"),
    "worked_before": ("has worked there more often", "has worked there less often"),
    "reachable": ("can be reached at more hours", "can be reached at fewer hours"),
    "same_station": ("is of the job's own station more often", "is seldom of the job's station"),
}
"""How a group may differ from equally qualified others: by more, and by less, of a feature."""
LEAST_APART: Final = 0.05
"""In standard deviations; less is not worth a word."""


def write(folder: Path, evaluation: Evaluation, manifest: Manifest | None) -> dict[str, Path]:
    """Write report, JSON and card into a folder; their paths by name. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        REPORT_FILE: html(evaluation).encode(),
        JSON_FILE: msgspec.json.format(msgspec.json.encode(evaluation)) + b"\n",
        CARD_FILE: card(evaluation, manifest).encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


def html(evaluation: Evaluation) -> str:
    """The report as one page that needs no other file."""
    judgement = evaluation.judgement
    style = resources.files("models.evidence").joinpath("templates/report.css").read_text()
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            evaluation=evaluation,
            style=Markup(style),
            titles=_TITLES,
            plots=_pictures(judgement, evaluation.audit),
            kinds=list(dict.fromkeys(part.kind for part in judgement.slices)),
            least_rows=LEAST_ROWS,
        )
    )


def card(evaluation: Evaluation, manifest: Manifest | None) -> str:
    """The model card, written from the figures, as Markdown."""
    groups = {} if evaluation.audit is None else evaluation.audit.groups
    unfair = [
        (name, group) for name, found in groups.items() for group in found if group.is_fair is False
    ]
    return (
        _environment()
        .get_template("card.md.jinja")
        .render(
            evaluation=evaluation,
            manifest=manifest,
            titles=_TITLES,
            unfair=unfair,
            weakest=_weakest(evaluation.judgement),
        )
    )


def explained(group: GroupAudit) -> str:
    """In words why a group's ratio is outside, as far as the figures tell."""
    assert group.ratio is not None
    parts = []
    if group.ratio.low <= 1.0 <= group.ratio.high:
        parts.append("The interval holds 1, so this may be chance.")
    same = group.ratio_at_equal_score
    if same is not None and FAIR[0] <= same.value <= FAIR[1]:
        parts.append(
            f"Among those with equal scores the ratio is {same.value:.2f}: the score does it."
        )
    elif same is not None:
        parts.append(
            f"Also among those with equal scores it is {same.value:.2f}: who is near and who holds "
            "offers already does it, not the score alone."
        )
    told = [
        _APART[one.feature][one.deviations < 0]
        for one in group.why
        if one.feature in _APART and abs(one.deviations) >= LEAST_APART
    ]
    if told:
        parts.append(f"Beside equally qualified others this group {', '.join(told)}.")
    return " ".join(parts)


def _pictures(judgement: Judgement, audit: Audit | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        target: {
            "curve": Markup(plots.calibration_plot(evidence, _TITLES[target])),
            "losses": Markup(
                plots.comparison_plot(
                    {name: one["log_loss"] for name, one in evidence.models.items()}, "log loss"
                )
            ),
        }
        for target, evidence in judgement.targets.items()
    }
    found["order"] = {
        metric: Markup(
            plots.comparison_plot(
                {name: one[metric] for name, one in judgement.order.items() if metric in one},
                label,
            )
        )
        for metric, label in (("ndcg_at_10", "NDCG@10"), ("expected_fills", "expected fills"))
    }
    if audit is not None:
        found["audit"] = {
            name: Markup(
                plots.ratio_plot([(g.group, g.ratio) for g in groups if g.ratio is not None], *FAIR)
            )
            for name, groups in audit.groups.items()
        }
    return found


def _weakest(judgement: Judgement) -> str:
    """The slices on which the probabilities of acceptance are farthest off."""
    judged = [part for part in judgement.slices if "accept" in part.targets]
    worst = sorted(judged, key=lambda part: -part.targets["accept"]["ece"].value)[:3]
    return (
        "Largest calibration error of acceptance: "
        + ", ".join(
            f"{part.kind} {part.name} {part.targets['accept']['ece'].value:.3f}" for part in worst
        )
        + "."
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("models.evidence"),
        autoescape=select_autoescape(("html.jinja",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": lambda value, digits: f"{value:.{digits}f}",
        "thousands": lambda value: f"{value:,}",
        "signed": lambda value: f"{value:+.1f}",
        "plain": lambda value: f"{value:.6g}",
        "day": lambda at: f"{datetime.fromtimestamp(at / 1000, LOCAL):%Y-%m-%d %H:%M}",
        "explained": explained,
    }
    return environment
