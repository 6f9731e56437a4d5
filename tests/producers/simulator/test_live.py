"""The town at a real broker: it publishes, keeps the clock, hears, and ends when asked."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from events.codec import decode, encode, event_headers
from events.envelope import Record
from events.facts import ClockTicked, Fact, JobPosted, OfferAccepted, OfferDeclined, WorkerAvailable
from events.outcomes import Cause, OfferMade
from events.topics import EVENTS, OUTCOMES, partition_of
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from matching.transitions.rules import _STOOD_STILL_MS
from producers.publisher import Publisher
from producers.simulator.live import LiveTown, clock_of_log
from producers.simulator.simulation import TownSimulation
from tests.brokers import Broker
from tests.town import HOUR, NOW

PARTITIONS = 2
ZONE = "511181"
PATIENCE_S = 120


@pytest.fixture
def bootstrap(broker: Broker) -> str:
    ensure_topics(broker.bootstrap, PARTITIONS, 1)
    return broker.bootstrap


def test_a_town_lives_at_a_broker(bootstrap: str) -> None:
    assert clock_of_log(bootstrap) == 0
    with _living(bootstrap, speed=3_600) as town:
        _wait(lambda: _facts_of(bootstrap, JobPosted) != [])
        assert town.is_running
        assert len(_facts_of(bootstrap, WorkerAvailable)) >= 60
        assert all(_ticks(bootstrap, partition) for partition in range(PARTITIONS))
        _offer_to_everybody(bootstrap)
        _wait(lambda: len(_answers(bootstrap)) > 30)
    assert NOW <= max(_ticks(bootstrap, 0)) <= clock_of_log(bootstrap)
    first = _records(bootstrap, partition_of(ZONE, PARTITIONS))[0]
    assert isinstance(decode(first).fact, ClockTicked), "nothing is said before the clock is set"


def test_a_town_ends_after_its_days(bootstrap: str) -> None:
    simulation = TownSimulation(2, NOW, registered=20)
    town = LiveTown(bootstrap, simulation, start=NOW, speed=86_400)
    town.run(threading.Event(), days=0.5)
    assert clock_of_log(bootstrap) >= NOW


def test_a_fast_town_has_ticks_as_close_together_as_a_slow_one(bootstrap: str) -> None:
    """At 1,800 s a second and more a whole offer lay between two ticks: nobody could see it."""
    simulation = TownSimulation(2, NOW, registered=20)
    walls, before_it = itertools.count(), len(_ticks(bootstrap, 0))
    town = LiveTown(
        bootstrap, simulation, start=NOW, speed=3_600, wall_clock=lambda: next(walls) / 50
    )
    town.run(threading.Event(), days=0.1)
    ticks = _ticks(bootstrap, 0)[before_it:]
    assert len(ticks) >= 60
    gaps = [after - before for before, after in itertools.pairwise(ticks)]
    assert max(gaps) <= _STOOD_STILL_MS, "the market would take it that no matcher was there"


@contextmanager
def _living(bootstrap: str, speed: float) -> Iterator[LiveTown]:
    town = LiveTown(bootstrap, TownSimulation(1, NOW, registered=60), start=NOW, speed=speed)
    asked_to_stop = threading.Event()
    thread = threading.Thread(target=town.run, args=(asked_to_stop,))
    thread.start()
    try:
        yield town
    finally:
        asked_to_stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def _offer_to_everybody(bootstrap: str) -> None:
    """What a matcher would say, for the first job."""
    job = _facts_of(bootstrap, JobPosted)[0]
    publisher = Publisher(bootstrap, client_id="test")
    for number in range(60):
        offer = OfferMade(
            zone=ZONE,
            at=NOW,
            cause=Cause(partition=0, offset=0, ce_id="x"),
            offer_id=f"O-{number}",
            job_id=job.job_id,
            worker_id=f"W-{number:05}",
            rank=1,
            score=0.5,
            p_accept=0.5,
            p_complete=0.5,
            places=1,
            expires_at=NOW + HOUR,
            model="rules:v1",
        )
        headers = event_headers(offer, id=f"{ZONE}-0-{number}", source="/market", time=NOW)
        publisher.publish(OUTCOMES, encode(offer), key=ZONE.encode(), headers=headers, partition=0)
    publisher.close()


def _records(bootstrap: str, partition: int) -> list[Record]:
    with LogReader(bootstrap, 10) as reader:
        return list(reader.read(EVENTS, partition))


def _facts_of(bootstrap: str, kind: type[JobPosted] | type[WorkerAvailable]) -> list[JobPosted]:
    facts = [decode(record).fact for record in _records(bootstrap, partition_of(ZONE, PARTITIONS))]
    return [fact for fact in facts if isinstance(fact, kind)]  # type: ignore[misc]


def _answers(bootstrap: str) -> list[Fact]:
    facts = [decode(record).fact for record in _records(bootstrap, partition_of(ZONE, PARTITIONS))]
    return [fact for fact in facts if isinstance(fact, OfferAccepted | OfferDeclined)]


def _ticks(bootstrap: str, partition: int) -> list[int]:
    facts = [decode(record).fact for record in _records(bootstrap, partition)]
    return [fact.now for fact in facts if isinstance(fact, ClockTicked)]


def _wait(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.2)
