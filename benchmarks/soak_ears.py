"""Who hears all outcomes of a soak: when rankings came, and what people are told."""

import time
from collections import deque
from threading import Event, Thread
from typing import Final

from confluent_kafka import Message

from benchmarks.drive import header, reader
from benchmarks.latency_vs_echo import ranked_cause
from benchmarks.soak_town import Heard
from events.codec import decode_outcome
from events.outcomes import BookingConfirmed, OfferMade
from events.topics import OUTCOMES
from gigmatch.logread import record_of

_HEARD: Final = tuple(f"{kind.TYPE}.v1".encode() for kind in (OfferMade, BookingConfirmed))


class Ears(Thread):
    """Listens while it lives; the other thread says what it waits for and takes what was heard."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        super().__init__(name="ears")
        self.due: dict[str, float] = {}
        """When each posting without a ranking was meant to go out, by the id of its event."""
        self.waits: deque[tuple[float, float]] = deque()
        """When a posting was meant to go out, and how long its ranking took; seconds."""
        self.heard: deque[Heard] = deque()
        self.failure: BaseException | None = None
        self._outcomes = reader(bootstrap, OUTCOMES, partitions=partitions)
        self._over = Event()

    def run(self) -> None:
        """Listen until the end."""
        try:
            while not self._over.is_set():
                message = self._outcomes.poll(0.1)
                if message is not None and message.error() is None:
                    self._take(message, time.perf_counter())
        except BaseException as error:
            self.failure = error
        finally:
            self._outcomes.close()

    def end(self) -> None:
        """Listen no more."""
        self._over.set()
        self.join()

    def _take(self, message: Message, now: float) -> None:
        if header(message, "ce_type") in _HEARD:
            outcome = decode_outcome(record_of(message))[1]
            if isinstance(outcome, OfferMade | BookingConfirmed):
                self.heard.append(outcome)
        elif (cause := ranked_cause(message)) and (due := self.due.pop(cause, None)) is not None:
            self.waits.append((due, now - due))
