"""A matcher with a name of its own, started again under it, has its partitions back at once.

Sessions last longer here than a test is patient: whoever waits for one to run out fails.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.ending import EXIT_CODE
from tests.brokers import KafkaBroker
from tests.system.matchers import (
    PATIENCE_S,
    MatcherProcess,
    folded_outcomes,
    make_topics,
    publish,
    published_outcomes,
    running_matcher,
    town_log,
    wait_for_outcomes,
)

pytestmark = pytest.mark.kafka
NAMED = {
    "GIGMATCH_INSTANCE": "matcher-1",
    "GIGMATCH_SESSION_TIMEOUT_S": str(round(2 * PATIENCE_S)),
}


def assigned(matcher: MatcherProcess) -> int:
    """How often it was told which partitions it has."""
    return matcher.log.read_text().count("partitions assigned")


def test_killed_and_started_again_it_disturbs_nobody_and_asked_to_end_it_leaves_at_once(
    new_broker: Callable[[str], KafkaBroker], tmp_path: Path
) -> None:
    broker = new_broker("kafka")
    make_topics(broker, 2)
    log = town_log(days=0.3)
    third = len(log) // 3
    publish(broker, log[:third])
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with running_matcher(broker, first, **NAMED) as matcher:
        matcher.wait_ready()
        neighbour = NAMED | {"GIGMATCH_INSTANCE": "matcher-2"}
        with running_matcher(broker, second, **neighbour) as other:
            other.wait_ready()
            wait_for_outcomes(broker, set(folded_outcomes(broker, 2)), matcher)
            matcher.kill()
            publish(broker, log[third : 2 * third])
            matcher.start_again()
            matcher.wait_ready()
            wait_for_outcomes(broker, set(folded_outcomes(broker, 2)), matcher)
            assert assigned(other) == 1
            assert matcher.stop() == 0
            publish(broker, log[2 * third :])
            expected = folded_outcomes(broker, 2)
            wait_for_outcomes(broker, set(expected), other)
    assert published_outcomes(broker)[0] == expected


def test_who_comes_later_under_the_same_name_has_it(
    new_broker: Callable[[str], KafkaBroker], tmp_path: Path
) -> None:
    broker = new_broker("kafka")
    make_topics(broker, 1)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with running_matcher(broker, first, **NAMED) as earlier:
        earlier.wait_ready()
        with running_matcher(broker, second, **NAMED) as later:
            assert earlier.wait_ended() == EXIT_CODE
            assert "give each matcher a name of its own" in earlier.log.read_text()
            later.wait_ready()
            publish(broker, town_log(days=0.05))
            wait_for_outcomes(broker, set(folded_outcomes(broker, 1)), later)
            assert assigned(later) == 1
            assert later.stop() == 0
