"""Kafka's client for what administrators do: topics, groups, access lists."""

from confluent_kafka.admin import AdminClient

from gigmatch.kafka_address import client_config


def admin_client(address: str) -> AdminClient:
    """A client to use in a `with`, which ends it. Raises KafkaAddressError.

    One that is left to the garbage collector may be ended by its own thread, when the collector
    runs while that thread tells an answer; librdkafka then aborts the process.
    """
    return AdminClient({**client_config(address), "log_level": 0})
