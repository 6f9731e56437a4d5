"""Which log it is: told by the broker, or said in words that it is not told."""

import pytest

from events.topics import EVENTS, OUTCOMES
from gigmatch.processes import free_port
from gigmatch.topics_admin import TopicsError, ensure_topics
from streams import consuming
from tests.brokers import MemoryBroker


def test_a_log_is_known_by_the_ids_of_its_topics(embedded_broker: MemoryBroker) -> None:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    told = consuming.log_id(embedded_broker.bootstrap, EVENTS, OUTCOMES)
    assert told == consuming.log_id(embedded_broker.bootstrap, EVENTS, OUTCOMES)
    assert told.split(",")[0] == consuming.log_id(embedded_broker.bootstrap, EVENTS)


def test_a_broker_that_says_nothing_is_an_error_that_projectors_wait_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not the future's own: that ended the thread of the notices for good."""
    monkeypatch.setattr(consuming, "TIMEOUT_S", 0.1)
    with pytest.raises(TopicsError, match="does not tell its topics"):
        consuming.log_id(f"127.0.0.1:{free_port()}", EVENTS)
