"""What the availability comparisons share: the log, and the matcher's time for it.

The log is written before anybody reads it. The matcher's time runs from the arrival of one outcome
to that of another: those of the jobs posted just before the first availability and just after the
last. So neither start-up nor loading is in it, while waiting for the broker's delivery reports is.
A contender that answers as the matcher does is timed in the same way; the time of one that only
reads runs from its first record to its last.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import chain, cycle, islice
from typing import Final

import msgspec
from confluent_kafka import Message

from benchmarks import world
from benchmarks.drive import fresh_topics, load, reader, seconds_between
from benchmarks.harness import Comparison, Contest, Sample
from benchmarks.matcher import Program, promotion, running_contender, running_matcher
from benchmarks.services import Broker, running_broker
from events.envelope import Record
from events.facts import Fact, JobPosted
from events.topics import EVENTS, OUTCOMES

OPEN_JOBS: Final = 100
FIRST_JOB: Final = "J-first"
LAST_JOB: Final = "J-last"
MIX: Final = (
    f"one zone: a tick, a model promoted, {OPEN_JOBS} open jobs of 5 places, then availability of "
    "workers who each announce themselves three times; no acceptances, so places stay open"
)


class _Ranking(msgspec.Struct):
    job_id: str | None = None


def comparison(
    name: str, contender: str, *, not_measured: str, answers: bool = False, repeat: int = 1
) -> Comparison:
    """The matcher process under Faust against a contender module over the same records.

    `answers` is for a contender with the same outcomes: its time runs between the same two.
    `repeat` is for one that is done before it can be timed: so many logs for one of ours.
    """

    @contextmanager
    def contest(quick: bool) -> Iterator[Contest]:
        events = 1_500 if quick else 30_000
        records = log(events)
        with running_broker() as broker:

            def theirs() -> Sample:
                if answers:
                    start = partial(running_contender, contender)
                    return answer_rate(start, broker, records, events)
                return reading_rate(contender, broker, records, repeat=repeat)

            yield Contest(
                ours=lambda: answer_rate(running_matcher, broker, records, events),
                theirs=theirs,
                rounds=1 if quick else 5,
                n=events,
                setting=f"{broker.name}, one partition, {events} availability events a sample",
            )

    return Comparison(
        name=name,
        unit="events/s",
        better="higher",
        mix=MIX,
        not_measured=not_measured,
        open=contest,
    )


def log(events: int) -> list[Record]:
    """The records of the topic: `events` availabilities between two marking jobs."""
    crowd = list(world.workers(max(1, events // 3)))
    *posted, first, last = world.jobs(OPEN_JOBS + 2)
    opening: Iterator[Fact] = chain([world.tick(), promotion()], posted, [named(first, FIRST_JOB)])
    closing = [named(last, LAST_JOB)]
    return list(world.records(chain(opening, islice(cycle(crowd), events), closing)))


def answer_rate(
    running: Callable[[Broker], AbstractContextManager[Program]],
    broker: Broker,
    records: list[Record],
    events: int,
) -> Sample:
    """Availability events a second of a new process over a fresh topic, by its outcomes."""
    fresh_topics(broker.bootstrap)
    load(broker.bootstrap, records)
    answers = reader(broker.bootstrap, OUTCOMES)
    try:
        with running(broker) as program:
            seconds = seconds_between(
                answers,
                lambda message: ranks(message, FIRST_JOB),
                lambda message: ranks(message, LAST_JOB),
                program.check,
            )
    finally:
        answers.close()
    return Sample(events / seconds)


def reading_rate(module: str, broker: Broker, records: list[Record], *, repeat: int = 1) -> Sample:
    """Records a second of a contender process over the same records in a fresh topic.

    `repeat` writes the log several times over, for one that is done before it can be timed.
    """
    fresh_topics(broker.bootstrap)
    load(broker.bootstrap, chain.from_iterable([records] * repeat))
    count = len(records) * repeat
    command = [sys.executable, "-m", module, broker.bootstrap, EVENTS, str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    return Sample((count - 1) / float(done.stdout.split()[-1]))


def named(job: JobPosted, job_id: str) -> JobPosted:
    """The job under another id."""
    return msgspec.structs.replace(job, job_id=job_id)


def ranks(message: Message, job_id: str) -> bool:
    """Whether an outcome is the ranking of a job."""
    value = message.value()
    if value is None or job_id.encode() not in value:
        return False
    return msgspec.json.decode(value, type=_Ranking).job_id == job_id
