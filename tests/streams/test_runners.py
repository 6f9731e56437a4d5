"""One script, three runners: Faust, a plain consumer, no broker. The same outcomes to the byte."""

import asyncio
import subprocess
from collections.abc import Sequence

import msgspec
import pytest

from events.codec import encode, event_headers
from events.envelope import Headers, Record
from events.facts import ClockTicked, Fact, ModelPromoted, OfferAccepted, WorkerForgotten
from events.topics import DEAD_LETTERS, EVENTS, OUTCOMES
from gigmatch.logread import LogReader
from gigmatch.settings import Settings
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from streams.faust_app import create_app
from streams.matcher import Matcher
from streams.plain import PlainRunner
from tests.brokers import Broker
from tests.matching.scenario import JOB, WORKER
from tests.streams.memory import MemoryTopics, matcher_on
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

PATIENCE_S = 120.0
FACTS: list[Fact] = [
    ClockTicked(now=NOW),
    WORKER,
    msgspec.structs.replace(WORKER, worker_id="W-2"),
    JOB,
    OfferAccepted(offer_id="none", worker_id="W-1", zone=ZONE),
    ModelPromoted(release="rules:v1"),
    msgspec.structs.replace(JOB, job_id="J-2", zone="511102", station_id="511102-01"),
    WorkerForgotten(worker_id="W-2", zone=ZONE),
    ClockTicked(now=NOW + 100 * HOUR),
]
TICK = record_of(ClockTicked(now=NOW + HOUR), 0)
ODD: list[tuple[bytes | None, bytes | None, Headers]] = [
    (None, None, ()),
    (b"", b"", ()),
    (b"\xff", b"\x00\xff", (("a", b"1"), ("a", b"2"), ("", b""), ("名", "值".encode()))),
    (ZONE.encode(), b"{}", (("ce_specversion", b"1.0"), ("ce_id", b"\xff"))),
    (b"", encode(WORKER), event_headers(WORKER, id="k", source="/s", time=None)),
    (None, encode(WORKER), event_headers(WORKER, id="l", source="/s", time=None)),
    (b"x", b"[" * 100_000, TICK.headers),
]


def _script() -> list[Record]:
    """What is published, as everyone who reads it should see it."""
    known = [record_of(fact, 0, structured=number % 3 == 2) for number, fact in enumerate(FACTS)]
    odd = [
        msgspec.structs.replace(TICK, key=key, value=value, headers=headers)
        for key, value, headers in ODD
    ]
    unreadable = msgspec.structs.replace(TICK, value=encode(JOB), headers=())
    mixed = [*known[:4], *odd, *known[4:], unreadable, known[1]]
    return [
        msgspec.structs.replace(record, offset=offset, timestamp=NOW + offset)
        for offset, record in enumerate(mixed)
    ]


SCRIPT = _script()


@pytest.fixture(scope="module")
def published(broker: Broker) -> Broker:
    ensure_topics(broker.bootstrap, 1, 1)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for record in SCRIPT[:-2]:
        publisher.publish(
            EVENTS,
            record.value,
            key=record.key,
            headers=record.headers,
            partition=0,
            timestamp=record.timestamp,
        )
    publisher.flush()
    argv: list[str | bytes] = [
        "kcat",
        "-b",
        broker.bootstrap,
        "-P",
        "-t",
        EVENTS,
        "-p",
        "0",
        "-k",
        "*",
    ]
    bad_name = [*argv, "-z", "lz4", "-H", "ce_specversion=1.0", "-H", b"\xff\xfe=1"]
    subprocess.run(bad_name, input=encode(JOB), check=True, timeout=120)
    last = SCRIPT[-1]
    publisher.publish(EVENTS, last.value, key=last.key, headers=last.headers, partition=0)
    publisher.close()
    return broker


class _Noting(Matcher):
    """A matcher that remembers what it has processed."""

    def __init__(self, topics: MemoryTopics) -> None:
        self.given: list[Record] = []
        super().__init__(topics, matcher_on(topics)[1], snapshot_every=1000, quarantine_after=0)

    async def process(self, partition: int, records: Sequence[Record]) -> None:
        await super().process(partition, records)
        self.given += records

    def on_assigned(self, partitions: set[int]) -> None:
        self.keep(partitions)

    def on_revoked(self, partitions: set[int]) -> None:
        pass

    def every_tick(self) -> None:
        pass


async def _without_broker(matcher: _Noting, log: Sequence[Record]) -> None:
    await matcher.process(0, log)


async def _plain(matcher: _Noting, broker: Broker) -> None:
    runner = PlainRunner(broker.bootstrap, matcher, [0])
    try:
        await runner.run_until({0: len(SCRIPT)})
    finally:
        runner.close()


async def _faust(matcher: _Noting, broker: Broker) -> None:
    settings = Settings(kafka=broker.bootstrap, group="runners")
    app = create_app(settings, matcher.process, matcher, tick_s=0.1)
    await app.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            while 0 not in matcher.partitions or len(matcher.given) < len(SCRIPT):
                await asyncio.sleep(0.05)
    finally:
        await app.stop()


@pytest.mark.filterwarnings("default")  # Faust's own
async def test_three_runners_do_the_same(published: Broker) -> None:
    with LogReader(published.bootstrap) as reader:
        log = list(reader.read(EVENTS, 0))
    seen = [
        msgspec.structs.replace(record, timestamp=SCRIPT[n].timestamp)
        for n, record in enumerate(log)
    ]
    assert seen == SCRIPT

    results = []
    for runner in (_faust, _plain):
        topics = MemoryTopics()
        matcher = _Noting(topics)
        await runner(matcher, published)
        assert matcher.given == log
        results.append((topics.all(OUTCOMES), topics.all(DEAD_LETTERS)))
    topics = MemoryTopics()
    await _without_broker(_Noting(topics), log)
    results.append((topics.all(OUTCOMES), topics.all(DEAD_LETTERS)))

    assert results[0] == results[1] == results[2]
    outcomes, dead_letters = results[0]
    assert len(outcomes) > 10
    assert len(dead_letters) == len(ODD)
