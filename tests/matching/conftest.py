"""The town of the stories: one market, empty."""

import pytest

from tests.matching.scenario import Scenario


@pytest.fixture
def town() -> Scenario:
    return Scenario()
