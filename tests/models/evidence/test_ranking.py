import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from models.dataset import Dataset
from models.evidence.bootstrap import Bootstrap
from models.evidence.ranking import judge_order


def order_of(data: Dataset, scores: np.ndarray) -> tuple[float, float]:
    found = judge_order(data, scores, Bootstrap(data.column("job_id"), 5, 0), 0)
    return float(found.ndcg[0]), float(found.fills[0])


@pytest.fixture(scope="module")
def small(dataset: Dataset) -> Dataset:
    return dataset.take(np.arange(len(dataset)) < 600)


def test_ndcg_is_that_of_scikit_learn_job_by_job(small: Dataset) -> None:
    scores = np.random.default_rng(1).random(len(small))
    good = small.accepted & ~(small.finished & ~small.completed)
    jobs = small.column("job_id")
    expected = [
        ndcg_score([good[jobs == job].astype(int)], [scores[jobs == job]], k=10)
        for job in dict.fromkeys(jobs)
        if 0 < good[jobs == job].sum() < (jobs == job).sum()
    ]
    assert order_of(small, scores)[0] == pytest.approx(np.mean(expected))


def test_fills_count_the_good_among_as_many_as_there_are_places(small: Dataset) -> None:
    scores = np.random.default_rng(2).random(len(small))
    good = small.accepted & ~(small.finished & ~small.completed)
    jobs, filled, places = small.column("job_id"), 0, 0
    for job in dict.fromkeys(jobs):
        best = np.argsort(-scores[jobs == job])[:2]
        filled += int(good[jobs == job][best].sum())
        places += 2
    assert order_of(small, scores)[1] == pytest.approx(filled / places)


def test_who_knows_the_answers_has_the_best_order(small: Dataset) -> None:
    good = (small.accepted & ~(small.finished & ~small.completed)).astype(float)
    best, by_chance, worst = (order_of(small, s) for s in (good, np.zeros(len(small)), -good))
    assert best[0] == pytest.approx(1.0)
    assert worst[0] < by_chance[0] < best[0]
    assert worst[1] < by_chance[1] < best[1]
