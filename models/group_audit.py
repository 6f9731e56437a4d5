"""Is a candidate as honest about every group of people? An audit for the gate.

Groups (age band, township, …) come from outside, are never a feature, and are seen only here.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import numpy as np

from models.dataset import Labels
from models.gate import Judged

LEAST_ROWS: Final = 200
MOST_GAP: Final = 0.05
"""Highest difference of expected and observed acceptance, or of work done, in one group."""


class GroupAudit:
    """Refuses a candidate that promises a group more or less than became true.

    A group's gap may be above MOST_GAP only where that of the release at work is no smaller, or
    two standard errors of the observed rate explain it.
    """

    def __init__(self, groups: Mapping[str, str]) -> None:
        """`groups` by worker id."""
        self._groups = groups

    def __call__(self, judged: Judged) -> list[str]:
        """Reasons against the candidate."""
        workers = judged.data.column("worker_id").tolist()
        names = np.array([self._groups.get(worker, "") for worker in workers])
        sizes = sorted(Counter(names.tolist()).items())
        large = [group for group, rows in sizes if group and rows >= LEAST_ROWS]
        if not large:
            return [
                f"no group has {LEAST_ROWS} offers to be judged by: does the file name the workers "
                "as the log does?"
            ]
        return [reason for group in large for reason in _against(group, judged, names == group)]


def _against(group: str, judged: Judged, rows: Labels) -> list[str]:
    data = judged.data
    reasons = []
    for at, (what, labels, known) in enumerate(
        (
            ("acceptance", data.accepted, rows),
            ("completion", data.completed, rows & judged.data.finished),
        )
    ):
        if (count := int(known.sum())) < LEAST_ROWS:
            continue
        observed = float(labels[known].mean())
        expected = float(judged.candidate[at][known].mean())
        before = float(judged.at_work[at][known].mean())
        chance = 2 * (observed * (1 - observed) / count) ** 0.5
        if abs(expected - observed) > max(MOST_GAP, abs(before - observed)) + chance:
            reasons.append(
                f"group {group}: expected {what} {expected:.3f}, observed {observed:.3f} over "
                f"{count} offers; the release at work says {before:.3f}"
            )
    return reasons
