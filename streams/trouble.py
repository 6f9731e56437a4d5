"""Why a projector cannot go on, for its log and for whoever asks whether it is well."""

from confluent_kafka import KafkaException
from redis import RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gigmatch.settings import Settings
from gigmatch.tls_trouble import kafka_why, redis_trouble
from gigmatch.topics_admin import TopicsError

Failure = RedisError | KafkaException | TopicsError


def trouble_of(error: Failure, settings: Settings) -> str:
    """What was said, and what to do about it where TLS is the reason."""
    if isinstance(error, KafkaException):
        return f"{type(error).__name__}: {kafka_why(error, settings.kafka)}"
    said = f"{type(error).__name__}: {error}"
    is_of_line = isinstance(error, RedisConnectionError | RedisTimeoutError)
    told = redis_trouble(settings.redis) if is_of_line else ""
    return f"{told} ({said})" if told else said
