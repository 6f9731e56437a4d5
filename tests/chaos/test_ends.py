"""Where topics end, how far a group has come, and what a follower has not read of it."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition

from events.envelope import Record
from events.topics import EVENTS, OUTCOMES
from producers.publisher import Publisher
from tests.brokers import MemoryBroker
from tests.chaos.ends import Place, committed, ends
from tests.chaos.following import Follower
from tests.chaos.kept import wait_for
from tests.system.matchers import make_topics

GROUP = "matchers"


@pytest.fixture
def broker() -> Iterator[MemoryBroker]:
    broker = MemoryBroker()
    broker.start()
    make_topics(broker, 2)
    yield broker
    broker.stop()


def test_all_ends_are_known_at_once(broker: MemoryBroker) -> None:
    nothing = {(topic, number): 0 for topic in (EVENTS, OUTCOMES) for number in range(2)}
    assert now(broker) == nothing
    say(broker, EVENTS, 1, 3)
    say(broker, OUTCOMES, 0, 2)
    assert now(broker) == nothing | {(EVENTS, 1): 3, (OUTCOMES, 0): 2}


def test_a_group_has_come_as_far_as_it_says(broker: MemoryBroker) -> None:
    assert committed(broker.bootstrap, GROUP, 2) == {(EVENTS, 0): 0, (EVENTS, 1): 0}
    say(broker, EVENTS, 1, 3)
    member = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": GROUP})
    member.commit(offsets=[TopicPartition(EVENTS, 1, 2)], asynchronous=False)
    member.close()
    assert committed(broker.bootstrap, GROUP, 2) == {(EVENTS, 0): 0, (EVENTS, 1): 2}


def test_what_a_follower_has_not_read_is_counted(broker: MemoryBroker) -> None:
    follower = Follower(broker.bootstrap, (EVENTS, OUTCOMES), 2)
    say(broker, EVENTS, 0, 3)
    say(broker, EVENTS, 1, 1)
    assert follower.left(now(broker)) == 4
    read: list[Record] = []

    def is_read() -> bool:
        read.extend(follower.new())
        return not follower.left(now(broker))

    wait_for(is_read, "all is read")
    say(broker, OUTCOMES, 1, 2)
    assert (len(read), follower.left(now(broker))) == (4, 2)
    follower.close()


def now(broker: MemoryBroker) -> dict[Place, int]:
    return ends(broker.bootstrap, (EVENTS, OUTCOMES), 2)


def say(broker: MemoryBroker, topic: str, partition: int, times: int) -> None:
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for _ in range(times):
        publisher.publish(topic, b"said", key=b"511181", partition=partition)
    publisher.close()
