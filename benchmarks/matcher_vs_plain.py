"""The matcher under Faust against the same matcher fed by a plain confluent-kafka consumer.

What theirs gains is the most a data path on confluent-kafka under Faust's assignment
could give.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.availability import MIX, contender_rate, log, matcher_rate
from benchmarks.harness import Comparison, Contest
from benchmarks.services import running_broker

CONTENDER: Final = "benchmarks.contender_plain"


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """The matcher process under Faust, and the matcher alone, over the same records."""
    events = 1_500 if quick else 30_000
    records = log(events)
    with running_broker() as broker:
        yield Contest(
            ours=lambda: matcher_rate(broker, records, events),
            theirs=lambda: contender_rate(CONTENDER, broker, records),
            rounds=1 if quick else 5,
            n=events,
            setting=f"{broker.name}, one partition, {events} availability events a sample",
        )


COMPARISON = Comparison(
    name="matcher-vs-plain",
    unit="events/s",
    better="higher",
    mix=MIX,
    not_measured="several partitions or processes, acceptances; theirs commits nothing",
    open=contest,
)
