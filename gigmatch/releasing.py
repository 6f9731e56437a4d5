"""Passing a candidate's gate, as the model commands share it."""

import csv
from pathlib import Path

import numpy as np

from gigmatch.errors import UserError
from gigmatch.learning import Learnt
from matching.scorer import Scorer
from models.gate import Audit, Verdict, judge
from models.group_audit import GroupAudit
from models.manifest import Manifest


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
