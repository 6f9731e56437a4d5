"""Two matcher processes against one, over the same partitions of one broker on this machine.

The broker, the writing of the log and the reading of the outcomes take their share of the same
cores: what is told is what a second process adds here, and four beside it.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count, cycle, islice
from threading import Thread
from typing import Final, TypeVar

import msgspec
from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient

from benchmarks import world
from benchmarks.availability import FIRST_JOB, LAST_JOB, OPEN_JOBS, named, ranks
from benchmarks.drive import PATIENCE_S, fresh_topics, load, reader, seconds_between
from benchmarks.harness import Comparison, Contest, Sample
from benchmarks.matcher import Program, promotion, running_matcher
from benchmarks.services import Broker, running_broker
from events.envelope import Record
from events.facts import Fact, JobPosted, WorkerAvailable
from events.topics import OUTCOMES
from gigmatch.admin import admin_client

F = TypeVar("F", WorkerAvailable, JobPosted)

PARTITIONS: Final = 4
Logs = tuple[list[Record], list[Record]]
"""What each partition begins with, and the availabilities between two marking jobs."""

_NUMBERS: Final = count()


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """The same logs, in turn for two processes (and four) and for one."""
    events = 2_000 if quick else 10_000
    logs = _logs(events)
    with running_broker() as broker:
        yield Contest(
            ours=lambda: _ours(broker, logs, events, quick=quick),
            theirs=lambda: Sample(_rate(broker, logs, events, processes=1)),
            rounds=1 if quick else 5,
            n=events * PARTITIONS,
            setting=f"{broker.name}, {PARTITIONS} partitions of {events} availability events",
        )


def _ours(broker: Broker, logs: Logs, events: int, *, quick: bool) -> Sample:
    """Two processes; four beside them too where there is time to start so many."""
    two = _rate(broker, logs, events, processes=2)
    if quick:
        return Sample(two)
    return Sample(two, {"events/s of four": _rate(broker, logs, events, processes=4)})


def _rate(broker: Broker, logs: Logs, events: int, *, processes: int) -> float:
    """Availability events a second of so many new processes, from the first job to the last."""
    opening, rest = logs
    fresh_topics(broker.bootstrap, PARTITIONS)
    load(broker.bootstrap, opening)
    group = f"benchmarks-scale-{next(_NUMBERS)}"
    with ExitStack() as stack:
        matchers = [
            stack.enter_context(running_matcher(broker, partitions=PARTITIONS, group=group))
            for _ in range(processes)
        ]
        _wait_until_shared(broker, group, processes)
        for matcher in matchers:
            matcher.wait_until_caught_up()
        answers = reader(broker.bootstrap, OUTCOMES, partitions=PARTITIONS)
        stack.callback(answers.close)
        if answers.poll(PATIENCE_S) is None:
            raise TimeoutError("no answer to what the log begins with")
        loading = Thread(target=load, args=(broker.bootstrap, rest))
        loading.start()
        stack.callback(loading.join)
        seconds = seconds_between(
            answers,
            lambda message: ranks(message, FIRST_JOB),
            lambda message: ranks(message, LAST_JOB),
            lambda: _check(matchers),
            lasts=PARTITIONS,
        )
    return PARTITIONS * events / seconds


def _check(matchers: Sequence[Program]) -> None:
    for matcher in matchers:
        matcher.check()


def _wait_until_shared(broker: Broker, group: str, processes: int) -> None:
    """Return when each process has its share of the partitions. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    with admin_client(broker.bootstrap) as admin:
        while time.monotonic() < deadline:
            if _shares(admin, group) == [PARTITIONS // processes] * processes:
                return
            time.sleep(0.2)
    raise TimeoutError(f"{processes} processes have not shared the partitions")


def _shares(admin: AdminClient, group: str) -> list[int]:
    """How many partitions each member of a group has; none while it is not settled."""
    try:
        told = admin.describe_consumer_groups([group])[group].result()
    except KafkaException:  # a broker that has just started does not know yet
        return []
    if told.state is not ConsumerGroupState.STABLE:
        return []
    return [len(member.assignment.topic_partitions) for member in told.members]


def _logs(events: int) -> Logs:
    opening: list[Record] = []
    rest: list[Record] = []
    for partition, zone in enumerate(world.zones(PARTITIONS)):
        crowd = [_in(zone, worker) for worker in world.workers(max(1, events // 3))]
        *posted, first, last = (_in(zone, job) for job in world.jobs(OPEN_JOBS + 2))
        begin: list[Fact] = [world.tick(), promotion(), *posted]
        opening += world.records(begin, partition=partition)
        between: list[Fact] = [
            named(first, FIRST_JOB),
            *islice(cycle(crowd), events),
            named(last, LAST_JOB),
        ]
        rest += world.records(between, first=len(begin), partition=partition)
    return opening, rest


def _in(zone: str, fact: F) -> F:
    return msgspec.structs.replace(fact, zone=zone)


COMPARISON = Comparison(
    name="scale-out",
    unit="events/s",
    better="higher",
    mix=f"in each partition one zone with {OPEN_JOBS} open jobs, then availability as above",
    not_measured="start-up and rebalancing; machines of their own for broker and clients",
    open=contest,
)
