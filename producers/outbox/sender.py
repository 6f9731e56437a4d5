"""From the queue to the log: in order, again and again until the broker has said that it has them.

One idempotent, gapless producer at a time with one request under way. When it fails for good, or
nothing has arrived for `RENEW_S`, another takes over from the first fact that is not recorded. So a
fact may be sent twice, under the same id; but none ever appears on the log before an earlier one
has: each producer sends a gapless run of the queue that begins at the first one missing or before.
"""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec
import structlog
from confluent_kafka import KafkaError, KafkaException

from events.envelope import LATE
from events.topics import EVENTS, partition_of
from producers.outbox.errors import NoRoomError
from producers.outbox.station import Station
from producers.outbox.store import Store, Waiting
from producers.publisher import DeliveryError, Publisher

RENEW_S: Final = 60.0
GRACE_S: Final = 5.0
SILENT_S: Final = 5.0
"""A broker that reports nothing of what it was sent for so long does not answer."""
_WINDOW: Final = 500
_WINDOW_BYTES: Final = 256 * 1024
_POLL_S: Final = 0.1
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 10.0
_PRUNE_EVERY_S: Final = 60.0
_PRODUCER: Final[dict[str, object]] = {
    "enable.gapless.guarantee": True,
    "delivery.timeout.ms": 0,  # a timeout alone would leave a gap; renewing does not
    "max.in.flight": 1,
    "batch.size": 32 * 1024,  # a batch passes a thin line before its request times out
    "compression.type": "gzip",
    "reconnect.backoff.ms": 100,
    "reconnect.backoff.max.ms": 2_000,
    "topic.metadata.refresh.interval.ms": 60_000,  # keeps an idle connection open, and looked at
    "socket.keepalive.enable": True,
    "statistics.interval.ms": 1_000,
}

_log = structlog.get_logger()


class _Broker(msgspec.Struct):
    state: str


class _Statistics(msgspec.Struct):
    brokers: dict[str, _Broker]


_statistics: Final = msgspec.json.Decoder(_Statistics)


class Sender:
    """Sends what a store holds. `run` is for a thread of its own; the rest may be read anywhere."""

    def __init__(
        self,
        store: Store,
        station: Station,
        bootstrap: str,
        *,
        late_after_s: float,
        keep_s: float,
        clock: Callable[[], int],
        trace_share: float = 0.0,
    ) -> None:
        """`clock` gives UTC ms. What has waited longer than `late_after_s` is marked as late.

        `trace_share` of the traces that begin here are recorded.
        """
        self.connected = False
        self.trouble = ""
        """Why nothing can be sent or recorded at the moment, if so."""
        self._store = store
        self._station = station
        self._bootstrap = bootstrap
        self._late_after_ms = round(late_after_s * 1000)
        self._keep_ms = round(keep_s * 1000)
        self._clock = clock
        self._trace_share = trace_share
        self._partition: int | None = None
        self._position = 0
        self._under_way: set[int] = set()
        self._arrived: list[tuple[int, bool]] = []
        self._moved_at = 0.0
        self._pruned_at = float("-inf")

    def run(self, asked_to_stop: threading.Event) -> None:
        """Send until asked to stop. Raises DamagedError."""
        pause = _FIRST_PAUSE_S
        while not asked_to_stop.is_set():
            began = time.monotonic()
            try:
                self._live(asked_to_stop)
            except (DeliveryError, KafkaException) as error:
                self.trouble = _words(error)
                _log.warning("sending has to begin again", why=self.trouble)
            self.connected = False
            lived = time.monotonic() - began
            pause = _FIRST_PAUSE_S if lived > RENEW_S else min(2 * pause, _LONGEST_PAUSE_S)
            asked_to_stop.wait(pause)

    def _live(self, asked_to_stop: threading.Event) -> None:
        """One producer's life. Raises DeliveryError when another should take over."""
        publisher = Publisher(
            self._bootstrap,
            client_id=f"gigmatch-outbox-{self._station.name}",
            config={**_PRODUCER, "stats_cb": self._look, "error_cb": self._hear},
        )
        self._position, self._moved_at = self._recorded(), time.monotonic()
        self._under_way.clear()
        try:
            if self._partition is None:
                partitions = publisher.partitions(EVENTS)
                self._partition = partition_of(self._station.zone, partitions)
            while not asked_to_stop.is_set():
                self._turn(publisher)
            self._finish(publisher)
        finally:
            publisher.abandon()
            self._record()

    def _turn(self, publisher: Publisher) -> None:
        self._hand_over(publisher)
        try:
            publisher.check(_POLL_S)
        finally:
            self._record()
        if not self._under_way:
            self._moved_at = time.monotonic()
        elif time.monotonic() - self._moved_at > RENEW_S:
            raise DeliveryError("delivery.nothing", s=f"{RENEW_S:.0f}")
        self._prune()

    def _finish(self, publisher: Publisher) -> None:
        """Give what is under way a last moment."""
        give_up = time.monotonic() + GRACE_S
        while self._under_way and time.monotonic() < give_up:
            publisher.check(_POLL_S)
            self._record()

    def _recorded(self) -> int:
        """Behind which fact to go on: what arrived and could not be recorded is not sent again."""
        return max((seq for seq, _ in self._arrived), default=0)

    def _hand_over(self, publisher: Publisher) -> None:
        """Give the producer what waits behind its last fact, while little is under way."""
        newest, room = self._store.last_seq, _WINDOW - len(self._under_way)
        if self._position >= newest or room < _WINDOW // 2:
            return
        waiting = self._store.waiting(self._position, most=room, most_bytes=_WINDOW_BYTES)
        for fact in waiting:
            self._publish(publisher, fact)
        if not waiting:
            self._position = newest

    def _publish(self, publisher: Publisher, waiting: Waiting) -> None:
        headers = self._station.headers(
            waiting.type,
            id=waiting.id,
            time=waiting.accepted_at,
            trace_share=self._trace_share,
        )
        waited_ms = self._clock() - waiting.accepted_at
        late = waited_ms > self._late_after_ms
        if late:
            headers = (*headers, (LATE, b"%d" % (waited_ms // 1000)))
        self._position = waiting.seq
        self._under_way.add(waiting.seq)
        publisher.publish(
            EVENTS,
            waiting.value,
            key=self._station.zone.encode(),
            headers=headers,
            partition=self._partition,
            arrived=partial(self._has_arrived, waiting.seq, late),
        )

    def _has_arrived(self, seq: int, late: bool, partition: int, offset: int | None) -> None:
        self._under_way.discard(seq)
        self._arrived.append((seq, late))
        self._moved_at = time.monotonic()
        self.connected = True

    def _record(self) -> None:
        """Write down what has arrived; where that cannot be, later, and go on sending."""
        if not self._arrived:
            return
        try:
            self._store.delivered(self._arrived, self._clock())
        except NoRoomError as error:
            if self.trouble != str(error):
                _log.error("what was sent cannot be recorded", why=str(error))
            self.trouble = str(error)
            return
        self._arrived.clear()
        self.trouble = ""

    def _prune(self) -> None:
        if time.monotonic() - self._pruned_at < _PRUNE_EVERY_S:
            return
        self._pruned_at = time.monotonic()
        try:
            self._store.prune(self._clock() - self._keep_ms)
        except NoRoomError as error:
            _log.warning("what was sent long ago cannot be removed", why=str(error))

    def _look(self, statistics: str) -> None:
        states = {broker.state for broker in _statistics.decode(statistics).brokers.values()}
        is_silent = bool(self._under_way) and time.monotonic() - self._moved_at > SILENT_S
        self.connected = "UP" in states and not is_silent
        if self.connected and not self._arrived:
            self.trouble = ""
        elif is_silent and not self.trouble:
            self.trouble = f"the broker has not answered for {SILENT_S:.0f} s"

    def _hear(self, error: KafkaError) -> None:
        self.trouble = error.str()


def _words(error: Exception) -> str:
    cause = error.args[0] if error.args else error
    return cause.str() if isinstance(cause, KafkaError) else str(error)
