"""Who may do what in Kafka and in Redis: one table, from which access lists are made.

A role is the user of one kind of process. What is not named here is refused by a cluster with an
authorizer (`allow.everyone.if.no.acl.found=false`, Kafka's own default).
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from events.phrases import translated
from events.topics import (
    AUDIT,
    DEAD_LETTERS,
    EVENTS,
    NOTIFICATIONS,
    NOTIFIER_STATE,
    OUTCOMES,
    SNAPSHOTS,
    TOPICS,
)
from gigmatch.admin import admin_client
from gigmatch.errors import SaidError
from gigmatch.kafka_address import parse_kafka_address

TIMEOUT_S: Final = 15.0
_READING: Final = "gigmatch-unused"
"""The group of those who read a partition without being members of anything."""
_PASSED: Final = ("gigmatch-matcher",)
"""Whose offsets say which facts the matcher has passed, where no outcome does."""


class AccessError(SaidError):
    """The access lists cannot be made; says why."""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """Topics a role reads and writes, groups it is a member of, groups it may look at."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()


ROLES: Final[dict[str, Role]] = {
    "station": Role(writes=(EVENTS,)),
    "matcher": Role(
        reads=(EVENTS, OUTCOMES, SNAPSHOTS),
        writes=(EVENTS, OUTCOMES, SNAPSHOTS, DEAD_LETTERS),
        groups=("gigmatch-matcher", _READING),
    ),
    "projector": Role(
        reads=(EVENTS, OUTCOMES, NOTIFICATIONS),
        groups=("gigmatch-projector", _READING),
        watches=_PASSED,
    ),
    "notifier": Role(
        reads=(EVENTS, OUTCOMES, NOTIFICATIONS, NOTIFIER_STATE),
        writes=(NOTIFICATIONS, NOTIFIER_STATE),
        groups=("gigmatch-notifier", _READING),
        watches=_PASSED,
    ),
    "gateway": Role(
        reads=(EVENTS, OUTCOMES, SNAPSHOTS, DEAD_LETTERS),
        writes=(EVENTS, AUDIT, DEAD_LETTERS),
        groups=("gigmatch-gateway", _READING),
    ),
    "operator": Role(
        reads=tuple(topic.name for topic in TOPICS),
        writes=(EVENTS, AUDIT, DEAD_LETTERS),
        groups=(_READING,),
        watches=(*_PASSED, "gigmatch-projector", "gigmatch-notifier"),
    ),
}


def bindings(role: str, user: str) -> Iterator[AclBinding]:
    """The access list of a role's user."""
    rights = ROLES[role]
    for topic in rights.reads:
        yield _allow(ResourceType.TOPIC, topic, user, AclOperation.READ)
    for topic in rights.writes:
        yield _allow(ResourceType.TOPIC, topic, user, AclOperation.WRITE)
    for topic in sorted({*rights.reads, *rights.writes}):
        yield _allow(ResourceType.TOPIC, topic, user, AclOperation.DESCRIBE_CONFIGS)
    for group in rights.groups:
        yield _allow(ResourceType.GROUP, group, user, AclOperation.READ)
    for group in rights.watches:
        yield _allow(ResourceType.GROUP, group, user, AclOperation.DESCRIBE)


def ensure_access(bootstrap: str, users: Iterable[tuple[str, str]]) -> int:
    """Allow users what their roles may, by (role, user); how many entries there are.

    Nothing is taken away: whoever must lose a right loses the user. Raises AccessError.
    """
    if parse_kafka_address(bootstrap).user is None:  # asked all the same, the embedded broker's
        raise AccessError("access.no_user")  # answer ends the process in librdkafka
    wanted = [binding for role, user in users for binding in bindings(role, user)]
    try:
        with admin_client(bootstrap) as admin:
            for made in admin.create_acls(wanted, request_timeout=TIMEOUT_S).values():
                made.result(timeout=TIMEOUT_S)
    except KafkaException as error:
        raise AccessError("access.not_made", why=translated(error.args[0].str())) from error
    return len(wanted)


def _allow(kind: ResourceType, name: str, user: str, operation: AclOperation) -> AclBinding:
    return AclBinding(
        kind,
        name,
        ResourcePatternType.LITERAL,
        f"User:{user}",
        "*",
        operation,
        AclPermissionType.ALLOW,
    )
