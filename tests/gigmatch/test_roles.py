"""The table of roles: least privilege, as rules that hold of all of it."""

import pytest
from confluent_kafka.admin import AclOperation, ResourceType

from events.topics import DEAD_LETTERS, EVENTS, OUTCOMES, SNAPSHOTS, TOPICS
from gigmatch.roles import ROLES, AccessError, bindings, ensure_access


def test_one_role_writes_outcomes_and_snapshots() -> None:
    for topic in (OUTCOMES, SNAPSHOTS):
        assert [name for name, role in ROLES.items() if topic in role.writes] == ["matcher"]


def test_dead_letters_are_written_by_the_matcher_and_marked_by_who_sends_them_again() -> None:
    writers = {name for name, role in ROLES.items() if DEAD_LETTERS in role.writes}
    assert writers == {"matcher", "gateway", "operator"}


def test_a_station_may_write_events_and_nothing_else() -> None:
    station = ROLES["station"]
    assert (station.reads, station.writes, station.groups) == ((), (EVENTS,), ())


def test_no_two_roles_are_members_of_one_group() -> None:
    groups = [group for role in ROLES.values() for group in role.groups if "unused" not in group]
    assert len(groups) == len(set(groups))


def test_an_access_list_says_no_more_than_the_role() -> None:
    known = {topic.name for topic in TOPICS}
    for role in ROLES:
        for binding in bindings(role, "someone"):
            assert binding.principal == "User:someone"
            if binding.restype is ResourceType.TOPIC:
                assert binding.name in known
            if binding.operation is AclOperation.WRITE:
                assert binding.name in ROLES[role].writes


def test_a_broker_without_users_is_not_asked_for_access_lists() -> None:
    """The answer of the embedded one ended the process in librdkafka, without a word."""
    with pytest.raises(AccessError, match="names no user"):
        ensure_access("127.0.0.1:1", [("matcher", "matcher")])
