"""The read model that pages are held against is that of the log as it is now."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
from confluent_kafka import Consumer, TopicPartition
from redis import Redis

from events.envelope import Record
from events.topics import EVENTS, OUTCOMES
from gigmatch.processes import LOCALHOST, free_port
from gigmatch.readmodel.keys import PREFIX
from gigmatch.settings import PACKAGED_RELEASES, Settings
from matching.engine import Engine
from models.registry import Registry
from producers.publisher import Publisher
from tests.brokers import MemoryBroker, RedisServer
from tests.chaos.mirror import Mirror, digests
from tests.system.matchers import make_topics, publish, town_log


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def broker(stack: ExitStack) -> MemoryBroker:
    broker = MemoryBroker()
    broker.start()
    stack.callback(broker.stop)
    make_topics(broker, 1)
    return broker


def test_pages_are_like_the_mirrors_when_they_are_of_all_that_is_on_the_log(
    stack: ExitStack, broker: MemoryBroker
) -> None:
    mirror, _ = mirrored(stack, broker)
    pages, url = mirrored(stack, broker)
    log = town_log(0.5, registered=60)
    engine, half = Engine(0, 1, Registry(PACKAGED_RELEASES).open), len(log) // 2
    say(broker, log[:half], engine)
    assert not mirror.is_like(url)
    assert not pages.differs(url)
    assert mirror.is_like(url)
    before = mirror.progress(url)
    say(broker, log[half:], engine)
    assert not mirror.is_like(url)
    assert not pages.differs(url)
    assert mirror.is_like(url)
    assert mirror.progress(url) != before
    with Redis.from_url(url, decode_responses=True) as redis:
        key = next(redis.scan_iter("*:worker:*"))
        redis.set(key, "spoilt")
    assert mirror.differs(url)[key][0] == "spoilt"


def test_a_read_model_that_does_not_answer_has_no_progress(
    stack: ExitStack, broker: MemoryBroker
) -> None:
    mirror, _ = mirrored(stack, broker)
    assert mirror.progress(f"redis://{LOCALHOST}:{free_port()}/0") == {}


def test_a_digest_tells_each_kind_of_key_with_something_else_in_it(stack: ExitStack) -> None:
    redis = RedisServer()
    redis.start()
    stack.callback(redis.stop)
    with Redis.from_url(redis.url) as client:
        for key in ("same", "again", "other"):
            last = "other" if key == "other" else "same"
            members = ["a", "b", *map(str, range(600)), last]
            client.set(f"{PREFIX}string:{key}", last)
            client.sadd(f"{PREFIX}set:{key}", *(members if key == "same" else members[::-1]))
            client.zadd(f"{PREFIX}zset:{key}", {"a": 1.5, "b": 2.0 if last == "same" else 3.0})
            client.xadd(f"{PREFIX}stream:{key}", {"data": last}, id="1-1")
            client.set(f"{PREFIX}progress:{key}", "not compared")
    found = digests(redis.url)
    assert len(found) == 12
    for kind in ("string", "set", "zset", "stream"):
        same, again, other = (found[f"{PREFIX}{kind}:{key}"] for key in ("same", "again", "other"))
        assert same == again != other


def mirrored(stack: ExitStack, broker: MemoryBroker) -> tuple[Mirror, str]:
    """A mirror, and where its read model is."""
    redis = RedisServer()
    redis.start()
    stack.callback(redis.stop)
    mirror = Mirror(broker.bootstrap, redis.url, 1)
    stack.callback(mirror.close)
    return mirror, redis.url


def say(broker: MemoryBroker, log: Sequence[Record], engine: Engine) -> None:
    """Publish records and what a matcher answers, which then has passed them."""
    publish(broker, log)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for record in log:
        for one in engine.step(record).emissions:
            publisher.publish(OUTCOMES, one.value, key=one.key, headers=one.headers, partition=0)
    publisher.close()
    group = Settings(kafka=broker.bootstrap).group
    matcher = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group})
    matcher.commit(offsets=[TopicPartition(EVENTS, 0, engine.last_offset + 1)], asynchronous=False)
    matcher.close()
