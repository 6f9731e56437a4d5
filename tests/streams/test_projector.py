"""The projector: exactly once, whoever dies, on real brokers and a real Redis."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import pytest
from confluent_kafka import Consumer, TopicPartition
from redis import Redis

from events.codec import decode_outcome
from events.envelope import Record
from events.facts import ClockTicked
from events.outcomes import BookingConfirmed, OfferExpired
from events.topics import EVENTS, OUTCOMES, partition_of
from gigmatch.processes import free_port
from gigmatch.readmodel.keys import ENDS, LIVE_LENGTH, job_key, live_key, progress_key, zone_key
from gigmatch.settings import Settings
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from streams import calibration
from streams.partition_projector import PartitionProjector
from streams.projector import Projector, TopicsMissingError, rebuild
from streams.redis_store import OvertakenError, RedisStore
from tests.brokers import Broker, BrokerKind
from tests.projecting import LOG, answered, dump, project, town_log
from tests.town import NOW, ZONE
from tests.worlds import record_of

PARTITIONS = 2
HOUR_MS = 3_600_000
OWNER = partition_of(ZONE, PARTITIONS)


@pytest.fixture(scope="module")
def log() -> list[Record]:
    return town_log(hours=60, registered=300)


@pytest.fixture(params=["embedded"])
def settings(
    request: pytest.FixtureRequest, new_broker: Callable[[BrokerKind], Broker], redis_url: str
) -> Settings:
    broker = new_broker(request.param)
    ensure_topics(broker.bootstrap, PARTITIONS, 1)
    return Settings(
        kafka=broker.bootstrap,
        redis=redis_url,
        group="matchers",
    )


on_both_brokers = pytest.mark.parametrize(
    "settings", [pytest.param("kafka", marks=pytest.mark.kafka), "embedded"], indirect=True
)


@pytest.fixture
def projector(settings: Settings) -> Iterator[Projector]:
    made = Projector(settings)
    yield made
    made.close()


def publish(settings: Settings, log: Sequence[Record]) -> None:
    publisher = Publisher(settings.kafka, client_id="tests")
    for record in log:
        publisher.publish(
            record.topic, record.value, key=record.key, headers=record.headers, partition=OWNER
        )
    publisher.flush()
    publisher.close()


def pass_by(settings: Settings, offset: int) -> None:
    """Commit as the matcher does when it has passed all events before an offset."""
    consumer = Consumer({"bootstrap.servers": settings.kafka, "group.id": settings.group})
    consumer.commit(offsets=[TopicPartition(EVENTS, OWNER, offset)], asynchronous=False)
    consumer.close()


def count(log: Sequence[Record], topic: str) -> int:
    return sum(record.topic == topic for record in log)


def run_until(projector: Projector, settings: Settings, log: Sequence[Record]) -> None:
    """Run until all of a log is in the read model."""
    wanted = (count(log, EVENTS), count(log, OUTCOMES))
    with RedisStore(settings.redis) as store:
        while True:
            projector.run_once()
            progress = store.peek(OWNER)
            if progress is not None and (progress.events, progress.outcomes) == wanted:
                return


def test_projecting_twice_changes_nothing(redis_url: str, log: list[Record]) -> None:
    project(redis_url, log)
    once = dump(redis_url)
    project(redis_url, log)
    assert dump(redis_url) == once
    assert len(once[live_key(0)]) == LIVE_LENGTH


@pytest.mark.parametrize("every", [97, 1009])
def test_a_death_at_any_place_changes_nothing(
    redis_url: str, log: list[Record], every: int
) -> None:
    project(redis_url, log)
    undisturbed = dump(redis_url)
    Redis.from_url(redis_url).flushall()
    project(redis_url, log, every=every)
    assert dump(redis_url) == undisturbed


def accept_answers() -> float:
    """Offers whose answer the projectors of this process have counted."""
    samples = [one for family in calibration.OFFERS.collect() for one in family.samples]
    counted = (one for one in samples if one.name.endswith("_total"))
    return sum(one.value for one in counted if one.labels["target"] == "accept")


def test_who_reads_the_log_again_counts_the_answers_of_the_last_day(
    settings: Settings, projector: Projector, log: list[Record]
) -> None:
    """The alert rules would take what was answered in years for what is so today."""
    outcomes = [decode_outcome(record)[1] for record in log if record.topic == OUTCOMES]
    since = outcomes[-1].at - 24 * HOUR_MS
    ended = [one.at for one in outcomes if isinstance(one, BookingConfirmed | OfferExpired)]
    publish(settings, log)
    pass_by(settings, count(log, EVENTS))
    before = accept_answers()
    run_until(projector, settings, log)
    of_a_day = sum(at >= since for at in ended)
    assert 0 < of_a_day <= accept_answers() - before < len(ended)


def test_a_flush_of_nothing_but_what_is_expected_is_noticed(redis_url: str) -> None:
    """Nobody told readers again how far the log goes: whatever they asked for was 503 for good."""
    with RedisStore(redis_url) as store:
        store.progress([0], LOG)
        store.expect({0: 0})
        assert not store.overtaken()
        store.flush()
        assert store.overtaken()


def test_of_two_that_project_one_goes_first(redis_url: str, log: list[Record]) -> None:
    with RedisStore(redis_url) as one, RedisStore(redis_url) as other:
        one.expect({0: 0})
        first = PartitionProjector(one, 0, 1, one.progress([0], LOG)[0])
        second = PartitionProjector(other, 0, 1, other.progress([0], LOG)[0])
        for record in log[:200]:
            first.take(record)
            second.take(record)
        first.write()
        with pytest.raises(OvertakenError):
            second.write()
        assert other.overtaken()
        assert not one.overtaken()


def test_another_log_begins_at_zero(redis_url: str, log: list[Record]) -> None:
    project(redis_url, log[:200])
    with RedisStore(redis_url) as store:
        progress = store.progress([0], "other/topics")[0]
    assert progress.events == 0
    assert dump(redis_url) == {}


@on_both_brokers
def test_from_a_broker_and_again_after_a_flush(
    settings: Settings, projector: Projector, log: list[Record]
) -> None:
    publish(settings, log)
    pass_by(settings, count(log, EVENTS))
    run_until(projector, settings, log)
    right = dump(settings.redis)
    assert zone_key(ZONE) in right

    with Redis.from_url(settings.redis) as redis:
        redis.flushall()  # and a projector that is running notices
        run_until(projector, settings, log)
        expected = cast("bytes", redis.hget(ENDS, str(OWNER)))
    assert dump(settings.redis) == right
    assert int(expected) == count(log, OUTCOMES)

    another = Projector(settings)
    another.run_once()
    another.close()
    assert dump(settings.redis) == right


def test_a_fact_that_nothing_answers_shows_when_the_matcher_has_passed_it(
    settings: Settings, projector: Projector
) -> None:
    log = answered([record_of(ClockTicked(now=NOW), 0)])
    publish(settings, log)
    for _ in range(5):
        projector.run_once()
    assert dump(settings.redis) == {}
    pass_by(settings, 1)
    run_until(projector, settings, log)
    assert str(NOW) in dump(settings.redis)[progress_key(OWNER)]


def test_a_rebuild_beside_a_running_projector(
    settings: Settings, projector: Projector, log: list[Record]
) -> None:
    publish(settings, log)
    pass_by(settings, count(log, EVENTS))
    run_until(projector, settings, log)
    right = dump(settings.redis)
    with Redis.from_url(settings.redis) as redis:
        redis.set(job_key(ZONE, "J-ghost"), b"{}")

    asked_to_stop = threading.Event()
    shown: list[tuple[int, int]] = []
    running = threading.Thread(target=projector.run, args=(asked_to_stop,))
    running.start()
    records = rebuild(settings, lambda done, total: shown.append((done, total)), asked_to_stop)
    asked_to_stop.set()
    running.join()
    run_until(projector, settings, log)
    assert dump(settings.redis) == right
    assert records == len(log)
    assert shown[-1] == (len(log), len(log))


def test_an_absent_redis_is_waited_for(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"redis": f"redis://127.0.0.1:{free_port()}/0"})
    waiting, asked_to_stop = Projector(nowhere), threading.Event()
    running = threading.Thread(target=waiting.run, args=(asked_to_stop,))
    running.start()
    while "ConnectionError" not in waiting.trouble:
        time.sleep(0.05)
    asked_to_stop.set()
    running.join()
    waiting.close()


@pytest.mark.kafka
def test_missing_topics_say_what_to_do(
    new_broker: Callable[[BrokerKind], Broker], redis_url: str
) -> None:
    projector = Projector(Settings(kafka=new_broker("kafka").bootstrap, redis=redis_url))
    with pytest.raises(TopicsMissingError, match="gigmatch topics --create"):
        projector.run_once()
    projector.close()
