"""The topics on real brokers: made once, and looked at honestly."""

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from events.topics import DEAD_LETTERS, EVENTS, OUTCOMES, TOPICS
from gigmatch.admin import admin_client
from gigmatch.processes import free_port
from gigmatch.topics_admin import TopicsError, _create, _partitions, check_topics, ensure_topics
from tests.brokers import Broker, KafkaBroker, MemoryBroker


def test_missing_topics_are_named_then_made_once(broker: Broker) -> None:
    missing = check_topics(broker.bootstrap)
    assert all("gigmatch topics --create" in report.problems[0] for report in missing)
    made = ensure_topics(broker.bootstrap, 3, 1)
    assert [(r.name, r.partitions, r.created) for r in made] == [(t.name, 3, True) for t in TOPICS]
    again = ensure_topics(broker.bootstrap, 3, 1)
    assert not any(report.created or report.problems for report in again)
    with pytest.raises(TopicsError, match="GIGMATCH_PARTITIONS"):
        ensure_topics(broker.bootstrap, 4, 1)


def test_topics_that_others_made_are_compared(kafka: KafkaBroker) -> None:
    others = [NewTopic(EVENTS, 2, 1, config={"retention.ms": "1000"}), NewTopic(OUTCOMES, 1, 1)]
    with admin_client(kafka.bootstrap) as admin:
        for future in admin.create_topics(others).values():
            future.result(timeout=120)
    reports = {report.name: report for report in check_topics(kafka.bootstrap)}
    assert any("retention.ms is 1000, not -1" in problem for problem in reports[EVENTS].problems)
    assert any("1 partition, not 2" in problem for problem in reports[OUTCOMES].problems)


def test_a_broker_that_hears_late_of_new_topics_is_asked_again(
    embedded_broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def known(admin: AdminClient, bootstrap: str, language: str) -> dict[str, int]:
        found = _partitions(admin, bootstrap, language)
        asked.append(len(found))
        if len(asked) in (2, 3):
            found.pop(EVENTS, None)
        return found

    monkeypatch.setattr("gigmatch.topics_admin._partitions", known)
    made = ensure_topics(embedded_broker.bootstrap, 2, 1)
    assert [(report.name, report.partitions) for report in made] == [(t.name, 2) for t in TOPICS]
    assert len(asked) == 4


def test_a_topic_that_the_broker_asked_for_settings_has_not_heard_of_is_missing(
    kafka: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a cluster another broker may have named them."""
    monkeypatch.setattr(
        "gigmatch.topics_admin._partitions", lambda *_: {topic.name: 2 for topic in TOPICS}
    )
    reports = {report.name: report for report in check_topics(kafka.bootstrap)}
    assert reports[DEAD_LETTERS].partitions == 0
    assert "gigmatch topics --create" in reports[DEAD_LETTERS].problems[0]


def test_no_broker_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gigmatch.topics_admin.TIMEOUT_S", 1.0)
    with pytest.raises(TopicsError, match="GIGMATCH_KAFKA"):
        check_topics(f"127.0.0.1:{free_port()}")
    with pytest.raises(TopicsError, match="没有 Kafka 回答"):
        check_topics(f"127.0.0.1:{free_port()}", language="zh-CN")


def test_a_broker_that_does_not_say_whether_a_topic_is_made_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gigmatch.topics_admin.TIMEOUT_S", 0.2)
    with (
        admin_client(f"127.0.0.1:{free_port()}") as admin,
        pytest.raises(TopicsError, match=f"{EVENTS} is set up: try again"),
    ):
        _create(admin, [TOPICS[0]], 1, 1, "en")
