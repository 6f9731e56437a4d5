"""How this project's streams read the log: a consumer that commits nothing, and which log it is."""

from collections.abc import Mapping
from concurrent.futures import TimeoutError as NoAnswer
from typing import Final

from confluent_kafka import Consumer, TopicCollection

from events.topics import MAX_RECORD_BYTES
from gigmatch.admin import admin_client
from gigmatch.kafka_address import client_config
from gigmatch.logread import TIMEOUT_S
from gigmatch.settings import Settings
from gigmatch.topics_admin import TopicsError

PROJECTORS: Final = "gigmatch-projector"
"""The group whose rights projectors have; they are assigned partitions by number."""


def consumer_of(
    settings: Settings, group: str, config: Mapping[str, object] | None = None
) -> Consumer:
    """A consumer that commits nothing; `config` adds librdkafka settings.

    Raises KafkaAddressError.
    """
    return Consumer(
        {
            **client_config(settings.kafka),
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": settings.fetch_wait_ms,
            "fetch.message.max.bytes": MAX_RECORD_BYTES,
            "receive.message.max.bytes": 128 * 1024 * 1024,
            "log_level": 0,
            **(config or {}),
        }
    )


def log_id(bootstrap: str, *topics: str) -> str:
    """What tells this log from another at the same address: the ids of its topics.

    Raises TopicsError when the broker does not say, KafkaException when it cannot.
    """
    try:
        with admin_client(bootstrap) as admin:
            described = admin.describe_topics(TopicCollection(list(topics)))
            return ",".join(str(described[name].result(TIMEOUT_S).topic_id) for name in topics)
    except NoAnswer as error:
        raise TopicsError(f"the broker at {bootstrap} does not tell its topics") from error
