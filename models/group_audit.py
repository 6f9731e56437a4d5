"""Is a candidate as honest about every group of people? An audit for the gate.

Groups (age band, township, …) come from outside, are never a feature, and are seen only here.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import numpy as np

from gigmatch.errors import in_each_language
from models.dataset import Labels
from models.gate import Judged, Reason

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

    def __call__(self, judged: Judged) -> list[Reason]:
        """Reasons against the candidate."""
        workers = judged.data.column("worker_id").tolist()
        names = np.array([self._groups.get(worker, "") for worker in workers])
        sizes = sorted(Counter(names.tolist()).items())
        large = [group for group, rows in sizes if group and rows >= LEAST_ROWS]
        if not large:
            return [in_each_language("gate.no_group", least=LEAST_ROWS)]
        return [reason for group in large for reason in _against(group, judged, names == group)]


def _against(group: str, judged: Judged, rows: Labels) -> list[Reason]:
    data = judged.data
    reasons = []
    for at, (what, labels, known) in enumerate(
        (
            ("accept", data.accepted, rows),
            ("complete", data.completed, rows & judged.data.finished),
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
                in_each_language(
                    "gate.unfair",
                    group=group,
                    target=in_each_language(f"training.target.{what}"),
                    expected=f"{expected:.3f}",
                    observed=f"{observed:.3f}",
                    n=count,
                    before=f"{before:.3f}",
                )
            )
    return reasons
