"""The topics on a broker: made when missing, compared with what they should be."""

import time
from typing import Final

import msgspec
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from events.texts import text
from events.topics import TOPICS, Topic
from gigmatch.admin import admin_client
from gigmatch.errors import NoBrokerError, UserError
from gigmatch.tls_trouble import kafka_why

TIMEOUT_S: Final = 15.0
_LOOK_S: Final = 0.05


class TopicsError(UserError):
    """The broker does not answer, or a topic is not as it must be; says what to do."""


class TopicReport(msgspec.Struct, frozen=True, kw_only=True):
    """A topic as it is; `problems` is empty when it is as it should be."""

    name: str
    partitions: int
    created: bool
    problems: tuple[str, ...]


def ensure_topics(
    bootstrap: str, partitions: int, replication: int, language: str = "en"
) -> list[TopicReport]:
    """Create the missing topics, then check all of them.

    Raises TopicsError when the broker does not answer or a topic cannot be used.
    """
    with admin_client(bootstrap) as admin:
        existing = _partitions(admin, bootstrap, language)
        missing = [topic for topic in TOPICS if topic.name not in existing]
        _create(admin, missing, partitions, replication, language)
    created, give_up = {topic.name for topic in missing}, time.monotonic() + TIMEOUT_S
    while True:
        reports = check_topics(bootstrap, partitions, created, language)
        # In a cluster the brokers hear of new topics one after the other.
        if all(report.partitions for report in reports) or time.monotonic() > give_up:
            break
        time.sleep(_LOOK_S)
    if problems := [f"{r.name}: {problem}" for r in reports for problem in r.problems]:
        raise TopicsError("; ".join(problems))
    return reports


def check_topics(
    bootstrap: str,
    partitions: int | None = None,
    created: set[str] | None = None,
    language: str = "en",
) -> list[TopicReport]:
    """Every topic as it is on the broker. `partitions` None accepts any equal number.

    Problems are told in `language`. Raises TopicsError when the broker does not answer.
    """
    with admin_client(bootstrap) as admin:
        existing = _partitions(admin, bootstrap, language)
        wanted = partitions if partitions is not None else max(existing.values(), default=0)
        settings = {name: _config(admin, name, language) for name in existing}
    known = {name: (existing[name], found) for name, found in settings.items() if found is not None}
    return [
        TopicReport(
            name=topic.name,
            partitions=known[topic.name][0] if topic.name in known else 0,
            created=topic.name in (created or set()),
            problems=_problems(topic, known.get(topic.name), wanted, language),
        )
        for topic in TOPICS
    ]


def _partitions(admin: AdminClient, bootstrap: str, language: str) -> dict[str, int]:
    try:
        known = admin.list_topics(timeout=TIMEOUT_S)
    except KafkaException as error:
        why = kafka_why(error, bootstrap, language)
        told = NoBrokerError(bootstrap, why).told(language)
        raise TopicsError(told) from error
    ours = {topic.name for topic in TOPICS}
    return {name: len(topic.partitions) for name, topic in known.topics.items() if name in ours}


def _create(
    admin: AdminClient, missing: list[Topic], partitions: int, replication: int, language: str
) -> None:
    if not missing:
        return
    new = [
        NewTopic(
            topic.name,
            num_partitions=partitions,
            replication_factor=replication,
            config=topic.config,
        )
        for topic in missing
    ]
    for name, future in admin.create_topics(new, operation_timeout=TIMEOUT_S).items():
        try:
            future.result(timeout=TIMEOUT_S)
        except TimeoutError:
            raise TopicsError(text("topics.untold", language, name=name)) from None
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                why = error.args[0].str()
                raise TopicsError(
                    text("topics.not_created", language, name=name, why=why)
                ) from error


def _problems(
    topic: Topic, found: tuple[int, dict[str, str]] | None, wanted: int, language: str
) -> tuple[str, ...]:
    """What is wrong with a topic, given its partitions and settings; None when it is not there."""
    if found is None:
        return (text("topics.missing", language),)
    partitions, actual = found
    problems = []
    if partitions != wanted:
        problems.append(text("topics.other_number", language, n=partitions, wanted=wanted))
    problems += [
        text("topics.setting", language, setting=key, actual=actual[key], wanted=value)
        for key, value in topic.config.items()
        if actual.get(key, value) != value
    ]
    return tuple(problems)


def _config(admin: AdminClient, name: str, language: str) -> dict[str, str] | None:
    """The settings of a topic; None where the broker that is asked has not heard of it."""
    resource = ConfigResource(ResourceType.TOPIC, name)
    try:
        described = admin.describe_configs([resource])[resource].result(timeout=TIMEOUT_S)
    except TimeoutError:
        raise TopicsError(text("topics.untold", language, name=name)) from None
    except KafkaException as error:
        if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise
        return None
    return {key: str(entry.value) for key, entry in described.items()}
