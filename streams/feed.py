"""What arrives on `market.events`: partitions given by number and position, fetched by librdkafka.

No consumer group here: who owns which partitions, and where they begin, is the caller's matter.
librdkafka fetches and decompresses in threads of its own that never ask for Python's lock; only
whole batches cross over.
"""

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from events.envelope import Record
from events.topics import EVENTS
from gigmatch.kafka_address import client_config
from gigmatch.logread import record_of

START: Final = OFFSET_BEGINNING
"""The position of whoever has read nothing of a partition: its first record."""
_LARGEST_BATCH: Final = 2000
_SMALLEST_TURN: Final = 250
"""Partitions share a batch's length: what is taken of a hot one is what the others wait for."""
_AHEAD_KB: Final = 16_384
"""Fetched before it is asked for, of all partitions together; a larger record comes alone."""
_TURN_BYTES: Final = 512 * 1024
"""Of one partition in a row, while others have something, too: with 16 MB a hot one took ten
thousand records' turn, and the rest waited so long that the watchdog ended the process. A larger
record comes all the same."""

_log = structlog.get_logger()


class Feed:
    """Fetches records of partitions that are named anew each time, from where each stands."""

    def __init__(self, kafka: str, fetch_wait_ms: int = 500) -> None:
        self._consumer = Consumer(
            {
                **client_config(kafka),
                "group.id": "gigmatch-unused",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": fetch_wait_ms,
                "fetch.message.max.bytes": _TURN_BYTES,
                "receive.message.max.bytes": 128 * 1024 * 1024,
                "queued.max.messages.kbytes": _AHEAD_KB,
                "log_level": 0,
            }
        )
        self._at: dict[int, int] = {}
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feed")

    async def take(self, positions: Mapping[int, int], wait_s: float) -> dict[int, list[Record]]:
        """What has come, in order, of each partition from its position on.

        Waits at most `wait_s` for the first record. A cancelled call loses nothing: the next one
        names its positions again.
        """
        wanted = dict(positions)
        loop = asyncio.get_running_loop()
        messages = await loop.run_in_executor(self._reader, self._arrived, wanted, wait_s)
        taken: dict[int, list[Record]] = {}
        for record in _records(messages):
            taken.setdefault(record.partition, []).append(record)
        self._at = wanted | after(taken)
        return taken

    def close(self) -> None:
        """Disconnect; waits for a call under way."""
        self._reader.submit(self._consumer.close)
        self._reader.shutdown()

    def _arrived(self, positions: dict[int, int], wait_s: float) -> list[Message]:
        """What has come by now, or the first to come; asking for a batch would wait for it."""
        if positions != self._at:
            self._consumer.assign(
                [TopicPartition(EVENTS, number, offset) for number, offset in positions.items()]
            )
        self._at = {}  # not known again before all of it has been handed over
        most = max(_SMALLEST_TURN, _LARGEST_BATCH // max(1, len(positions)))
        first = self._consumer.poll(wait_s)
        return [] if first is None else [first, *self._consumer.consume(most - 1, 0)]


def after(taken: Mapping[int, list[Record]]) -> dict[int, int]:
    """The positions behind what was taken."""
    return {partition: records[-1].offset + 1 for partition, records in taken.items()}


def _records(messages: Iterable[Message]) -> Iterable[Record]:
    for message in messages:
        if (error := message.error()) is None:
            yield record_of(message)
        else:
            _log.warning("the broker does not send", why=error.str())
