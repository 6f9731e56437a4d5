"""The outbox as a process: what a terminal hands over arrives, in order, whatever the weather."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from events.codec import ce_type, decode, encode
from events.envelope import LATE
from events.facts import ClockTicked, JobPosted, WorkerAvailable
from events.outcomes import OfferMade
from events.topics import partition_of
from events.values import Interval
from gigmatch.processes import LOCALHOST
from gigmatch.topics_admin import ensure_topics
from matching.engine import Engine
from matching.scorer import rules_only
from producers.outbox import sender as sending
from producers.outbox.process import wall_clock
from producers.outbox.sender import Sender
from producers.outbox.station import Station
from producers.outbox.store import Store
from tests.brokers import KafkaBroker, MemoryBroker
from tests.flaky import FlakyLine
from tests.matching.scenario import JOB, WORKER
from tests.system.outboxes import (
    PATIENCE_S,
    Event,
    published,
    running_outbox,
    said,
    sayings,
)
from tests.town import HOUR, ZONE
from tests.worlds import record_of

STATION = f"{ZONE}-05"
SOURCE = f"/zones/{ZONE}/stations/05"
DAY = 24 * HOUR


@pytest.mark.parametrize("make", [pytest.param(KafkaBroker, marks=pytest.mark.kafka), MemoryBroker])
def test_what_was_taken_without_a_broker_arrives_when_there_is_one(
    make: Callable[[], KafkaBroker | MemoryBroker], tmp_path: Path
) -> None:
    broker = make()
    events = sayings(STATION, 60)
    try:
        with running_outbox(broker.bootstrap, tmp_path) as outbox:
            answers = [outbox.take(event).status_code for event in events]
            assert answers == [202] * len(events)
            status = outbox.status()
            assert (status["waiting"], status["connected"]) == (len(events), False)
            broker.start()
            ensure_topics(broker.bootstrap, 2, 1)
            outbox.wait_sent()
            assert outbox.take(events[0]).json()["state"] == "sent"
            outbox.wait_for(lambda status: status["connected"] and status["trouble"] == "")
            assert outbox.status()["late"] == 0
            assert outbox.stop() == 0
        records = published(broker, partitions=2)
        assert said(records, SOURCE) == events
        assert len(records) == len(events)
        assert all(record.partition == partition_of(ZONE, 2) for record in records)
        assert all(record.key == ZONE.encode() for record in records)
        assert all(LATE not in dict(record.headers) for record in records)
    finally:
        broker.stop()


def test_a_broker_that_takes_everything_and_answers_nothing_is_not_connected(
    tmp_path: Path,
) -> None:
    broker = MemoryBroker()
    events = sayings(STATION, 2)
    try:
        broker.start()
        ensure_topics(broker.bootstrap, 1, 1)
        with running_outbox(broker.bootstrap, tmp_path) as outbox:
            assert outbox.take(events[0]).status_code == 202
            outbox.wait_sent()
            with broker.hanging():
                assert outbox.take(events[1]).status_code == 202
                told = "the broker has not answered for 5 s"
                outbox.wait_for(lambda status: status["trouble"] == told)
                outbox.wait_for(lambda status: not status["connected"])
                assert outbox.status()["waiting"] == 1
            outbox.wait_sent()
            outbox.wait_for(lambda status: status["connected"] and status["trouble"] == "")
        assert said(published(broker), SOURCE) == events
    finally:
        broker.stop()


@pytest.mark.kafka
def test_a_full_disk_is_told_and_nothing_is_half_written(
    kafka: KafkaBroker, tmp_path: Path
) -> None:
    ensure_topics(kafka.bootstrap, 1, 1)
    begin = len(published(kafka))
    events = sayings(STATION, 41)
    with (
        FlakyLine(kafka.line, kafka.behind) as line,
        running_outbox(f"{LOCALHOST}:{kafka.line}", tmp_path) as outbox,
    ):
        line.cut()
        for event in events[:-1]:
            assert outbox.take(event).status_code == 202
        outbox.fill_disk(room=1_000)
        answer = outbox.take(events[-1])
        assert answer.status_code == 507
        assert "磁盘" in answer.json()["title"]
        assert outbox.status()["waiting"] == 40
        outbox.free_disk()
        assert outbox.take(events[-1]).status_code == 202
        line.mend()
        outbox.wait_sent()
    assert said(published(kafka)[begin:], SOURCE) == events


@pytest.mark.kafka
def test_where_nothing_can_be_recorded_what_was_kept_is_sent_and_recorded_later(
    kafka: KafkaBroker, tmp_path: Path
) -> None:
    ensure_topics(kafka.bootstrap, 1, 1)
    begin = len(published(kafka))
    events = sayings(STATION, 40, begin=100)
    with (
        FlakyLine(kafka.line, kafka.behind) as line,
        running_outbox(f"{LOCALHOST}:{kafka.line}", tmp_path) as outbox,
    ):
        line.cut()
        for event in events:
            assert outbox.take(event).status_code == 202
        outbox.break_disk()
        line.mend()
        _wait(lambda: len(published(kafka)) == begin + len(events))
        _wait(lambda: "cannot be written" in outbox.status()["trouble"])
        assert outbox.status()["waiting"] == len(events)
        outbox.free_disk()
        outbox.wait_sent()
        outbox.wait_for(lambda status: status["trouble"] == "")
    records = published(kafka)[begin:]
    assert said(records, SOURCE) == events
    assert len(records) == len(events)


@pytest.mark.kafka
def test_a_batch_that_is_a_day_late_is_marked_and_offers_nobody_of_yesterday(
    kafka: KafkaBroker, tmp_path: Path
) -> None:
    now = wall_clock()
    ensure_topics(kafka.bootstrap, 1, 1)
    begin = len(published(kafka))
    today = Interval(start=now, end=now + 3 * DAY)
    yesterday = Interval(start=now - DAY, end=now - 10 * HOUR)
    facts: tuple[WorkerAvailable | JobPosted, ...] = (
        msgspec.structs.replace(WORKER, worker_id="W-today", windows=(yesterday, today)),
        msgspec.structs.replace(WORKER, worker_id="W-yesterday", windows=(yesterday,)),
        msgspec.structs.replace(
            WORKER, worker_id="W-until-yesterday", windows=(today,), valid_until=now - HOUR
        ),
        msgspec.structs.replace(
            JOB,
            headcount=3,
            shifts=(Interval(start=now + DAY, end=now + DAY + 4 * HOUR),),
        ),
    )
    store = Store(tmp_path / f"{STATION}.db", STATION, max_mb=1)
    for number, fact in enumerate(facts):
        store.add(f"late-{number}", ce_type(fact), encode(fact), now - DAY)
    store.close()
    with running_outbox(kafka.bootstrap, tmp_path) as outbox:
        outbox.wait_sent()
        assert outbox.status()["late"] == len(facts)

    records = published(kafka)[begin:]
    assert [decode(record).fact for record in records] == list(facts)
    assert all(int(dict(record.headers)[LATE]) >= 86_400 for record in records)
    assert {decode(record).time for record in records} == {now - DAY}
    engine = Engine(0, 1, rules_only)
    engine.step(record_of(ClockTicked(now=now), 0))
    asked = []
    for offset, record in enumerate(records, 1):
        step = engine.step(msgspec.structs.replace(record, offset=offset))
        assert step.rejection is None
        asked += [e.outcome.worker_id for e in step.emissions if isinstance(e.outcome, OfferMade)]
    assert asked == ["W-today"]


@pytest.mark.kafka
def test_what_gets_late_on_its_way_is_marked_all_the_same(
    kafka: KafkaBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line goes down with a fact under way: after a while another producer takes it over."""
    ensure_topics(kafka.bootstrap, 1, 1)
    begin = len(published(kafka))
    events = sayings(STATION, 2, begin=200)
    store = Store(tmp_path / "outbox.db", STATION, max_mb=1)
    stop = threading.Event()
    with FlakyLine(kafka.line, kafka.behind) as line:
        sender = Sender(
            store,
            Station.parse(STATION),
            f"{LOCALHOST}:{kafka.line}",
            late_after_s=3600,
            keep_s=3600,
            clock=wall_clock,
        )
        running = threading.Thread(target=sender.run, args=(stop,))
        running.start()
        try:
            _add(store, events[0])
            _wait(lambda: store.figures(0).waiting == 0)
            line.cut()
            _add(store, events[1])
            _wait(lambda: bool(sender._under_way))
            # Only now, lest a busy machine finds it late, or replaces its producer, before.
            monkeypatch.setattr(sender, "_clock", lambda: wall_clock() + 2 * HOUR)
            monkeypatch.setattr(sending, "RENEW_S", 1.0)
            _wait(lambda: "nothing has arrived" in sender.trouble)
            assert store.figures(0).waiting == 1
            line.mend()
            _wait(lambda: store.figures(0).waiting == 0)
        finally:
            stop.set()
            running.join()
    store.close()
    records = published(kafka)[begin:]
    assert said(records, SOURCE) == events
    assert [LATE in dict(record.headers) for record in records][:: len(records) - 1] == [
        False,
        True,
    ]


def _add(store: Store, event: Event) -> None:
    id, fact = event
    store.add(id, ce_type(fact), encode(fact), wall_clock())


def _wait(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)
