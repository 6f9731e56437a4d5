"""What a matcher process shows of its partitions, and stops showing."""

from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from events.topics import EVENTS
from gigmatch.logread import LogReader
from gigmatch.settings import Settings
from gigmatch.topics_admin import ensure_topics
from matching.scorer import rules_only
from producers.publisher import Publisher
from streams.service import MatcherService
from tests.brokers import Broker, BrokerKind
from tests.streams.memory import MemoryTopics

PARTITIONS = 3


@pytest.fixture
def bootstrap(new_broker: Callable[[BrokerKind], Broker]) -> str:
    """A broker with an event in each partition."""
    broker = new_broker("embedded")
    ensure_topics(broker.bootstrap, PARTITIONS, 1)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for partition in range(PARTITIONS):
        publisher.publish(EVENTS, b"{}", key=b"511181", partition=partition)
    publisher.close()
    return broker.bootstrap


def shown() -> list[int]:
    """Whose lag is shown."""
    lags = {
        n: REGISTRY.get_sample_value("gigmatch_lag_records", {"partition": str(n)})
        for n in (0, 1, 2)
    }
    return [number for number, lag in lags.items() if lag is not None]


def test_a_partition_that_left_before_it_was_rebuilt_is_not_shown(bootstrap: str) -> None:
    settings = Settings(kafka=bootstrap)
    service = MatcherService(settings, MemoryTopics(), rules_only, PARTITIONS)
    with LogReader(bootstrap, group=settings.group, ahead=False) as reader:
        service.on_assigned({0, 1, 2})
        assert service._look(reader) == ""
        assert shown() == [0, 1, 2]
        service.on_revoked({1})
        service.on_assigned({0, 2})
        service._look(reader)
        assert shown() == [0, 2]
        service.on_assigned(set())
        service._look(reader)
        assert shown() == []
