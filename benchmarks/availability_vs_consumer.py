"""Whole-matcher availability events a second against a bare confluent-kafka consumer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.availability import MIX, contender_rate, log, matcher_rate
from benchmarks.harness import Comparison, Contest
from benchmarks.services import running_broker

CONTENDER: Final = "benchmarks.contender_consumer"
REPEAT: Final = 5
"""So that what is fetched ahead of the first record is a small part."""


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """The matcher process under Faust, and a bare confluent-kafka consumer that decodes nothing."""
    events = 1_500 if quick else 30_000
    records = log(events)
    with running_broker() as broker:
        yield Contest(
            ours=lambda: matcher_rate(broker, records, events),
            theirs=lambda: contender_rate(CONTENDER, broker, records, repeat=REPEAT),
            rounds=1 if quick else 5,
            n=events,
            setting=f"{broker.name}, one partition, {events} availability events a sample",
        )


COMPARISON = Comparison(
    name="availability-vs-consumer",
    unit="events/s",
    better="higher",
    mix=MIX,
    not_measured="several partitions or processes, acceptances and bookings",
    open=contest,
)
