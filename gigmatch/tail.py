"""Following a topic live, without a consumer group."""

from collections.abc import Iterator
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from events.envelope import Record
from events.topics import MAX_RECORD_BYTES, OUTCOMES
from gigmatch.errors import NoTopicError
from gigmatch.kafka_address import client_config
from gigmatch.logread import LogReader, record_of

_BATCH: Final = 500
_PATIENCE_S: Final = 0.2


def follow_outcomes(bootstrap: str, *, from_start: bool = False) -> Iterator[Record | None]:
    """The records of `market.outcomes`, for ever, from now or from the start.

    None stands for a moment in which nothing comes. Raises NoTopicError when the topic is missing,
    KafkaException when the broker reports an error.
    """
    with LogReader(bootstrap) as reader:
        places = [
            TopicPartition(
                OUTCOMES, number, reader.bounds(OUTCOMES, number)[0 if from_start else 1]
            )
            for number in reader.partitions(OUTCOMES)
        ]
    if not places:
        raise NoTopicError(OUTCOMES)
    consumer = Consumer(
        {
            **client_config(bootstrap),
            "group.id": "gigmatch-unused",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 50,
            "fetch.message.max.bytes": MAX_RECORD_BYTES,
            "log_level": 0,
        }
    )
    consumer.assign(places)
    try:
        while True:
            first = consumer.poll(_PATIENCE_S)
            if first is None:
                yield None
                continue
            # Asking for a batch with patience would wait until the batch is full.
            for message in (first, *consumer.consume(_BATCH, timeout=0)):
                if (error := message.error()) is not None:
                    raise KafkaException(error)
                yield record_of(message)
    finally:
        consumer.close()
