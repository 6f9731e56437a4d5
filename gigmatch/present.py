"""The markets as they are now, from the broker: the newest snapshots, and the log since."""

from collections.abc import Iterator

from events.topics import EVENTS, partition_of
from gigmatch.errors import NoTopicError
from gigmatch.logread import LogReader
from gigmatch.reach import require_broker
from matching.engine import Engine
from matching.market import Market
from matching.scorer import OpenScorer
from streams.recovery import Recovery


def markets_now(bootstrap: str, open_scorer: OpenScorer, zone: str | None) -> Iterator[Market]:
    """The markets of a zone's partition, or of every partition, as a matcher would rebuild them.

    Raises UserError when no broker answers or the topic is missing.
    """
    require_broker(bootstrap)
    with LogReader(bootstrap) as reader:
        numbers = reader.partitions(EVENTS)
        if not numbers:
            raise NoTopicError(EVENTS)
        wanted = numbers if zone is None else [partition_of(zone, len(numbers))]
        ends = {number: reader.bounds(EVENTS, number)[1] for number in wanted}
    recovery = Recovery(
        lambda: LogReader(bootstrap), lambda number: Engine(number, len(numbers), open_scorer)
    )
    for number, end in ends.items():
        yield from recovery.rebuild(number, end).engine.markets.values()
