"""Faust's Kafka consumer as the matcher needs it: whole batches, and settings it hard-codes.

Faust moves records one by one through its conductor, a queue, a stream and its acks, which costs
several times what matching costs. Here all that a fetch brought of one partition goes that way as
a single message, and its ack is the ack of all of it. Looks inside faust-streaming 0.15.3 (pinned):

- the fetch wait is fixed at 1.5 s: the driver's consumer is told ours;
- aborted transactions are delivered: it is told to read what is committed, as recoveries do;
- a header name that is not UTF-8 stops a partition for ever: see `streams.lenient`;
- gaps between offsets are joined to intervals that can cover what is unfinished: acks come in order
  here, so the last one acked is what is committed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage

from events.envelope import Record


class Batch(ConsumerMessage):
    """Records of one partition, in order, at least one; its offset is that of the last."""

    __slots__ = ("records",)

    def __init__(self, tp: TP, records: Sequence[Record], generation_id: int) -> None:
        self.records = records
        last = records[-1]
        super().__init__(
            last.topic,
            last.partition,
            last.offset,
            timestamp=last.timestamp / 1000,
            timestamp_type=0,
            headers=None,
            key=None,
            value=None,
            checksum=None,
            tp=tp,
            generation_id=generation_id,
        )


def record_of(fetched: Any) -> Record:
    """What aiokafka fetched as a record, equal to what `gigmatch.logread.record_of` makes of it.

    A recovery reads the same log through librdkafka, for which a header's name ends at a zero byte.
    """
    return Record(
        topic=fetched.topic,
        partition=fetched.partition,
        offset=fetched.offset,
        timestamp=max(0, fetched.timestamp or 0),
        key=fetched.key,
        value=fetched.value,
        headers=tuple(
            (name.partition("\0")[0], value or b"") for name, value in fetched.headers or ()
        ),
    )


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = cast(App, self.app).fetch_wait_ms
        consumer._isolation_level = "read_committed"
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 (Faust's parameter)
    ) -> Mapping[TP, list[Any]]:
        """All that a fetch brought of a partition as one item."""
        fetched = await super()._getmany(active_partitions, timeout)
        return {tp: [records] for tp, records in fetched.items() if records}

    def _to_message(self, tp: TP, record: Any) -> Batch:
        records = [record_of(fetched) for fetched in record]
        return Batch(tp, records, self.app.consumer_generation_id)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Whatever is between two batches was no record: a transaction's mark, or expired."""

    def _new_offset(self, tp: TP) -> int | None:
        """The offset to commit, after the last batch acked; None when none was."""
        if not (acked := self._acked[tp]):
            return None
        done = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return done + 1


class _Transport(driver.Transport):
    Consumer = _Consumer


class App(faust.App):
    """A Faust app whose agents are given a `Batch` an event."""

    def __init__(self, *args: Any, fetch_wait_ms: int, **kwargs: Any) -> None:
        self.fetch_wait_ms = fetch_wait_ms
        super().__init__(*args, **kwargs)

    def _new_transport(self) -> _Transport:
        return _Transport(self.conf.broker_consumer, self)
