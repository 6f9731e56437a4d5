"""Where topics end, and how far a group of consumers has come: each in one question.

Each has a client of its own. A consumer that fetches is told nothing else by a broker until its
fetch is answered, which takes half a second where nothing is said; and a client that asked before a
leader fell asks that one for ever.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any, Final

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import OffsetSpec

from events.topics import EVENTS
from gigmatch.admin import admin_client

Place = tuple[str, int]
"""A topic and one of its partitions."""

_PATIENCE_S: Final = 60.0


def ends(bootstrap: str, topics: Iterable[str], partitions: int) -> dict[Place, int]:
    """The offset that the next record of each partition will get. Raises KafkaException."""
    newest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    asked = {TopicPartition(topic, n): newest for topic in topics for n in range(partitions)}
    answers: Mapping[TopicPartition, Future[Any]]
    with admin_client(bootstrap) as admin:
        answers = admin.list_offsets(asked, request_timeout=_PATIENCE_S)
        return {(at.topic, at.partition): one.result().offset for at, one in answers.items()}


def committed(bootstrap: str, group: str, partitions: int) -> dict[Place, int]:
    """The offsets of events that a group goes on from, 0 where it has none.

    Raises KafkaException.
    """
    places = [TopicPartition(EVENTS, number) for number in range(partitions)]
    asked = ConsumerGroupTopicPartitions(group, places)
    with admin_client(bootstrap) as admin:
        answers = admin.list_consumer_group_offsets([asked], request_timeout=_PATIENCE_S)
        found = answers[group].result().topic_partitions
    return {(at.topic, at.partition): max(0, at.offset) for at in found}
