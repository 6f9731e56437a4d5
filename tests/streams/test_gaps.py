"""A log that was cut before it was projected: the pages go on, and say what they lack."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from prometheus_client import REGISTRY
from redis import Redis
from structlog.testing import capture_logs

from events.envelope import Record
from events.topics import EVENTS, NOTIFICATIONS, OUTCOMES
from gigmatch.admin import admin_client
from gigmatch.processes import LOCALHOST
from gigmatch.readmodel.keys import PREFIX, zone_key
from gigmatch.settings import Settings
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from streams.gaps import Gap, gap_of
from streams.projector import Projector, rebuild
from streams.redis_store import GAPS, RedisStore
from tests.brokers import Broker, BrokerKind, KafkaBroker
from tests.flaky import FlakyLine
from tests.projecting import dump, town_log
from tests.streams.test_projector import OWNER, PARTITIONS, count, pass_by, publish, run_until
from tests.town import ZONE

CUT = {EVENTS: 70, OUTCOMES: 40}

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def log() -> list[Record]:
    return town_log(hours=30, registered=120)


@pytest.fixture
def settings(new_broker: Callable[[BrokerKind], Broker], redis_url: str) -> Settings:
    broker = new_broker("kafka")
    ensure_topics(broker.bootstrap, PARTITIONS, 1)
    return Settings(kafka=broker.bootstrap, redis=redis_url, group="matchers")


@pytest.fixture
def projector(settings: Settings) -> Iterator[Projector]:
    made = Projector(settings)
    yield made
    made.close()


def cut(settings: Settings, before: dict[str, int]) -> None:
    """Delete the records before these offsets, as retention does."""
    places = [TopicPartition(topic, OWNER, end) for topic, end in before.items()]
    with admin_client(settings.kafka) as admin:
        for future in admin.delete_records(places).values():
            future.result(120)


def wait_for_outcomes(settings: Settings, end: int) -> None:
    """Return when all outcomes before an offset are in the read model."""
    with RedisStore(settings.redis) as store:
        while (at := store.peek(OWNER)) is None or at.outcomes < end:
            time.sleep(0.05)


def missing(topic: str) -> float | None:
    labels = {"topic": topic, "partition": str(OWNER)}
    return REGISTRY.get_sample_value("gigmatch_projector_missing_records", labels)


def told(logs: Any) -> list[str]:
    return [entry["what"] for entry in logs if entry["log_level"] == "error"]


def test_a_log_that_is_whole_is_no_gap(
    settings: Settings, projector: Projector, log: list[Record]
) -> None:
    publish(settings, log)
    pass_by(settings, count(log, EVENTS))
    with capture_logs() as logs:
        run_until(projector, settings, log)
    assert (told(logs), missing(EVENTS)) == ([], None)
    assert GAPS not in dump(settings.redis)


def test_a_log_cut_before_a_flush_is_projected_as_far_as_it_goes_and_the_gap_is_told(
    settings: Settings, projector: Projector, log: list[Record]
) -> None:
    publish(settings, log)
    pass_by(settings, count(log, EVENTS))
    run_until(projector, settings, log)
    whole = dump(settings.redis)
    cut(settings, CUT)
    with Redis.from_url(settings.redis) as redis:
        redis.flushall()
    with capture_logs() as logs:
        run_until(projector, settings, log)
    first, second = told(logs)
    assert first.startswith(f"{EVENTS}/{OWNER} begins at offset {CUT[EVENTS]}")
    assert second.startswith(f"{OUTCOMES}/{OWNER} begins at offset {CUT[OUTCOMES]}")
    assert "gigmatch rebuild" in first
    assert (missing(EVENTS), missing(OUTCOMES)) == (CUT[EVENTS], CUT[OUTCOMES])
    shown = dump(settings.redis)
    assert zone_key(ZONE) in shown
    assert {f"{PREFIX}progress:{OWNER}", f"{PREFIX}live:{OWNER}"} <= shown.keys()
    assert shown.keys() - {GAPS} < whole.keys()  # some jobs are lost, and none is made up


def test_a_gap_is_told_until_the_read_model_has_none(
    settings: Settings, projector: Projector, log: list[Record]
) -> None:
    publish(settings, log)
    pass_by(settings, count(log, EVENTS))
    cut(settings, CUT)
    run_until(projector, settings, log)
    again = Projector(settings)  # all of the log is projected: its own progress shows no gap
    with capture_logs() as logs:
        again.run_once()
    again.close()
    assert len(told(logs)) == 2
    assert missing(OUTCOMES) == CUT[OUTCOMES]
    with Redis.from_url(settings.redis) as redis:
        redis.delete(GAPS)  # as a flush does, on a log whose records have been brought back
    again = Projector(settings)
    again.run_once()
    again.close()
    assert missing(OUTCOMES) is None


def test_a_log_cut_while_a_projector_hears_nothing_is_told(
    new_broker: Callable[[BrokerKind], Broker], redis_url: str, log: list[Record]
) -> None:
    """The client began at the oldest record there was, by itself."""
    broker = new_broker("kafka")
    assert isinstance(broker, KafkaBroker)
    ensure_topics(broker.bootstrap, PARTITIONS, 1)
    settings = Settings(kafka=broker.bootstrap, redis=redis_url, group="matchers")
    behind = settings.model_copy(update={"kafka": f"{LOCALHOST}:{broker.line}"})
    half = [record for record in log if record.offset < CUT[record.topic] // 2]
    publish(settings, half)
    with FlakyLine(broker.line, broker.behind) as line:
        projector, asked_to_stop = Projector(behind), threading.Event()
        running = threading.Thread(target=projector.run, args=(asked_to_stop,))
        running.start()
        with capture_logs() as logs:
            wait_for_outcomes(settings, count(half, OUTCOMES))
            line.cut()
            publish(settings, [one for one in log if one.offset >= CUT[one.topic] // 2])
            cut(settings, CUT)
            pass_by(settings, count(log, EVENTS))
            line.mend()
            wait_for_outcomes(settings, count(log, OUTCOMES))
        asked_to_stop.set()
        running.join()
        projector.close()
    assert len(set(told(logs))) == 2  # said again at each new try
    assert missing(OUTCOMES) == CUT[OUTCOMES] - CUT[OUTCOMES] // 2


def test_a_rebuild_ends_where_all_that_people_were_told_is_a_month_ago(
    settings: Settings, log: list[Record]
) -> None:
    publisher = Publisher(settings.kafka, client_id="tests")
    publisher.publish(NOTIFICATIONS, b"?", partition=OWNER)
    publisher.close()
    publish(settings, log)
    pass_by(settings, count(log, EVENTS))
    cut(settings, {NOTIFICATIONS: 1})
    assert rebuild(settings, lambda done, total: None, threading.Event()) == len(log) + 1


def test_a_gap_is_known_by_its_key() -> None:
    gap = Gap(EVENTS, 3, 10, 12)
    assert gap_of(gap.key, 12) == gap
    assert "10" in gap.told
