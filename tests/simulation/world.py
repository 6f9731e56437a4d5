"""A simulated world: does the steps of a script, then mends everything and waits for peace."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from fakeredis import FakeRedis

from events.codec import decode_outcome
from events.envelope import Headers, binary_headers
from events.facts import Fact
from events.outcomes import BookingConfirmed, OfferMade
from events.rejections import Rejection
from events.topics import EVENTS, NOTIFICATIONS, OUTCOMES, SNAPSHOTS
from gigmatch.settings import Settings
from matching.days import HOUR_MS
from streams.notifier.service import GROUP as NOTIFIERS_GROUP
from tests.simulation import town
from tests.simulation.broker import PARTITIONS
from tests.simulation.loop import SimulatedLoop
from tests.simulation.process import Process
from tests.simulation.processes import (
    BROKER,
    MatcherProcess,
    NotifierProcess,
    ProjectorProcess,
    StationProcess,
    contacts_file,
)
from tests.simulation.schedule import MATCHERS, NOTIFIERS, OUTBOXES, PROJECTORS
from tests.simulation.script import Script, Step, Trap
from tests.simulation.surroundings import Surroundings
from tests.town import NOW

P = TypeVar("P", bound=Process)
K = TypeVar("K", OfferMade, BookingConfirmed)

SETTINGS: Final = Settings(
    _env_file=None,  # type: ignore[call-arg]
    kafka=BROKER,
    redis="redis://127.0.0.1:9/0",
    partitions=PARTITIONS,
    snapshot_every=6,
    tick_s=60.0,
)
_GROUPS: Final = {"matcher": SETTINGS.group, "notifier": NOTIFIERS_GROUP}
_ROUNDS: Final = 60
"""After this many rounds without a fault everything must be at rest."""
_ROUND_S: Final = 6.0
"""A round is longer than messages are gathered."""
_QUIET: Final = 2
"""Rounds without any change that make a rest."""
_UNTIL_ALL_ENDS_H: Final = (0.7, 40)
"""Time enough for every offer, then for every shift and what is to be told of it."""
_LOOKS: Final = 4
"""A projector starts, finds itself overtaken, begins again, and has done all."""
_MEMORY: Final = Path("/dev/shm")
_ALL: Final = 1_000


class Restless(AssertionError):
    """Faults have stopped, and something still does not come to its end."""


class World:
    """Everything there is; a context manager."""

    def __init__(self, script: Script) -> None:
        self.around = Surroundings(script.luck, NOW)
        self.around.groups = {
            SETTINGS.group: MATCHERS,
            NOTIFIERS_GROUP: NOTIFIERS,
        }
        self.accepted: dict[str, list[str]] = {station.source: [] for station in town.STATIONS}
        """What each station has kept, in order."""
        self.mended_at = NOW
        self._script = script
        self._loop = SimulatedLoop(lambda: self.around.now / 1000)
        self._folder = tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None)
        self._processes: dict[str, Process] = {}
        self._starts = 0
        self._paused: set[str] = set()
        everybody = [worker for workers in town.WORKERS.values() for worker in workers]
        self._contacts = contacts_file(Path(self._folder.name) / "contacts", everybody)
        self._acts: dict[str, Callable[[Step], None]] = {
            "say": self._say,
            "answer": lambda step: self._reply(step, OfferMade, town.answer),
            "report": lambda step: self._reply(step, BookingConfirmed, town.report),
            "send": lambda step: self._turn(step.who, step.count),
            "match": lambda step: self._turn(step.who, step.most, step.count),
            "commit": lambda step: self._do(step.who, "commits"),
            "tick": lambda step: self._do(step.who, "ticks_clock"),
            "project": lambda step: self._turn(step.who, step.most),
            "notify": lambda step: self._turn(step.who, step.most, step.count),
            "wait": lambda step: self.around.passes_by(step.count / 1000),
            "trap": lambda step: self.around.traps.append(Trap(step.who, step.at, step.count)),
            "kill": self._kill,
            "stop": lambda step: self._do(step.who, "stops"),
            "pause": lambda step: self._paused.add(step.who),
            "wake": lambda step: self._paused.discard(step.who),
            "rebalance": self._rebalance,
            "cut": lambda step: self.around.cut_off.add(step.who),
            "mend": lambda step: self.around.cut_off.discard(step.who),
            "redis": self._redis,
            "receiver": self._receiver,
            "skew": lambda step: self.around.skews.update(
                {step.who: step.count - self.around.skews[step.who]}
            ),
            "repeat": self._repeat,
            "client": self._client,
            "topic": self._topic,
        }

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *_: object) -> None:
        for process in list(self._processes.values()):
            process.alive = False
            self._bury(process)
        self._loop.close()
        self._folder.cleanup()

    @property
    def matchers(self) -> list[MatcherProcess]:
        """The matchers that live."""
        return [one for one in self._processes.values() if isinstance(one, MatcherProcess)]

    def committed(self, number: int) -> int:
        """What the matchers have passed of a partition."""
        return self.around.broker.committed.get((SETTINGS.group, EVENTS, number), 0)

    def run(self) -> None:
        """Do everything the script says, then come to rest. Raises Restless."""
        self._open()
        for step in self._script.steps:
            self.around.note(f"- {step.do} {step.who} {step.at} {step.count} {step.most}")
            self._acts[step.do](step)
        self._mend()
        self._rest()
        self._repeat_announcements()
        for hours in _UNTIL_ALL_ENDS_H:
            self.around.passes_by(hours * HOUR_MS / 1000)
            self._rest()
        for _ in range(_LOOKS):
            for who in PROJECTORS:
                self._turn(who, _ALL)
            self.around.passes_by(_ROUND_S)

    def _open(self) -> None:
        """Everybody is at work, and the market has a clock."""
        for who in (*MATCHERS, *PROJECTORS, *NOTIFIERS, *OUTBOXES):
            self._start(who)
        for who in MATCHERS * 3:
            self._do(who, "ticks_clock")
            self._turn(who, _ALL, _ALL)

    def _mend(self) -> None:
        around = self.around
        around.traps.clear()
        around.cut_off.clear()
        around.skews.clear()
        around.redis_is_down, around.redis_replies_to_lose = False, 0
        around.receiver.mood = "well"
        self._paused.clear()
        self.mended_at = around.now
        around.note("- mended")

    def _repeat_announcements(self) -> None:
        """A notifier that slept all the while gets rid of what it had to say."""
        for number in range(PARTITIONS):
            for record in list(self.around.broker.all(NOTIFICATIONS, number)):
                if dict(record.headers)["ce_type"].startswith(b"notification.due"):
                    self.around.broker.append_again(record)

    def _rest(self) -> None:
        quiet, before = 0, None
        for _ in range(_ROUNDS):
            for who in OUTBOXES:
                self._turn(who, 3)
            for who in MATCHERS:
                self._do(who, "ticks_clock")
                for _ in range(PARTITIONS):
                    self._turn(who, _ALL, _ALL)
                self._do(who, "commits")
            for who in NOTIFIERS:
                self._turn(who, _ALL, 8)
            self.around.passes_by(_ROUND_S)
            now = self._state()
            quiet = quiet + 1 if now == before and not self._busy() else 0
            if quiet == _QUIET:
                return
            before = now
        raise Restless(f"not at rest after {_ROUNDS} rounds: {before}, {self._busy()} busy")

    def _state(self) -> object:
        """What changes as long as there is something to do."""
        broker = self.around.broker
        ends = [
            broker.end(topic, number) for topic in broker.topics for number in range(PARTITIONS)
        ]
        return ends, sorted(broker.committed.items())

    def _busy(self) -> int:
        """What is under way: facts not sent, records not arrived, messages going out."""
        busy = 0
        for one in self._processes.values():
            busy += sum(client.under_way for client in one.clients)
            if isinstance(one, StationProcess):
                busy += one.store.figures(0).waiting
            elif isinstance(one, NotifierProcess):
                busy += one.notifier._courier.under_way
        return busy

    def _turn(self, who: str, *how: int) -> None:
        self._do(who, "turn", *how)

    def _do(self, who: str, what: str, *arguments: Any) -> Any:
        """Let a process do something; one that is dead is started instead."""
        if who in self._paused:
            return None
        process = self._processes.get(who)
        if process is None:
            self._start(who)
            return None
        for client in process.clients:
            client.drip()
        result = process.within(getattr(process, what), *arguments)
        if not process.alive:
            self._bury(process)
        return result

    def _start(self, who: str) -> None:
        self._starts += 1
        kind, _, number = who.partition("-")
        process: Process
        match kind:
            case "matcher":
                process = MatcherProcess(who, self._starts, self.around)
                process.within(process.begins, SETTINGS, self._loop)
            case "projector":
                process = ProjectorProcess(who, self._starts, self.around)
                process.within(process.begins, SETTINGS, self._loop)
            case "notifier":
                process = NotifierProcess(who, self._starts, self.around)
                process.within(process.begins, SETTINGS, self._loop, self._contacts)
            case _:
                process = StationProcess(who, self._starts, self.around)
                path = Path(self._folder.name) / f"{who}.db"
                process.within(process.begins, town.STATIONS[int(number)], path)
        self.around.note(f"{who}: starts")
        if kind in _GROUPS:
            self.around.rebalance(_GROUPS[kind])
        self._processes[who] = process

    def _bury(self, process: Process) -> None:
        del self._processes[process.name]
        for task in process.tasks:
            task.cancel()
        process.blocking.clear()
        self._loop.settle()
        for task in process.tasks:
            if task.done() and not task.cancelled():
                task.exception()  # has been seen
        if isinstance(process, StationProcess):
            process.ends()

    def _say(self, step: Step) -> None:
        self._hear(step.who, "hears", step.type, step.data.encode(), step.id, id=step.id)

    def _reply(self, step: Step, kind: type[K], said: Callable[[K, str], Fact]) -> None:
        """A clerk says something to one of the newest outcomes of a kind."""
        process = self._processes.get(step.who)
        if not isinstance(process, StationProcess):
            self._do(step.who, "turn", 0)
            return
        seen = self._seen(process.station.zone, kind)
        if seen:
            fact = said(seen[-1 - step.count % len(seen)], step.at)
            self._hear(step.who, "says", fact, step.id, id=step.id)

    def _hear(self, who: str, what: str, *arguments: Any, id: str) -> None:
        if self._do(who, what, *arguments):
            source = town.STATIONS[int(who.partition("-")[2])].source
            if id not in self.accepted[source]:
                self.accepted[source].append(id)

    def _seen(self, zone: str, kind: type[K]) -> list[K]:
        """The offers or bookings of a zone that its clerks have seen."""
        found: dict[str, K] = {}
        for number in range(PARTITIONS):
            for record in self.around.broker.all(OUTCOMES, number):
                if record.key == zone.encode():
                    try:
                        _, outcome = decode_outcome(record)
                    except Rejection:
                        continue
                    if isinstance(outcome, kind):
                        found[outcome.offer_id] = outcome
        return list(found.values())

    def _kill(self, step: Step) -> None:
        process = self._processes.get(step.who)
        if process is not None:
            process.dies("a signal")
            self._bury(process)

    def _rebalance(self, step: Step) -> None:
        names = MATCHERS if step.at == "matcher" else NOTIFIERS
        self.around.rebalance(_GROUPS[step.at], (names[step.count & 1], names[step.count >> 1 & 1]))

    def _redis(self, step: Step) -> None:
        around = self.around
        match step.at:
            case "down":
                around.redis_is_down = True
            case "up":
                around.redis_is_down = False
            case "flushed":
                FakeRedis(server=around.redis).flushall()
            case _:
                around.redis_replies_to_lose += 1

    def _receiver(self, step: Step) -> None:
        self.around.receiver.mood = step.at  # type: ignore[assignment]

    def _repeat(self, step: Step) -> None:
        number = step.count % PARTITIONS
        records = self.around.broker.all(step.at, number)
        if records:
            self.around.broker.append_again(records[step.count % len(records)])

    def _client(self, step: Step) -> None:
        value = step.data.encode()
        headers: Headers = ()
        if step.type:
            headers = binary_headers(
                id=step.id, source="/client", type=step.type, time=self.around.now
            )
        numbers = range(PARTITIONS) if step.type.startswith("policy") else (step.count,)
        for number in numbers:
            self.around.broker.append(
                EVENTS, number, value, key=None, headers=headers, timestamp=self.around.now
            )

    def _topic(self, step: Step) -> None:
        broker, number = self.around.broker, step.count % PARTITIONS
        records = broker.all(step.type, number)
        match step.at:
            case "gap":
                broker.leave_gap(step.type, number)
            case "compact":
                broker.compact(step.type, number)
            case "damage":
                broker.damage(step.type, number, step.count)
            case "stale" if records:
                broker.append_again(records[step.count % len(records)])
            case "spoil":
                key = (town.HOME.encode(), b"*")[step.count // 2 % 2]
                broker.append(
                    SNAPSHOTS, number, b"spoilt", key=key, headers=(), timestamp=self.around.now
                )
