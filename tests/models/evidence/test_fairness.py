"""The audit, on pairs whose fairness is known by construction, and on a log."""

from pathlib import Path

import numpy as np
import pytest

from matching.features import FEATURES
from matching.scorer import RuleScorer, rules_only
from models.dataset import Dataset
from models.evidence.audit import Exposure, Pairs, Person, PersonsError, gini, read_persons
from models.evidence.evaluation import Evaluation
from models.evidence.fairness import Audit, audit
from models.evidence.report import explained
from models.sources import read_all
from tests.models.conftest import draw_rows

JOBS, EACH = 200, 20
SKILL = FEATURES.index("skill_level")


class Made(Exposure):
    """Pairs made up: women and men in turn, asked by a rate of theirs, in two levels of skill."""

    def __init__(self, women: float, men: float, women_are_skilled: float = 0.5) -> None:
        super().__init__()
        random = np.random.default_rng(1)
        count = JOBS * EACH
        is_woman = np.arange(count) % 2 == 0
        rows = draw_rows(count, 2)
        skilled = random.random(count) < np.where(is_woman, women_are_skilled, 0.5)
        rows[:, SKILL] = np.where(skilled, 3, 1)
        rate = np.where(is_woman, women, men) * np.where(skilled, 1.0, 0.4)
        ids = np.array([f"W-{n % EACH}" for n in range(count)])
        self._pairs = Pairs(
            np.repeat(np.arange(JOBS), EACH),
            ids,
            ids,
            rows,
            np.zeros(count, np.int64),
            random.random(count) < rate,
        )

    def pairs(self) -> Pairs:
        return self._pairs


def people() -> dict[str, Person]:
    return {
        f"W-{n}": Person(
            worker_id=f"W-{n}",
            age_band="30-44",
            gender=("female", "male")[n % 2],
            township=f"{n % 3:02}",
        )
        for n in range(EACH)
    }


def audited(exposure: Exposure, dataset: Dataset) -> Audit:
    return audit(exposure, people(), dataset, RuleScorer(), replicates=100, seed=0)


def ratios(found: Audit) -> dict[str, float]:
    return {g.group: g.ratio.value for g in found.groups["gender"] if g.ratio is not None}


def test_equal_rates_are_fair(dataset: Dataset) -> None:
    found = audited(Made(0.5, 0.5), dataset)
    assert ratios(found) == pytest.approx({"female": 1.0, "male": 1.0}, abs=0.1)
    assert all(group.is_fair for group in found.groups["gender"])


def test_half_the_rate_is_a_ratio_of_a_half(dataset: Dataset) -> None:
    found = audited(Made(0.3, 0.6), dataset)
    assert ratios(found) == pytest.approx({"female": 0.5, "male": 2.0}, rel=0.1)
    woman, man = found.groups["gender"]
    assert woman.is_fair is False
    assert woman.ratio is not None
    assert woman.ratio.low < 0.5 < woman.ratio.high < 0.8
    assert "Also among those with equal scores" in explained(man)


def test_offers_of_another_release_say_nothing_of_this_one(dataset: Dataset) -> None:
    """Its card had the clean bill of the rules, or their blame."""
    exposure = Made(0.3, 0.6)
    exposure.made_by["sha256:" + "c" * 64] = 7
    found = audited(exposure, dataset)
    assert not found.is_of_its_own
    assert ratios(found) == pytest.approx({"female": 0.5, "male": 2.0}, rel=0.1)
    assert all(group.is_fair is None for groups in found.groups.values() for group in groups)


def test_who_is_less_skilled_is_compared_with_others_as_skilled(dataset: Dataset) -> None:
    found = audited(Made(0.5, 0.5, women_are_skilled=0.1), dataset)
    assert ratios(found) == pytest.approx({"female": 1.0, "male": 1.0}, abs=0.1)


def test_a_group_that_is_everybody_has_no_ratio(dataset: Dataset) -> None:
    (everybody,) = audited(Made(0.5, 0.5), dataset).groups["age_band"]
    assert (everybody.ratio, everybody.is_fair) == (None, None)


def test_calibration_is_by_group(dataset: Dataset) -> None:
    for group in audited(Made(0.5, 0.5), dataset).groups["gender"]:
        assert group.answered > 1_000
        assert group.bias is not None
        assert group.ece is not None
        assert group.bias.low < group.bias.value < group.bias.high


def test_a_log_is_audited_posting_by_posting(evaluation: Evaluation) -> None:
    found = evaluation.audit
    assert found is not None
    assert found.postings > 150
    assert found.pairs > 1_000
    assert found.unknown == 1
    assert 0 < found.offers_gini < 1
    assert 0 < found.exposure_gini < 1
    by_gender = {group.group: group for group in found.groups["gender"]}
    assert sum(group.pairs for group in by_gender.values()) < found.pairs
    for group in by_gender.values():
        assert group.ratio is not None
        assert 0.6 < group.ratio.value < 1.6


def test_a_log_that_is_given_twice_has_twice_the_people(evaluation: Evaluation, log: Path) -> None:
    """Ids of one log are others' in the next: nobody has both their offers."""
    once, exposure = evaluation.audit, Exposure()
    data, _ = read_all([log, log], 1, rules_only, on_step=exposure.on_step, on_log=exposure.on_log)
    persons = {id: person for id, person in people().items() if id not in ("W-1", "W-2")}
    renamed = {id.replace("-", ""): one for id, one in persons.items()}
    twice = audit(exposure, renamed, data.answered(), RuleScorer(), replicates=2, seed=0)
    assert once is not None
    assert (twice.pairs, twice.postings) == (2 * once.pairs, 2 * once.postings)
    assert twice.offers_gini == pytest.approx(once.offers_gini, abs=0.02)
    assert twice.exposure_gini == pytest.approx(once.exposure_gini, abs=0.02)
    groups = twice.groups["gender"]
    assert sum(group.people for group in groups) == 2 * len(renamed)
    assert twice.unknown == 2 * (40 - len(renamed))


def test_gini_knows_the_ends() -> None:
    assert gini([3, 3, 3]) == pytest.approx(0.0)
    assert gini([0] * 99 + [7]) == pytest.approx(0.99)
    assert gini([0, 0]) == 0.0


def test_a_file_of_persons_says_which_line_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "persons.jsonl"
    path.write_text(
        '{"worker_id": "W", "age_band": "60+", "gender": "female", "township": "1"}\n{}'
    )
    with pytest.raises(PersonsError, match=r"persons\.jsonl, line 2: .*worker_id"):
        read_persons(path)
    path.write_text("")
    with pytest.raises(PersonsError, match="holds nobody"):
        read_persons(path)
