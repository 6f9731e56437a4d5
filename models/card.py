"""The card in a release's folder: what a person must know before they promote it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from models.manifest import Evidence, Manifest
from models.reference import FeatureReference

SHANGHAI: Final = timezone(timedelta(hours=8))

_FIGURES: Final = ("auc", "log_loss", "brier", "ece", "ece_chance")
_HEAD: Final = """\
# Model card

Two models in one file, both sums of trees. P(accept | offered): the mean, in log-odds, of
gradient-boosted trees and of a logistic regression. P(complete | accepted): a logistic regression.
The regressions are shrunk, never go against what is promised, and stand in the file as staircases,
one tree a feature. The score of a match is the product of both probabilities, times what the
market's policy makes of waiting and wage claims.
"""
_LIMITS: Final = """\
## Limits

- Only offers that were made are seen. About pairs that an earlier ranking put low it knows least.
- An offer that ran out counts as a no, though the worker may never have seen it.
- A probability is an average over similar offers, no judgement of a person. It orders offers and
  must not be used to exclude anybody. No sex, age, ethnicity, religion, disability or household
  register is among its features.
- It knows the days it learnt from. `gigmatch_drift_psi` says how far today is from them.
"""


def card(manifest: Manifest) -> str:
    """A manifest in words and tables, Markdown."""
    return "\n".join(
        (_HEAD, _trained_on(manifest), _metrics(manifest), _features(manifest), _LIMITS)
    )


def _trained_on(manifest: Manifest) -> str:
    on = manifest.trained_on
    lines = [
        "## What it was trained on\n",
        f"{on.text}\n",
        f"{on.days} days of offers: {on.train_rows} to learn from, {on.calibrate_rows} later ones "
        f"to calibrate, {on.test_rows} later still to judge. Data sha256: `{on.data}`.\n",
        "| log (sha256) | records | offers | from | to |",
        "| --- | ---: | ---: | --- | --- |",
    ]
    lines += [
        f"| `{log.sha256[:16]}` | {log.records} | {log.offers} | {_day(log.first)} "
        f"| {_day(log.last)} |"
        for log in on.logs
    ]
    return "\n".join([*lines, ""])


def _metrics(manifest: Manifest) -> str:
    lines = [
        "## How good it is on the last slice of time\n",
        "| | AUC | log loss | Brier | ECE | of it chance |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for target, evidence in manifest.metrics.items():
        lines += _evidence(target, evidence)
    return "\n".join([*lines, ""])


def _evidence(target: str, evidence: Evidence) -> list[str]:
    rows = {"model": evidence.model, **evidence.baselines}
    return [
        f"| {target}: {name} | " + " | ".join(f"{metrics[key]:.4f}" for key in _FIGURES) + " |"
        for name, metrics in rows.items()
    ]


def _features(manifest: Manifest) -> str:
    lines = [
        "## What it looks at\n",
        "| feature | kind | from | to | missing |",
        "| --- | --- | ---: | ---: | ---: |",
        *(_feature(one) for one in manifest.reference),
    ]
    return "\n".join([*lines, ""])


def _feature(one: FeatureReference) -> str:
    return f"| {one.name} | {one.kind} | {one.low:.4g} | {one.high:.4g} | {one.missing:.1%} |"


def _day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
