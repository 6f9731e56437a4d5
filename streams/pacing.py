"""Reading events and outcomes of the same partitions at one pace: projector and notifier."""

import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, TopicPartition

from events.topics import EVENTS, OUTCOMES
from gigmatch.logread import LogReader
from streams.causal import CausalOrder

MOST_WAITING: Final = 20_000
"""A partition of a topic that is so far ahead of the other waits for it."""
_LOOK_S: Final = 0.25

Orders = Mapping[int, CausalOrder]


class Pacing:
    """Looks after what a consumer reads; `reader` knows what the matchers have committed."""

    def __init__(self, consumer: Consumer, reader: LogReader) -> None:
        self._consumer = consumer
        self._reader = reader
        self._paused: set[tuple[str, int]] = set()
        self._looked = 0.0

    def begin(self) -> None:
        """Forget what was paused: partitions have been assigned."""
        self._paused.clear()

    def passed(self, orders: Orders) -> dict[int, int]:
        """Offsets that the matcher has passed, where facts wait and no outcome says it.

        They count once every outcome that stood in the topic afterwards has been read.
        """
        waiting = [
            number
            for number, order in orders.items()
            if order.waiting_facts and not order.waiting_outcomes
        ]
        if not waiting or time.monotonic() - self._looked < _LOOK_S:
            return {}
        self._looked = time.monotonic()
        committed = self._reader.committed(EVENTS, waiting)
        return {
            number: offset
            for number, offset in committed.items()
            if orders[number].outcomes_read >= self._reader.bounds(OUTCOMES, number)[1]
        }

    def hold_back(self, orders: Orders) -> None:
        """Pause the topic that is too far ahead of the other, and resume it later."""
        for number, order in orders.items():
            self._pause(EVENTS, number, order.waiting_facts > MOST_WAITING)
            self._pause(OUTCOMES, number, order.waiting_outcomes > MOST_WAITING)

    def _pause(self, topic: str, number: int, is_ahead: bool) -> None:
        if is_ahead == ((topic, number) in self._paused):
            return
        if is_ahead:
            self._consumer.pause([TopicPartition(topic, number)])
            self._paused.add((topic, number))
        else:
            self._consumer.resume([TopicPartition(topic, number)])
            self._paused.discard((topic, number))
