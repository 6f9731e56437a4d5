"""The load: three simulated counties whose people hear what an undisturbed market answers.

Their facts go to the log at a steady pace whatever happens to the processes.
"""

import random
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from events.codec import encode, event_headers
from events.emission import Emission
from events.envelope import Headers
from events.facts import ClockTicked, OfferAccepted, WorkerAvailable
from events.outcomes import AnyOutcome, OfferMade
from events.topics import EVENTS, partition_of
from producers.publisher import Publisher
from producers.simulator.simulation import TownSimulation
from producers.simulator.town import emeishan
from tests.chaos.oracle import Oracle
from tests.projecting import START

ZONES: Final = ("511181", "511102", "511132")
REGISTERED: Final = 400
STEP_MS: Final = 120_000
PAUSE_S: Final = 0.2
"""Between its steps, at the usual pace."""
_SOURCE: Final = "/chaos"
_REMEMBERED: Final = 500

Raw = tuple[int, bytes, bytes, Headers]
"""Partition, key, value and headers of a record."""


class Feed(threading.Thread):
    """Publishes while it is not `paused`; `failure` is what ended it before its time."""

    def __init__(self, bootstrap: str, partitions: int, oracle: Oracle, rng: random.Random) -> None:
        super().__init__(name="feed")
        self.now = START
        self.published = 0
        self.failure: BaseException | None = None
        self.pause_s = PAUSE_S
        self.besides: Callable[[int], Iterable[Raw]] = lambda now: ()
        """What is said at a step besides what people say; is given its time."""
        self.recent: deque[Raw] = deque(maxlen=_REMEMBERED)
        self._partitions, self._oracle, self._rng = partitions, oracle, rng
        self._publisher = Publisher(bootstrap, client_id="chaos")
        self._towns = {
            zone: TownSimulation(
                number,
                START,
                town=msgspec.structs.replace(emeishan(), zone=zone),
                registered=REGISTERED,
            )
            for number, zone in enumerate(ZONES)
        }
        self._asked: deque[Callable[[], None]] = deque()
        self._over, self._go, self._turn = threading.Event(), threading.Event(), threading.Lock()
        self._visitors_say: list[OfferAccepted] = []

    def run(self) -> None:
        """Live until all is over."""
        try:
            while not self._over.is_set():
                if self._go.wait(0.1):
                    with self._turn:
                        self._live()
                    self._over.wait(self.pause_s)
        except BaseException as error:
            self.failure = error
        finally:
            self._publisher.abandon()

    def go_on(self) -> None:
        """Publish from now on."""
        self._go.set()

    def pause(self) -> None:
        """Publish nothing more until told to go on; what was published has arrived."""
        self._go.clear()
        with self._turn:
            if self.failure is not None:
                raise self.failure

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """No pause between steps for a while."""
        self.pause_s = 0.0
        try:
            yield
        finally:
            self.pause_s = PAUSE_S

    def end(self) -> None:
        """Publish nothing more."""
        self._over.set()
        self.join()

    def say(self, raw: Raw) -> None:
        """Publish a record of any kind, as part of the load, at its next step."""
        self._asked.append(lambda: self._send(*raw))

    def _live(self) -> None:
        self.now += STEP_MS
        for number in range(self._partitions):
            tick = ClockTicked(now=self.now)
            headers = event_headers(
                tick, id=f"tick-{number}-{self.now}", source=_SOURCE, time=self.now
            )
            self._send(number, b"*", encode(tick), headers)
        for zone, town in self._towns.items():
            for timed in town.advance(self.now):
                fact = self._known_as(zone, timed.fact)
                headers = event_headers(
                    fact, id=f"{zone}-{timed.id}", source=timed.source, time=timed.at
                )
                self._publish(zone, encode(fact), headers)
        said, self._visitors_say = self._visitors_say, []
        for yes in said:
            headers = event_headers(yes, id=f"yes-{yes.offer_id}", source=_SOURCE, time=self.now)
            self._publish(yes.zone, encode(yes), headers)
        for raw in self.besides(self.now):
            self._send(*raw)
        while self._asked:
            self._asked.popleft()()
        self._publisher.flush()
        self._oracle.read(self._hear)

    def _publish(self, zone: str, value: bytes, headers: Headers) -> None:
        raw = partition_of(zone, self._partitions), zone.encode(), value, headers
        self.recent.append(raw)
        self._send(*raw)

    def _send(self, partition: int, key: bytes, value: bytes, headers: Headers) -> None:
        self.published += 1
        self._publisher.publish(EVENTS, value, key=key, headers=headers, partition=partition)

    def _known_as(self, zone: str, fact: Any) -> Any:
        """Everybody has an id of their own; every tenth would work in the other counties, too."""
        if not hasattr(fact, "worker_id"):
            return fact
        fact = msgspec.structs.replace(fact, worker_id=f"{zone}.{fact.worker_id}")
        if isinstance(fact, WorkerAvailable):
            fact = msgspec.structs.replace(fact, channels=("webhook", "page"))
            if fact.worker_id.endswith("0"):
                others = tuple(other for other in ZONES if other != zone)
                fact = msgspec.structs.replace(fact, other_zones=others)
        return fact

    def _hear(self, emission: Emission) -> None:
        """People hear what the market answers; those in other counties say yes to everything."""
        outcome: AnyOutcome = emission.outcome
        if outcome.zone not in self._towns:
            return
        worker_id = getattr(outcome, "worker_id", None)
        if worker_id is not None:
            home, _, known_as = worker_id.partition(".")
            if home != outcome.zone:
                if isinstance(outcome, OfferMade):
                    self._visitors_say.append(
                        OfferAccepted(
                            offer_id=outcome.offer_id, worker_id=worker_id, zone=outcome.zone
                        )
                    )
                return
            outcome = msgspec.structs.replace(outcome, worker_id=known_as)
        self._towns[outcome.zone].observe(outcome, self.now)


def contacts() -> dict[str, dict[str, str]]:
    """An address for everybody."""
    ids = (f"{zone}.W-{number:05}" for zone in ZONES for number in range(2 * REGISTERED))
    return {id: {"webhook": f"to-{id}"} for id in ids}
