"""Another broker for each partition: the same replicas, another one first."""

import pytest

from tests.chaos.leaders import reordered


@pytest.mark.parametrize("leader", [1, 2, 3])
def test_whoever_leads_is_the_last_to_be_preferred(leader: int) -> None:
    order = reordered([2, 3, 1], leader)
    assert order[-1] == leader
    assert sorted(order) == [1, 2, 3]
