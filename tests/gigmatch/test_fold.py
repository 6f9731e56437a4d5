"""The two topics of a log as one: each event, then what was answered."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from events.envelope import Record
from events.facts import ModelPromoted
from events.topics import EVENTS, OUTCOMES, TOPICS
from gigmatch.errors import NoTopicError
from gigmatch.fold import answered, fold, open_log, read_answered, read_file, shape_of_file
from gigmatch.topics_admin import ensure_topics
from matching.scorer import rules_only
from producers.publisher import Publisher
from tests.brokers import Broker, BrokerKind
from tests.models.logbook import LogBook, live_through
from tests.named_rules import NAMED, knows_both


def event(offset: int) -> Record:
    return record(EVENTS, offset, "an event")


def outcome(id: str) -> Record:
    return record(OUTCOMES, 0, id)


def record(topic: str, offset: int, id: str) -> Record:
    headers = (("ce_id", id.encode()),)
    return Record(
        topic=topic, partition=0, offset=offset, timestamp=0, key=b"", value=b"{}", headers=headers
    )


def places(records: Iterator[Record]) -> list[int | str]:
    """Offsets of events, ids of outcomes."""
    return [
        one.offset if one.topic == EVENTS else dict(one.headers)["ce_id"].decode()
        for one in records
    ]


def test_outcomes_follow_their_event() -> None:
    events = [event(0), event(2), event(3)]
    outcomes = [outcome(id) for id in ("511181-0-0", "511181-0-1", "511181-3-0")]
    found = places(answered(events, outcomes))
    assert found == [0, "511181-0-0", "511181-0-1", 2, 3, "511181-3-0"]


def test_what_is_repeated_or_foreign_or_of_later_events_is_left_out() -> None:
    ids = ("511181-0-0", "511181-1-0", "511181-0-0", "511181-1-0", "what", "511181@3-1-0", "Z-9-0")
    found = places(answered([event(0), event(1)], [outcome(id) for id in ids]))
    assert found == [0, "511181-0-0", 1, "511181-1-0", "511181@3-1-0"]


@pytest.fixture
def bootstrap(new_broker: Callable[[BrokerKind], Broker]) -> str:
    return new_broker("embedded").bootstrap


def publish(bootstrap: str, book: LogBook) -> None:
    publisher = Publisher(bootstrap, client_id="tests")
    for one in book.records:
        publisher.publish(one.topic, one.value, key=one.key, headers=one.headers, partition=0)
    publisher.close()


def test_the_topics_of_a_broker_are_the_log_that_was_written(bootstrap: str) -> None:
    assert {EVENTS, OUTCOMES} <= {topic.name for topic in TOPICS}
    ensure_topics(bootstrap, 1, 1)
    book = LogBook()
    live_through(book, seed=3, days=2)
    publish(bootstrap, book)
    found = list(read_answered(bootstrap))
    assert [(one.topic, one.headers, one.value) for one in found] == [
        (one.topic, one.headers, one.value) for one in book.records
    ]


def refused_then() -> LogBook:
    """A promotion whose release was not there, and work that the rules have scored since."""
    book = LogBook()
    book.tell(ModelPromoted(release=NAMED))
    live_through(book, seed=3, days=2)
    return book


def test_a_file_says_which_promotions_were_refused(tmp_path: Path) -> None:
    book = refused_then()
    file = book.write(tmp_path / "log.jsonl")
    shape = shape_of_file(file)
    found = fold(read_file(file), 1, knows_both, is_refused=shape.is_refused)
    expected = fold(read_file(file), 1, rules_only)
    assert found.state_hash == expected.state_hash
    assert found.outcomes_sha256 == expected.outcomes_sha256
    assert fold(read_file(file), 1, knows_both).outcomes_sha256 != expected.outcomes_sha256


def test_so_do_the_topics(bootstrap: str) -> None:
    ensure_topics(bootstrap, 1, 1)
    book = refused_then()
    publish(bootstrap, book)
    shape, records = open_log(bootstrap, None)
    expected = fold(book.records, 1, rules_only)
    assert fold(records, 1, knows_both, is_refused=shape.is_refused).state_hash == (
        expected.state_hash
    )


def test_a_broker_without_the_topic_is_told(bootstrap: str) -> None:
    with pytest.raises(NoTopicError):
        next(read_answered(bootstrap))
