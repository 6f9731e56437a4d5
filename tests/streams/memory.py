"""Topics in memory, a process that dies at a chosen moment, and what its outcomes must equal."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise

from events.envelope import Headers, Record
from events.topics import DEAD_LETTERS, EVENTS, OUTCOMES
from gigmatch.fold import bytes_of
from matching.engine import Engine
from matching.scorer import rules_only
from streams.matcher import Matcher
from streams.recovery import Recovery

FOR_EVER = 10**9


class Died(Exception):
    """The process died here."""


class MemoryTopics:
    """A broker's topics. As a sink it dies after `lives` more records and waits."""

    def __init__(self, events: Iterable[Record] = ()) -> None:
        self.lives = FOR_EVER
        self.drains = 0
        self._topics: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
        for record in events:
            self._topics[record.topic, record.partition].append(record)

    def publish(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        self._live()
        assert partition is not None
        log = self._topics[topic, partition]
        log.append(
            Record(
                topic=topic,
                partition=partition,
                offset=log[-1].offset + 1 if log else 0,
                timestamp=timestamp or 0,
                key=key,
                value=value,
                headers=headers,
            )
        )

    def publish_free(self, topic: str, value: bytes, *, key: bytes) -> None:
        """Publish as somebody else."""
        self.lives, before = FOR_EVER, self.lives
        self.publish(topic, value, key=key, partition=0)
        self.lives = before

    async def drain(self) -> None:
        self.drains += 1
        self._live()

    def all(self, topic: str, partition: int = 0) -> list[Record]:
        return list(self._topics[topic, partition])

    def lose(self, topic: str, partition: int = 0, keep: int = 0) -> None:
        """Forget the records of a partition but the first few."""
        del self._topics[topic, partition][keep:]

    def cut_off(self, topic: str, before: int, partition: int = 0) -> None:
        """Forget the records of a partition before an offset, as retention does."""
        log = self._topics[topic, partition]
        log[:] = [record for record in log if record.offset >= before]

    def lose_one(self, topic: str, index: int, partition: int = 0) -> None:
        """Forget one record of a partition."""
        del self._topics[topic, partition][index : index + 1]

    def open(self) -> AbstractContextManager["MemoryReader"]:
        return nullcontext(MemoryReader(self))

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        log = self._topics[topic, partition]
        return (log[0].offset, log[-1].offset + 1) if log else (0, 0)

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Record]:
        yield from [r for r in self.all(topic, partition) if start <= r.offset < end]

    def _live(self) -> None:
        if self.lives == 0:
            raise Died
        self.lives -= 1


class MemoryReader:
    """One consumer of the topics: as at a broker it reads one thing at a time."""

    def __init__(self, topics: MemoryTopics) -> None:
        self._topics = topics
        self._begun = 0

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        return self._topics.bounds(topic, partition)

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Record]:
        self._begun += 1
        this = self._begun
        for record in self._topics.read(topic, partition, start, end):
            assert this == self._begun, "another read has taken the consumer away"
            yield record


def matcher_on(
    topics: MemoryTopics,
    partitions: int = 1,
    snapshot_every: int = 1000,
    quarantine_after: int = 0,
) -> tuple[Matcher, Recovery]:
    """A new process of the matcher."""
    recovery = Recovery(topics.open, lambda number: Engine(number, partitions, rules_only))
    matcher = Matcher(
        topics, recovery, snapshot_every=snapshot_every, quarantine_after=quarantine_after
    )
    return matcher, recovery


async def run(
    topics: MemoryTopics, chunks: Sequence[int], *, snapshot_every: int, partition: int = 0
) -> tuple[Matcher, int]:
    """Feed a new process the partition from `chunks[0]` on; it commits after each chunk.

    Returns the process, dead or alive, and what it committed last.
    """
    matcher, _ = matcher_on(topics, snapshot_every=snapshot_every)
    committed = chunks[0]
    try:
        for begin, end in pairwise(chunks):
            await matcher.process(partition, list(topics.read(EVENTS, partition, begin, end)))
            committed = end
    except Died:
        pass
    return matcher, committed


def folded(events: Iterable[Record], partition: int = 0, partitions: int = 1) -> Engine:
    """The engine of an undisturbed process; see `expected` for its outcomes."""
    engine = Engine(partition, partitions, rules_only)
    for record in events:
        engine.step(record)
    return engine


def expected(
    events: Iterable[Record], partition: int = 0, partitions: int = 1
) -> tuple[list[bytes], list[str]]:
    """An undisturbed process's outcomes, as bytes in order, and what it buries, by origin."""
    engine = Engine(partition, partitions, rules_only)
    outcomes: list[bytes] = []
    buried: list[str] = []
    for record in events:
        step = engine.step(record)
        outcomes += map(bytes_of, step.emissions)
        if step.rejection is not None:
            buried.append(record.origin)
    return outcomes, buried


def distinct(records: Iterable[Record]) -> list[bytes]:
    """Outcome records as `bytes_of` gives them, the first of each id; repetitions are equal."""
    found: dict[bytes, bytes] = {}
    for record in records:
        headers = b"".join(name.encode() + b"=" + value + b"\n" for name, value in record.headers)
        id = dict(record.headers)["ce_id"]
        content = id + b"\n" + headers + (record.value or b"") + b"\n"
        assert found.setdefault(id, content) == content
    return list(found.values())


def outcomes(topics: MemoryTopics, partition: int = 0) -> list[bytes]:
    return distinct(topics.all(OUTCOMES, partition))


def buried(topics: MemoryTopics, partition: int = 0) -> list[str]:
    """The origins of the dead letters, in order, without repetitions."""
    origins = (dict(r.headers)["dead_letter.origin"] for r in topics.all(DEAD_LETTERS, partition))
    return list(dict.fromkeys(origin.decode() for origin in origins))
