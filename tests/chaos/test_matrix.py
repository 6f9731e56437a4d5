"""A handful of faults on three brokers; the whole matrix is `make chaos`."""

from pathlib import Path

import pytest

from tests.chaos.matrix import Matrix
from tests.chaos.plan import suite
from tests.chaos.world import running_world


@pytest.mark.chaos
@pytest.mark.kafka
@pytest.mark.timeout(1_200)
def test_a_handful_of_faults_loses_doubles_and_changes_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    with running_world(tmp_path) as world:
        matrix = Matrix(world, said.append)
        matrix.run(suite())
        answered = len(world.oracle.outcomes)
    assert matrix.is_clean, "\n".join(said)
    assert [cell.count > 0 for cell in matrix.cells] == [True] * len(suite())
    assert answered > 1_000
