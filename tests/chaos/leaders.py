"""Who leads the partitions of a cluster, and another broker for each of them."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import AlterPartitionReassignmentsRequest
from confluent_kafka import ElectionType, KafkaException, TopicPartition

from gigmatch.admin import admin_client
from tests.chaos.ends import Place
from tests.chaos.kept import wait_for

_PATIENCE_S: Final = 120


def move(bootstrap: str) -> int:
    """Have every partition led by another of its replicas; how many that are.

    Raises TimeoutError when one still has the leader that it had, and KafkaException.
    """
    replicas, before = _described(bootstrap)
    orders = {place: reordered(replicas[place], leader) for place, leader in before.items()}
    asyncio.run(_prefer(bootstrap, orders))
    with admin_client(bootstrap) as admin:
        places = [TopicPartition(topic, number) for topic, number in before]
        admin.elect_leaders(ElectionType.PREFERRED, places).result(_PATIENCE_S)

    def have_moved() -> bool:
        _, now = _described(bootstrap)
        return all(now.get(place, -1) not in (-1, leader) for place, leader in before.items())

    wait_for(have_moved, "another broker leads each partition", patience_s=_PATIENCE_S)
    return len(before)


def reordered(replicas: Sequence[int], leader: int) -> list[int]:
    """The same replicas, whoever leads now being the last to be preferred."""
    return [*(node for node in replicas if node != leader), leader]


def _described(bootstrap: str) -> tuple[dict[Place, list[int]], dict[Place, int]]:
    """The replicas of every partition, and its leader."""
    with admin_client(bootstrap) as admin:
        topics = admin.list_topics(timeout=_PATIENCE_S).topics.items()
    partitions = {
        (name, number): partition
        for name, topic in topics
        for number, partition in topic.partitions.items()
    }
    replicas = {place: list(partition.replicas) for place, partition in partitions.items()}
    return replicas, {place: partition.leader for place, partition in partitions.items()}


async def _prefer(bootstrap: str, orders: Mapping[Place, list[int]]) -> None:
    """Give partitions the replicas that they have in another order.

    librdkafka has no such request. Raises KafkaException.
    """
    by_topic: defaultdict[str, list[tuple[int, list[int], Any]]] = defaultdict(list)
    for (topic, number), replicas in orders.items():
        by_topic[topic].append((number, replicas, {}))
    topics: list[Any] = [(topic, partitions, {}) for topic, partitions in by_topic.items()]
    client = AIOKafkaClient(bootstrap_servers=bootstrap.split(","))
    await client.bootstrap()
    try:
        request = AlterPartitionReassignmentsRequest(_PATIENCE_S * 1_000, topics, {})
        answer = await client.send(client.get_random_node(), request)
    finally:
        await client.close()
    refused = {code for _, answers, _ in answer.responses for _, code, _, _ in answers if code}
    if answer.error_code or refused:
        raise KafkaException(f"replicas keep their order: {answer.error_code}, {refused}")
