"""One zone far hotter than the rest, one station that sends only garbage: the others are answered.

GIGMATCH_LONG=1 makes both worse; the others' latencies are printed (`-s` shows them).
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks import world
from benchmarks.drive import open_loop, reader
from benchmarks.latency_vs_echo import ranked_cause
from events.facts import Fact
from events.topics import EVENTS, OUTCOMES, partition_of
from gigmatch.logread import LogReader
from producers.publisher import Publisher
from streams.dead_letters import read_all
from tests.brokers import Broker, BrokerKind
from tests.system.matchers import (
    PATIENCE_S,
    folded_outcomes,
    make_topics,
    published_outcomes,
    running_matcher,
    wait_for_outcomes,
)

LONG = bool(os.environ.get("GIGMATCH_LONG"))
PARTITIONS = 3
QUIET, HOT = "511102", "511132"
GARBAGE = (("ce_source", f"/zones/{QUIET}/stations/99".encode()),)
SAID = b"station.quarantined.v1"
JOBS = 400 if LONG else 30
CROWD = 200_000 if LONG else 2_000
RATE = 20.0
GARBAGE_A_SECOND = 2_000 if LONG else 400


@pytest.mark.soak
def test_bad_neighbours_delay_the_others_and_change_nothing(
    new_broker: Callable[[BrokerKind], Broker], tmp_path: Path
) -> None:
    assert partition_of(QUIET, PARTITIONS) == 0 != partition_of(HOT, PARTITIONS)
    broker = new_broker("kafka" if LONG else "embedded")
    make_topics(broker, PARTITIONS)
    people = _of(QUIET, world.workers(2_000 if LONG else 200))
    _publish(broker, [world.tick(), *people])
    took: dict[str, list[float]] = {}
    with running_matcher(broker, tmp_path) as matcher:
        matcher.wait_ready()
        took["alone"] = _latencies(broker, 1)
        with _garbage(broker):
            took[f"beside a station's garbage, {GARBAGE_A_SECOND} a second"] = _latencies(broker, 2)
        many = _of(HOT, world.workers(CROWD, seed=3))
        crowd = threading.Thread(target=_publish, args=(broker, many))
        crowd.start()
        took[f"beside {CROWD} facts of a hot zone"] = _latencies(broker, 3)
        crowd.join()
        for name, seconds in took.items():
            p50, p99 = np.percentile(np.array(seconds) * 1000, (50, 99))
            print(f"\nrankings {name}: p50 {p50:.0f} ms, p99 {p99:.0f} ms of {len(seconds)}")
        expected = folded_outcomes(broker, PARTITIONS)
        wait_for_outcomes(broker, set(expected), matcher)
    assert published_outcomes(broker)[0] == expected
    _check_letters(broker)


def _check_letters(broker: Broker) -> None:
    """All of the garbage lies there once, the most of it unread."""
    letters = read_all(broker.bootstrap)
    codes = [letter.code for letter in letters]
    with LogReader(broker.bootstrap) as log:
        sent = sum(record.headers == GARBAGE for record in log.read(EVENTS, 0))
    assert len(letters) == sent
    assert set(codes) == {"missing_attribute", "quarantined"}


def _of(zone: str, facts: Iterable[Fact]) -> list[Fact]:
    return [msgspec.structs.replace(fact, zone=zone) for fact in facts]


def _publish(broker: Broker, facts: list[Fact]) -> None:
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for number, fact in enumerate(facts):
        partition = 0 if fact.zone == "*" else partition_of(fact.zone, PARTITIONS)
        id = f"{fact.zone}-{number}"
        publisher.publish_fact(fact, id=id, source="/tests", partition=partition)
    publisher.close()


@contextmanager
def _garbage(broker: Broker) -> Iterator[None]:
    """A station sends what nobody can read, from before it is in quarantine until the end."""
    ended = threading.Event()
    publisher = Publisher(broker.bootstrap, client_id="tests")

    def flood() -> None:
        while not ended.wait(0.05):
            for _ in range(GARBAGE_A_SECOND // 20):
                publisher.publish(EVENTS, b"?", headers=GARBAGE, partition=0)

    thread = threading.Thread(target=flood)
    thread.start()
    with LogReader(broker.bootstrap) as reader:
        give_up = time.monotonic() + PATIENCE_S
        while not any(("ce_type", SAID) in one.headers for one in reader.read(EVENTS, 0)):
            assert time.monotonic() < give_up
            time.sleep(0.2)
    try:
        yield
    finally:
        ended.set()
        thread.join()
        publisher.close()


def _latencies(broker: Broker, round_number: int) -> list[float]:
    """How long the quiet zone's postings wait for their rankings, in seconds."""
    jobs = [
        msgspec.structs.replace(job, job_id=f"J-{round_number}-{number}")
        for number, job in enumerate(_of(QUIET, world.jobs(JOBS, seed=round_number)))
    ]
    records = list(world.records(jobs, first=round_number * 100_000))
    answers = reader(broker.bootstrap, OUTCOMES, from_end=True)
    try:
        return open_loop(
            broker.bootstrap,
            [[record] for record in records],
            topic=EVENTS,
            answers=answers,
            answered=ranked_cause,
            rate=RATE,
            awaited=[dict(record.headers)["ce_id"].decode() for record in records],
        )
    finally:
        answers.close()
