"""People learn of employers by working, from friends and by talk."""

from random import Random

import msgspec
import pytest

from producers.simulator.people import employers
from producers.simulator.reputation import Reputations
from producers.simulator.town import emeishan

EMPLOYER = msgspec.structs.replace(employers(emeishan(), seed=1, count=1)[0], fairness=0.0)
FRIENDS = {"W-1": ("W-2",), "W-2": ("W-1",), "W-3": ()}


def test_talk_goes_before_experience_and_leans_to_the_truth() -> None:
    fair, unfair = (
        _known(msgspec.structs.replace(EMPLOYER, fairness=fairness)).belief(
            "W-1", EMPLOYER.employer_id
        )
        for fairness in (2.0, -2.0)
    )
    assert unfair < 0 < fair < 2


@pytest.mark.parametrize(("fairness", "sign"), [(2.0, 1), (-2.0, -1)])
def test_experience_moves_a_belief_towards_the_truth(fairness: float, sign: int) -> None:
    employer = msgspec.structs.replace(EMPLOYER, fairness=fairness)
    known = _known(EMPLOYER)
    beliefs = []
    for time in range(12):
        beliefs.append(sign * known.belief("W-1", employer.employer_id))
        known.experience("W-1", employer, paid=True, rng=Random(time))
    assert beliefs[0] < beliefs[3] < beliefs[-1] < 2


def test_own_experience_counts_more_than_a_friends_and_a_friends_more_than_talk() -> None:
    known = _known(EMPLOYER)
    before = known.belief("W-1", EMPLOYER.employer_id)
    for time in range(5):
        known.experience("W-1", EMPLOYER, paid=False, rng=Random(time))
    own, friend, stranger = (
        known.belief(worker, EMPLOYER.employer_id) for worker in ("W-1", "W-2", "W-3")
    )
    assert own < friend < stranger < before


def test_unpaid_wages_are_the_worst_experience() -> None:
    paid, unpaid = _known(EMPLOYER), _known(EMPLOYER)
    paid.experience("W-1", EMPLOYER, paid=True, rng=Random(1))
    unpaid.experience("W-1", EMPLOYER, paid=False, rng=Random(1))
    assert unpaid.belief("W-1", EMPLOYER.employer_id) < paid.belief("W-1", EMPLOYER.employer_id)


def _known(employer: object) -> Reputations:
    assert isinstance(employer, type(EMPLOYER))
    return Reputations([employer], FRIENDS, seed=1)
