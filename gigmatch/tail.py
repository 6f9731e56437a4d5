"""Following a topic live, without a consumer group."""

from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaException, TopicPartition

from events.envelope import Record
from events.topics import OUTCOMES
from gigmatch.logread import LogReader, record_of


def follow_outcomes(bootstrap: str, *, from_start: bool = False) -> Iterator[Record]:
    """The records of `market.outcomes`, for ever, from now or from the start."""
    with LogReader(bootstrap) as reader:
        places = [
            TopicPartition(
                OUTCOMES, number, 0 if from_start else reader.bounds(OUTCOMES, number)[1]
            )
            for number in reader.partitions(OUTCOMES)
        ]
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "gigmatch-unused",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
            "log_level": 0,
        }
    )
    consumer.assign(places)
    try:
        while True:
            for message in consumer.consume(500, 0.2):
                if message.error() is not None:
                    raise KafkaException(message.error())
                yield record_of(message)
    finally:
        consumer.close()
