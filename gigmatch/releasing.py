"""What the model commands share: finding a release by a name, and passing a candidate's gate."""

import csv
from pathlib import Path

import numpy as np

from gigmatch.errors import UserError
from gigmatch.learning import Learnt
from matching.scorer import Scorer
from models.gate import Audit, Verdict, judge
from models.group_audit import GroupAudit
from models.manifest import Manifest
from models.registry import Registry


def find(name: str, registry: Registry) -> str:
    """The full id of a release that opens, by its id, its first characters, or `newest`.

    Raises UserError when there is none of the name or several, ReleaseError when it is damaged.
    """
    known = [info.release for info in registry.releases()]
    wanted = name.removeprefix("sha256:")
    found = [id for id in known if wanted and id.removeprefix("sha256:").startswith(wanted)]
    release = registry.newest() if name == "newest" else (found[0] if len(found) == 1 else name)
    try:
        registry.open(release)
    except KeyError:
        several = f"{len(found)} releases begin with" if found else "There is no release"
        raise UserError(f"{several} {name}. gigmatch model list shows them all.") from None
    return release


def open_at_work(release: str, registry: Registry) -> Scorer:
    """The scorer at work. Raises UserError when this registry does not have it."""
    try:
        return registry.open(release)
    except KeyError:
        raise UserError(
            f"{release} is at work, but not in this registry: copy its folder here, or name what "
            "to compare with (--against)"
        ) from None


def gate(
    learnt: Learnt,
    candidate: Scorer,
    manifest: Manifest,
    at_work: Scorer,
    groups: Path | None = None,
) -> Verdict:
    """Judge a candidate on those offers of a log that are later than what it learnt from.

    `groups` is a CSV file of worker_id,group for a fairness audit. Raises UserError for another.
    """
    unseen = learnt.data.take(np.asarray(learnt.data.times >= manifest.trained_on.tested_from))
    audits: list[Audit] = []
    if groups is not None:
        audits.append(GroupAudit(read_groups(groups)))
    return judge(unseen, candidate, at_work, audits)


def read_groups(path: Path) -> dict[str, str]:
    """The group of each worker, from a CSV file with the columns worker_id and group."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"worker_id", "group"} <= set(rows.fieldnames or ()):
            raise UserError(f"{path}: the first line must name the columns worker_id and group")
        return {row["worker_id"]: row["group"] or "" for row in rows}
