"""The figures of a fairness audit, and in words why a group's ratio is what it is."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from matching.features import FEATURES
from matching.scorer import Scorer
from models.dataset import Dataset
from models.evidence.audit import ATTRIBUTES, FAIR, Attribute, Exposure, Pairs, Person, gini
from models.evidence.bootstrap import Bootstrap, Figure, Numbers, figures, metrics, ratio

LEAST_PAIRS = 200


class Difference(msgspec.Struct, frozen=True):
    """How a group differs from those it competes with, in standard deviations of a feature."""

    feature: str
    deviations: float


class GroupAudit(msgspec.Struct, frozen=True, kw_only=True):
    """One group. Ratios and calibration are missing where too few pairs or answers were seen.

    `bias` is the mean of P(accept) less the share of yes.
    """

    group: str
    people: int
    pairs: int
    ratio: Figure | None
    ratio_at_equal_score: Figure | None
    is_fair: bool | None
    why: tuple[Difference, ...]
    answered: int
    ece: Figure | None
    bias: Figure | None
    offers_a_person: float
    offers_gini: float
    exposure_gini: float


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """A whole audit; `unknown` is how many of the workers are not in the file of persons.

    `made_by` are the offers of the logs by the release that scored them. Only where all are of the
    release in question do ratios say whether it is fair; of others' offers they say how those were
    made, and no group has a verdict.
    """

    release: str
    made_by: dict[str, int]
    postings: int
    pairs: int
    unknown: int
    offers_gini: float
    exposure_gini: float
    groups: dict[str, tuple[GroupAudit, ...]]

    @property
    def is_of_its_own(self) -> bool:
        """Whether the release made all the offers that were looked at."""
        return self.made_by.keys() <= {self.release}


def audit(
    exposure: Exposure,
    persons: dict[str, Person],
    test: Dataset,
    scorer: Scorer,
    replicates: int,
    seed: int,
) -> Audit:
    """Audit a log's offers, and a release's calibration on the answered offers of `test`."""
    pairs = exposure.pairs()
    p_accept, p_complete = scorer.probabilities(pairs.features)
    worker_of = dict(zip(pairs.people.tolist(), pairs.workers.tolist(), strict=True))
    everybody = sorted(worker_of)
    offers = dict.fromkeys(everybody, 0)
    for one in pairs.people[pairs.asked].tolist():
        offers[one] += 1
    is_own = exposure.made_by.keys() <= {scorer.release}
    bench = _Bench(exposure, persons, pairs, p_accept * p_complete, test, scorer, replicates, seed)
    return Audit(
        release=scorer.release,
        made_by=dict(sorted(exposure.made_by.items())),
        postings=len(set(pairs.jobs.tolist())),
        pairs=len(pairs.jobs),
        unknown=sum(worker_of[one] not in persons for one in everybody),
        offers_gini=round(gini(offers.values()), 4),
        exposure_gini=round(gini(exposure.shown.get(one, 0.0) for one in everybody), 4),
        groups={name: bench.groups(name, offers, is_own) for name in ATTRIBUTES},
    )


class _Bench:
    """What every group's figures are made from."""

    def __init__(
        self,
        exposure: Exposure,
        persons: dict[str, Person],
        pairs: Pairs,
        scores: Numbers,
        test: Dataset,
        scorer: Scorer,
        replicates: int,
        seed: int,
    ) -> None:
        self._exposure, self._persons, self._pairs, self._test = exposure, persons, pairs, test
        self._qualified = np.unique(pairs.equally_qualified(), return_inverse=True)[1]
        self._scored = np.unique(pairs.equally_scored(scores), return_inverse=True)[1]
        self._jobs = Bootstrap(pairs.jobs, replicates, seed)
        self._answers = Bootstrap(test.jobs, replicates, seed).rows
        self._p_accept, _ = scorer.probabilities(test.features)

    def groups(
        self, attribute: Attribute, offers: dict[str, int], is_own: bool
    ) -> tuple[GroupAudit, ...]:
        by_id = {id: getattr(one, attribute) for id, one in self._persons.items()}
        mine, answered = (
            np.array([by_id.get(id, "") for id in ids], np.str_)
            for ids in (self._pairs.workers.tolist(), self._test.column("worker_id"))
        )
        group_of = dict(zip(self._pairs.people.tolist(), mine.tolist(), strict=True))
        known = {group for group in group_of.values() if group}
        return tuple(
            self._group(group, mine == group, answered == group, group_of, offers, is_own)
            for group in sorted(known)
        )

    def _group(
        self,
        group: str,
        rows: NDArray[np.bool_],
        answered: NDArray[np.bool_],
        group_of: dict[str, str],
        offers: dict[str, int],
        is_own: bool,
    ) -> GroupAudit:
        people = [one for one in offers if group_of[one] == group]
        enough = rows.sum() >= LEAST_PAIRS and not rows.all()
        found = self._ratio(rows, self._qualified) if enough else None
        calibration = self._calibration(answered)
        return GroupAudit(
            group=group,
            people=len(people),
            pairs=int(rows.sum()),
            ratio=found,
            ratio_at_equal_score=self._ratio(rows, self._scored) if enough else None,
            is_fair=FAIR[0] <= found.value <= FAIR[1] if found is not None and is_own else None,
            why=self._differences(rows) if enough else (),
            answered=int(answered.sum()),
            ece=calibration.get("ece"),
            bias=calibration.get("bias"),
            offers_a_person=round(float(np.mean([offers[one] for one in people])), 3),
            offers_gini=round(gini(offers[one] for one in people), 4),
            exposure_gini=round(gini(self._exposure.shown.get(one, 0.0) for one in people), 4),
        )

    def _calibration(self, rows: NDArray[np.bool_]) -> dict[str, Figure]:
        truth = self._test.accepted[rows]
        if len(truth) < LEAST_PAIRS or len(np.unique(truth)) < 2:
            return {}
        return figures(metrics(truth, self._p_accept[rows], self._answers[:, rows]))

    def _ratio(self, rows: NDArray[np.bool_], strata: NDArray[np.intp]) -> Figure | None:
        """Mantel-Haenszel: offers of the group over those it would have had with others' rates."""
        asked = self._pairs.asked.astype(float)
        here, there = rows.astype(float), (~rows).astype(float)
        size = np.bincount(strata).astype(float)[strata]
        others = np.bincount(strata, there)[strata]
        group = np.bincount(strata, here)[strata]
        over = self._jobs.sums(asked * here * others / size)
        under = self._jobs.sums(asked * there * group / size)
        clusters = self._jobs.clusters
        return figures({"ratio": ratio(clusters @ over, clusters @ under)}).get("ratio")

    def _differences(self, rows: NDArray[np.bool_]) -> tuple[Difference, ...]:
        """Where the group lies apart from the others of its strata, farthest first."""
        strata, features = self._qualified, np.nan_to_num(self._pairs.features.astype(float))
        size = np.bincount(strata).astype(float)
        found = []
        for at, name in enumerate(FEATURES):
            mean = np.bincount(strata, features[:, at]) / size
            apart = features[:, at] - mean[strata]
            spread = apart.std()
            if spread > 1e-9:
                found.append(Difference(name, round(float(apart[rows].mean() / spread), 3)))
        return tuple(sorted(found, key=lambda one: -abs(one.deviations))[:3])
