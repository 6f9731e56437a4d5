"""From publishing a job to holding its ranking, against the bare broker's echo, at one rate."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

import msgspec
import numpy as np
from confluent_kafka import Message

from benchmarks import world
from benchmarks.drive import create_topics, fresh_topics, header, load, open_loop, reader
from benchmarks.harness import Comparison, Contest, Sample
from benchmarks.matcher import promotion, running_matcher
from benchmarks.services import Broker, running_broker
from events.envelope import Record
from events.facts import Fact, JobCancelled
from events.topics import EVENTS, OUTCOMES, Topic

ECHO: Final = "benchmarks.echo"
RATE: Final = 50.0
STAY_OPEN: Final = 50
RANKED: Final = b"match.ranked.v1"
Group = list[Record]


class _Cause(msgspec.Struct):
    ce_id: str


class _Ranking(msgspec.Struct):
    cause: _Cause
    subject: str


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """A running matcher, its zone full of workers; each side sends and receives in one client."""
    pool = 1_000 if quick else 10_000
    n = 100 if quick else 1_000
    numbers = count()
    with running_broker() as broker:
        fresh_topics(broker.bootstrap)
        create_topics(broker.bootstrap, [Topic(ECHO, {})])
        opening: list[Fact] = [world.tick(), promotion(), *world.workers(pool)]
        load(broker.bootstrap, world.records(opening))
        with running_matcher(broker) as matcher:
            matcher.wait_until_caught_up()
            yield Contest(
                ours=lambda: _latency(broker, next(numbers), n, EVENTS, OUTCOMES, ranked_cause),
                theirs=lambda: _latency(broker, next(numbers), n, ECHO, ECHO, echoed_id),
                rounds=1 if quick else 5,
                n=n,
                setting=f"{broker.name}, {pool} workers, {RATE:g} jobs/s open loop, p99 of {n}",
            )


def ranked_cause(message: Message) -> str | None:
    """The ce_id of the posting that a job ranking answers."""
    if header(message, "ce_type") != RANKED:
        return None
    ranking = msgspec.json.decode(message.value() or b"", type=_Ranking)
    return ranking.cause.ce_id if ranking.subject == "job" else None


def echoed_id(message: Message) -> str | None:
    """The ce_id of a record that came back."""
    return (header(message, "ce_id") or b"").decode()


def _latency(
    broker: Broker,
    round_number: int,
    n: int,
    topic: str,
    answers_topic: str,
    answered: Callable[[Message], str | None],
) -> Sample:
    """The p99 of one open-loop stretch, in ms; its p50 and maximum besides."""
    groups = _groups(round_number, n)
    answers = reader(broker.bootstrap, answers_topic, from_end=True)
    try:
        took = open_loop(
            broker.bootstrap,
            groups,
            topic=topic,
            answers=answers,
            answered=answered,
            rate=RATE,
            awaited=[_id(group[0]) for group in groups],
        )
    finally:
        answers.close()
    millis = np.array(took) * 1000.0
    p50, p99 = (float(value) for value in np.percentile(millis, (50, 99)))
    return Sample(p99, {"p50 ms": p50, "p99 ms": p99, "max ms": float(millis.max())})


def _groups(round_number: int, n: int) -> list[Group]:
    """Each group posts a job and cancels the one posted STAY_OPEN groups before."""
    first = (round_number + 1) * 10_000_000
    jobs = [
        msgspec.structs.replace(job, job_id=f"J-{round_number}-{i}")
        for i, job in enumerate(world.jobs(n, seed=round_number + 10))
    ]
    groups = []
    for i, job in enumerate(jobs):
        facts: list[Fact] = [job]
        if i >= STAY_OPEN:
            facts.append(JobCancelled(job_id=jobs[i - STAY_OPEN].job_id, zone=world.ZONE))
        groups.append(list(world.records(facts, first=first + 2 * i)))
    return groups


def _id(record: Record) -> str:
    return dict(record.headers)["ce_id"].decode()


COMPARISON = Comparison(
    name="latency-vs-echo",
    unit="ms p99",
    better="lower",
    mix=(
        f"one zone, {RATE:g} jobs a second posted in an open loop, each cancelled a second later; "
        "latency counts from the intended send time; the echo carries the same records"
    ),
    not_measured="the way on to Redis and the page, saturation, several zones or partitions",
    open=contest,
)
