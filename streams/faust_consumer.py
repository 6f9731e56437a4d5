"""Faust's Kafka consumer as the matcher needs it: Faust owns partitions and commits, not fetches.

Faust moves records one by one through its conductor, a queue, a stream and its acks, after aiokafka
has unpacked them in a thread that contends for Python's lock: several times what matching costs.
Here `streams.feed` fetches, and all that it brought of one partition goes Faust's way as a single
message, whose ack is the ack of all of it. Looks inside faust-streaming 0.15.3 (pinned):

- aiokafka keeps the group and would fetch what it is assigned: all of it is paused from the start;
- what Faust seeks, and what is committed, is where the feed begins;
- its checks of aiokafka's fetches would find none: `streams.watchdog` looks instead;
- it stops asking for a whole second when a stream's queue is full: here no more is taken than a few
  batches ahead of the agent, so the queue never is; Faust itself counts those only that have left
  the queue, and none that a rebalance drops: what is under way is counted here;
- aiokafka tells a name (`GIGMATCH_INSTANCE`) when it joins, not with heartbeats and commits: who is
  forgotten would join again and take the name from whoever has it now. That process ends here;
- gaps between offsets are joined to intervals that can cover what is unfinished: acks come in order
  here, so the last one acked is what is committed.
"""

import asyncio
import contextlib
import weakref
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage

from events.envelope import Record
from streams.ending import end_at_once
from streams.feed import START, Feed, after
from streams.membership import NO_MEMBER, is_forgotten, leave_at_the_end, trouble

BATCHES_AHEAD: Final = 4
"""Batches on their way to the agent or with it: while there are so many nothing more is fetched.
What one fetch brings of several partitions is a batch of each, and no more records than of one."""
_LOOK_AGAIN_S: Final = 0.5


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


class _RebalanceListener(driver.ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked: Iterable[Any]) -> Awaitable[Any]:
        named = self._thread.app.conf.consumer_group_instance_id
        if named and revoked and is_forgotten(self._thread._ensure_consumer()._coordinator):
            end_at_once("no member of the group any more", instance=named, why=NO_MEMBER)
        return super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._thread._ensure_consumer().pause(*assigned)
        await super().on_partitions_assigned(assigned)


class _Consumer(driver.Consumer):
    RebalanceListener = _RebalanceListener

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        app = cast(App, self.app)
        self._feed = Feed(app.kafka, app.fetch_wait_ms)
        self._positions: dict[TP, int] = {}
        self._acked_one = asyncio.Event()
        self._under_way = weakref.WeakSet[Batch]()

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Begin every partition where its commits end."""
        committed = await super().seek_to_committed()
        self._positions = {tp: offset or START for tp, offset in committed.items()}
        return committed

    async def _seek(self, partition: TP, offset: int) -> None:
        self._positions = {**self._positions, partition: offset}

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 (Faust's parameter)
    ) -> Mapping[TP, list[Any]]:
        """All that has come of a partition as one item."""
        if not self.flow_active or not await self._has_room():
            return {}
        positions = self._positions
        tps = {tp.partition: tp for tp in active_partitions or () if tp in positions}
        if not tps:
            await asyncio.sleep(_LOOK_AGAIN_S)
            return {}
        # aiokafka leaves the group when nobody has asked for records for long.
        with self._thread._ensure_consumer()._subscription.fetch_context():
            taken = await self._feed.take(
                {tp.partition: positions[tp] for tp in tps.values()}, timeout
            )
        if positions is not self._positions:  # Faust has sought another place meanwhile
            return {}
        for number, position in after(taken).items():
            positions[tps[number]] = position
        return {tps[number]: [records] for number, records in taken.items()}

    async def _has_room(self) -> bool:
        """Whether so few batches are under way that another may come; waits a while until so."""
        if len(self._under_way) < BATCHES_AHEAD:
            return True
        self._acked_one.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_AGAIN_S):
                await self._acked_one.wait()
        return len(self._under_way) < BATCHES_AHEAD

    def ack(self, message: Any) -> bool:
        """A batch is done."""
        done = super().ack(message)
        self._unacked_messages.discard(message)
        self._under_way.discard(message)
        self._acked_one.set()
        return done

    def highwater(self, tp: TP) -> int:
        """How far a partition has been taken: for Faust's own statistics, which nobody reads."""
        return max(0, self._positions.get(tp, 0))

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: aiokafka's fetches are not what moves here."""

    def _to_message(self, tp: TP, record: Any) -> Batch:
        batch = Batch(tp, record, self.app.consumer_generation_id)
        self._under_way.add(batch)
        return batch

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

    def trouble(self) -> str:
        """Why it will never have partitions again; "" while all is well, or not begun."""
        joined = self._thread._consumer
        return "" if joined is None else trouble(joined._coordinator)

    async def on_stop(self) -> None:
        """Commit what is done, leave the group and disconnect."""
        if (joined := self._thread._consumer) is not None:
            leave_at_the_end(joined._coordinator)
        await super().on_stop()
        await asyncio.to_thread(self._feed.close)


class _Transport(driver.Transport):
    Consumer = _Consumer


class App(faust.App):
    """A Faust app whose agents are given a `Batch` an event; `kafka` is where they come from."""

    def __init__(self, *args: Any, kafka: str, fetch_wait_ms: int, **kwargs: Any) -> None:
        self.kafka = kafka
        self.fetch_wait_ms = fetch_wait_ms
        super().__init__(*args, **kwargs)

    def _new_transport(self) -> _Transport:
        return _Transport(self.conf.broker_consumer, self)

    def membership_trouble(self) -> str:
        """Why this process will never have partitions again; "" while it may."""
        return cast(_Consumer, self.consumer).trouble()
