"""From the queue to the log, with the process dying at the one moment that matters."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from events.codec import ce_type, decode, encode
from events.envelope import LATE, Record
from events.facts import WorkerAvailable
from events.outcomes import MatchRanked
from events.topics import EVENTS
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from matching.engine import Engine
from matching.scorer import rules_only
from producers.outbox.errors import NoRoomError
from producers.outbox.sender import Sender
from producers.outbox.station import Station
from producers.outbox.store import Store
from tests.brokers import MemoryBroker
from tests.matching.scenario import WORKER

STATION = Station("511181", "05")
ACCEPTED_AT = 1_000_000


class PowerCut(BaseException):
    """The process ends here."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "outbox.db", STATION.name, max_mb=1)
    yield opened
    opened.close()


@contextmanager
def sending(
    store: Store, bootstrap: str, *, waited_s: float = 0, keep_s: float = 3600
) -> Iterator[Sender]:
    """A sender at work, for which the facts have waited so long."""
    sender = Sender(
        store,
        STATION,
        bootstrap,
        late_after_s=900,
        keep_s=keep_s,
        clock=lambda: ACCEPTED_AT + round(waited_s * 1000),
    )
    stop = threading.Event()

    def run() -> None:
        try:
            sender.run(stop)
        except PowerCut:
            stop.set()

    running = threading.Thread(target=run)
    running.start()
    try:
        yield sender
    finally:
        stop.set()
        running.join()


def test_a_death_between_delivery_and_recording_sends_twice_and_counts_once(
    embedded_broker: MemoryBroker, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    begin = len(log(embedded_broker))
    facts = add(store, "a", 30)
    cut = threading.Event()

    def dies(facts: Sequence[tuple[int, bool]], at: int) -> None:
        cut.set()
        raise PowerCut

    with monkeypatch.context() as patched, sending(store, embedded_broker.bootstrap):
        patched.setattr(store, "delivered", dies)
        assert cut.wait(120)
    with sending(store, embedded_broker.bootstrap):
        wait(lambda: store.figures(0).waiting == 0)
    records = log(embedded_broker)[begin:]
    assert len(records) > len(facts)
    once = {decode(record).id: decode(record).fact for record in records}
    assert list(once.values()) == facts
    engine = Engine(0, 1, rules_only)
    steps = [
        engine.step(msgspec.structs.replace(record, offset=offset))
        for offset, record in enumerate(records)
    ]
    ranked = [e.outcome for step in steps for e in step.emissions]
    assert [said.worker_id for said in ranked if isinstance(said, MatchRanked)] == [
        fact.worker_id for fact in facts
    ]


def test_what_cannot_be_recorded_now_is_recorded_later_and_sent_once(
    embedded_broker: MemoryBroker, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    begin = len(log(embedded_broker))
    first = add(store, "b", 5)

    def full(facts: Sequence[tuple[int, bool]], at: int) -> None:
        raise NoRoomError("the disk is full")

    with sending(store, embedded_broker.bootstrap) as sender:
        with monkeypatch.context() as patched:
            patched.setattr(store, "delivered", full)
            wait(lambda: sender.trouble == "the disk is full")
            more = add(store, "c", 5)
            wait(lambda: len(log(embedded_broker)) == begin + 10)
        wait(lambda: store.figures(0).waiting == 0)
        wait(lambda: sender.trouble == "")
    assert [decode(record).fact for record in log(embedded_broker)[begin:]] == [*first, *more]


def test_only_what_waited_long_is_marked_as_late(
    embedded_broker: MemoryBroker, store: Store
) -> None:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    begin = len(log(embedded_broker))
    add(store, "d", 1)
    with sending(store, embedded_broker.bootstrap, waited_s=900):
        wait(lambda: store.figures(0).waiting == 0)
    add(store, "e", 1)
    with sending(store, embedded_broker.bootstrap, waited_s=901):
        wait(lambda: store.figures(0).waiting == 0)
    in_time, late = log(embedded_broker)[begin:]
    assert LATE not in dict(in_time.headers)
    assert dict(late.headers)[LATE] == b"901"
    assert (decode(late).time, decode(late).source) == (ACCEPTED_AT, STATION.source)
    assert store.figures(0).late == 1


def test_what_was_sent_long_ago_is_removed(embedded_broker: MemoryBroker, store: Store) -> None:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    add(store, "f", 3)
    store.delivered([(1, False), (2, False)], ACCEPTED_AT)
    with sending(store, embedded_broker.bootstrap, waited_s=11, keep_s=10):
        wait(lambda: store.figures(0).sent == 1)
        wait(lambda: store.figures(0).waiting == 0)
    assert store.figures(0).last_sent_at == ACCEPTED_AT + 11_000


def add(store: Store, prefix: str, count: int) -> list[WorkerAvailable]:
    """Put facts into the queue, and return them."""
    facts = [
        msgspec.structs.replace(WORKER, worker_id=f"W-{prefix}-{number}") for number in range(count)
    ]
    for fact in facts:
        store.add(f"id-{fact.worker_id}", ce_type(fact), encode(fact), ACCEPTED_AT)
    return facts


def log(broker: MemoryBroker) -> list[Record]:
    """All of `market.events`."""
    with LogReader(broker.bootstrap) as reader:
        return list(reader.read(EVENTS, 0))


def wait(holds: Callable[[], bool]) -> None:
    """Return when it holds."""
    give_up = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)
