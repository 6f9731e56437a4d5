"""The processes of a simulated world: real code, fed and stopped as a script says.

What Faust does for the matcher is done here as it does it: batches of one partition, one at a time,
an ack after the last report, commits later and only for partitions that are still one's own.
"""

import asyncio
import json
from collections import deque
from pathlib import Path
from random import Random
from typing import Any

from events.codec import ce_type, encode
from events.envelope import Record
from events.facts import Fact
from events.rejections import Rejection
from events.topics import EVENTS, NOTIFICATIONS
from gigmatch.settings import Settings
from matching.engine import Engine
from matching.scorer import rules_only
from producers.outbox.door import Door
from producers.outbox.errors import KnownIdError
from producers.outbox.sender import Sender
from producers.outbox.station import Station
from producers.outbox.store import Store
from producers.publisher import Publisher
from streams.notifier import webhook
from streams.notifier.contacts import FileContacts
from streams.notifier.rules import SHOWN, Rules
from streams.notifier.service import Notifier
from streams.projector import Projector
from streams.service import PUBLISHING, MatcherService
from tests.simulation.broker import PARTITIONS
from tests.simulation.loop import SimulatedLoop
from tests.simulation.process import Process, current
from tests.simulation.receiver import Line

BROKER = "127.0.0.1:9"
SECRET = "whsec_" + "a2tr" * 8
RULES = Rules(
    quiet_from_ms=0,
    quiet_until_ms=0,
    urgent_ms=0,
    most_messages=1_000,
    gather_ms=5_000,
    channels=SHOWN | {"webhook"},
)


class MatcherProcess(Process):
    """A matcher under what Faust promises."""

    def begins(self, settings: Settings, loop: SimulatedLoop) -> None:
        """Start, and take the partitions that the group gives."""
        self._loop = loop
        self._group = settings.group
        publisher = Publisher(settings.kafka, client_id="matcher", config=PUBLISHING)
        self.service = MatcherService(settings, publisher, rules_only, PARTITIONS)
        self._process = self.service._matcher.process
        self._generation = -1
        self._share: frozenset[int] = frozenset()
        self._positions: dict[int, int] = {}
        self._acked: dict[int, int] = {}
        self._fetched: deque[tuple[int, list[Record]]] = deque()
        self._working: asyncio.Task[None] | None = None
        self._doing: tuple[int, int] = (0, 0)

    def engines(self) -> dict[int, Engine]:
        """The markets of the partitions that are its own."""
        known = self.service._matcher.partitions
        return {number: known[number].engine for number in self._share if number in known}

    def joins(self) -> None:
        """Learn what the group has decided meanwhile, if it has."""
        generation, share = self.around.share_of(self._group, self.name)
        if generation == self._generation or self.is_cut_off:
            return
        self.service.on_revoked(set(self._share))
        self._generation, self._share = generation, share
        self._acked.clear()
        if self.random.random() < 0.5:  # what was fetched may come before what comes again
            self._fetched.clear()
        committed = self.around.broker.committed
        self._positions = {
            number: committed.get((self._group, EVENTS, number), 0) for number in share
        }
        self.service.on_assigned(set(share))

    def turn(self, most: int, calls: int) -> None:
        """Begin a batch or go on with one, for so many blocking calls. Raises Died."""
        self.joins()
        self._fetch(most)
        if self._working is None:
            if not self._fetched:
                return
            partition, records = self._fetched.popleft()
            self.passes("received")
            self._doing = partition, records[-1].offset + 1
            self._working = self._loop.create_task(self._process(partition, records))
        self._loop.settle()
        while not self._working.done() and calls > 0 and self.answer_one():
            self._loop.settle()
            calls -= 1
        if self._working.done():
            self._is_done(self._working)

    def commits(self) -> None:
        """Commit what is acked and still one's own. Raises Died."""
        generation, _ = self.around.share_of(self._group, self.name)
        if self.is_cut_off or generation != self._generation:
            return
        for number, offset in self._acked.items():
            self.around.broker.committed[self._group, EVENTS, number] = offset
        if self._acked:
            self._acked.clear()
            self.passes("committed")

    def ticks_clock(self) -> None:
        """The timer rings. Raises Died."""
        self.joins()
        self.service.every_tick()

    def _is_done(self, task: asyncio.Task[None]) -> None:
        self._working = None
        if (error := task.exception()) is not None:
            self.dies(f"a failure: {type(error).__name__}")
            return
        self.passes("finished, not acked")
        partition, offset = self._doing
        if partition in self._share:
            self._acked[partition] = offset
        self.passes("acked, not committed")

    def _fetch(self, most: int) -> None:
        for number in sorted(self._positions):
            records: list[Record] = []
            while not self.is_cut_off and len(records) < most:
                found = self.around.broker.next_from(EVENTS, number, self._positions[number])
                if found is None:
                    break
                records.append(found)
                self._positions[number] = found.offset + 1
            if records:
                self._fetched.append((number, records))


class ProjectorProcess(Process):
    """A projector."""

    def begins(self, settings: Settings, loop: SimulatedLoop) -> None:
        """Start."""
        self.projector = Projector(settings)

    def turn(self, most: int) -> None:
        """Read so many records and write what is certain. Raises Died."""
        self.most = most
        self.projector.run(_Turns(1))  # type: ignore[arg-type]


class NotifierProcess(Process):
    """A notifier with a webhook."""

    def begins(self, settings: Settings, loop: SimulatedLoop, contacts: Path) -> None:
        """Start."""
        self._loop = loop
        around = self.around
        channel = webhook.Webhook(
            "http://receiver/hook",
            SECRET,
            random=Random(self.random.random()),
            clock=lambda: around.now / 1000,
            transport=Line(),
        )
        self.notifier = Notifier(
            settings,
            Publisher(settings.kafka, client_id="notifier"),
            RULES,
            {"webhook": channel},
            FileContacts(contacts),
        )
        self._asked_to_stop = asyncio.Event()
        self.running = loop.create_task(self.notifier.run(self._asked_to_stop))

    def has_read(self) -> dict[int, int]:
        found = self.notifier._partitions.items()
        return {number: one.next_offsets[NOTIFICATIONS] for number, one in found}

    def turn(self, most: int, calls: int) -> None:
        """Go on for so many blocking calls."""
        self.most = most
        self._loop.settle()
        while not self.running.done() and calls > 0 and self.answer_one():
            self._loop.settle()
            calls -= 1
        if self.running.done():
            error = self.running.exception()
            self.dies("asked to stop" if error is None else f"a failure: {type(error).__name__}")

    def stops(self) -> None:
        """Be asked to stop, and do."""
        self._asked_to_stop.set()
        self.turn(1, 100)


class StationProcess(Process):
    """A station's outbox: its door, its queue on disk, its sender."""

    def begins(self, station: Station, path: Path) -> None:
        """Start on the queue that is there."""
        self.station = station
        self.store = _Store(path, station.name, max_mb=64)
        around = self.around
        self._door = Door(self.store, station, lambda: around.now)
        self._sender = Sender(
            self.store, station, BROKER, late_after_s=900, keep_s=3600, clock=lambda: around.now
        )

    def hears(self, ce_type: str, content: bytes, id: str) -> bool:
        """A terminal hands a fact over; whether it is kept. Raises Died."""
        self.passes("fact received")
        try:
            self._door.take(content, ce_type=ce_type, id=id)
        except (Rejection, KnownIdError):
            return False
        return True

    def says(self, fact: Fact, id: str) -> bool:
        """The same for a fact."""
        return self.hears(ce_type(fact), encode(fact), id)

    def turn(self, turns: int) -> None:
        """Send for so many turns. Raises Died."""
        self._sender.run(_Turns(turns))  # type: ignore[arg-type]

    def ends(self) -> None:
        """Let go of the file, as a death does."""
        self.store.close()


class _Store(Store):
    def delivered(self, facts: Any, at: int) -> None:
        current().passes("arrival to be recorded")
        super().delivered(facts, at)
        current().passes("arrival recorded")


class _Turns:
    """Asks to stop after some looks."""

    def __init__(self, turns: int) -> None:
        self._left = turns

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0

    def wait(self, seconds: float) -> None:
        current().around.passes_by(seconds)


def contacts_file(path: Path, workers: list[str]) -> Path:
    """A file in which everybody can be reached."""
    path.write_text(json.dumps({worker: {"webhook": f"to {worker}"} for worker in workers}))
    path.chmod(0o600)
    return path
