"""Passing a candidate's gate, as the model commands share it."""

import csv
from pathlib import Path

import numpy as np

from gigmatch.errors import SaidError
from gigmatch.learning import Learnt
from matching.scorer import Scorer
from models.gate import Audit, Verdict, judge
from models.group_audit import GroupAudit
from models.manifest import Manifest
from models.registry import Registry


def gate(
    learnt: Learnt,
    candidate: Scorer,
    manifest: Manifest,
    at_work: Scorer,
    registry: Registry,
    groups: Path | None = None,
) -> Verdict:
    """Judge a candidate on those offers of a log that neither it nor the release at work learnt.

    `groups` is a CSV file of worker_id,group for a fairness audit. Raises UserError for another,
    and for a candidate that does not say from when on it was tested.
    """
    if not manifest.trained_on.tested_from:
        raise SaidError("model.no_tested_from")
    since = max(manifest.trained_on.tested_from, _learnt_until(at_work.release, registry, learnt))
    unseen = learnt.data.take(np.asarray(learnt.data.times >= since))
    audits: list[Audit] = []
    if groups is not None:
        audits.append(GroupAudit(read_groups(groups)))
    return judge(unseen, candidate, at_work, audits)


def _learnt_until(release: str, registry: Registry, learnt: Learnt) -> int:
    """Until when the release at work has learnt, UTC ms; 0 when it was not from this market.

    One that was tested after the end of these logs learnt elsewhere, as the packaged one did.
    """
    if release not in {info.release for info in registry.releases()}:
        return 0
    tested_from = registry.manifest(release).trained_on.tested_from
    return tested_from if len(learnt.data) and tested_from <= int(learnt.data.times[-1]) else 0


def read_groups(path: Path) -> dict[str, str]:
    """The group of each worker, from a CSV file with the columns worker_id and group."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"worker_id", "group"} <= set(rows.fieldnames or ()):
            raise SaidError("model.groups", path=path)
        return {row["worker_id"]: row["group"] or "" for row in rows}
