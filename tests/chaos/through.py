"""What stations say through a gateway whose lines are bad: taken or refused, never both or neither.

A station posts one job after the other; what is refused it says again, under the same id, until it
is taken, as its terminal does. Each answer is held against the log afterwards.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import httpx

from events.codec import decode_outcome
from events.emission import emission_position
from events.envelope import Record
from events.rejections import Rejection
from events.topics import EVENTS, OUTCOMES
from gigmatch.logread import LogReader
from gigmatch.processes import LOCALHOST
from tests.chaos.feed import ZONES
from tests.chaos.kept import wait_for
from tests.chaos.world import PARTITIONS, World
from tests.typed import typed

_TAKEN: Final = 202
_LATER: Final = 503
_HOUR_MS: Final = 3_600_000
_STATIONS: Final = 2
"""So many of each zone talk at the same time."""
_SETTINGS: Final = {
    "GIGMATCH_RATE_ANYONE": "100000/minute",
    "GIGMATCH_RATE_KNOWN": "100000/minute",
    "GIGMATCH_PUBLIC_VIEW": "false",
}


class Answer(NamedTuple):
    """What a gateway said to a command: a status, and why not; 0 when it said nothing."""

    status: int
    why: str


Answers = Mapping[str, Sequence[Answer]]
"""What was answered to each command, by its id."""
Placed = Mapping[str, Sequence[Record]]
"""Where each command stands on the log, by its id."""


class Station(threading.Thread):
    """Posts jobs that nobody can do, and keeps what it was answered, by id."""

    def __init__(self, world: World, zone: str, key: str, address: str, number: int) -> None:
        super().__init__(name=f"station of {zone}")
        self.answers: defaultdict[str, list[Answer]] = defaultdict(list)
        self._world, self._zone, self._number = world, zone, number
        self._client = httpx.Client(
            base_url=address, headers={"authorization": f"Bearer {key}"}, timeout=60
        )
        self._over = threading.Event()

    def run(self) -> None:
        """Post one job after the other, each until it is taken."""
        with self._client:
            while not self._over.is_set():
                self._post()

    def end(self) -> None:
        """Return when the last of them is taken."""
        self._over.set()
        self.join()

    def count(self, status: int) -> int:
        """How many commands were answered so at least once."""
        return sum(any(a.status == status for a in said) for said in list(self.answers.values()))

    def _post(self) -> None:
        id = f"through-{self._number}-{time.monotonic_ns()}"
        body = _job(self._zone, id, self._world.feed.now)
        while True:
            answer = self._ask(id, body)
            self.answers[id].append(answer)
            if answer.status == _TAKEN:
                return
            time.sleep(0.1)

    def _ask(self, id: str, body: Mapping[str, Any]) -> Answer:
        try:
            said = self._client.post(
                "/api/station/jobs", json=body, headers={"idempotency-key": id}
            )
        except httpx.TransportError as error:
            return Answer(0, type(error).__name__)
        why = "" if said.status_code == _TAKEN else str(said.json().get("type", said.text))
        return Answer(said.status_code, why)


def cut(name: str, world: World) -> int:
    """Nothing gets through between a gateway and Kafka or Redis until all stations were refused."""

    def until_refused(stations: list[Station]) -> None:
        before = [station.count(_LATER) for station in stations]
        _set(name, world, lambda line: line.cut())
        wait_for(
            lambda: all(s.count(_LATER) > n for s, n in zip(stations, before, strict=True)),
            "every station is refused",
        )
        _set(name, world, lambda line: line.mend())

    return _during(until_refused, name, world)


def slow(name: str, seconds: float, world: World) -> int:
    """Everything between a gateway and Kafka or Redis takes long."""

    def for_a_while(_: list[Station]) -> None:
        _set(name, world, lambda line: line.slow(0.25))
        time.sleep(seconds)
        _set(name, world, lambda line: line.slow(0))

    return _during(for_a_while, name, world)


def _set(name: str, world: World, change: Callable[[Any], None]) -> None:
    lines = world.cluster.lines("GATEWAY") if name == "Kafka" else [world.gateway_line]
    for line in lines:
        change(line)


def _during(harm: Callable[[list[Station]], None], name: str, world: World) -> int:
    """Do harm while stations post, before which and after which all of them are heard."""
    with LogReader(world.cluster.bootstrap) as reader:
        begins = {n: reader.bounds(EVENTS, n)[1] for n in range(PARTITIONS)}
    with _posting(world) as stations:
        _wait_heard(stations)
        try:
            harm(stations)
        finally:
            _set(name, world, lambda line: line.mend())
        _wait_heard(stations)
    answers = {id: said for station in stations for id, said in station.answers.items()}
    world.recover()
    _judge(name, world, answers, begins)
    return 1


@contextmanager
def _posting(world: World) -> Iterator[list[Station]]:
    """Stations that post through a gateway; at the end all they said is taken."""
    store = f"sqlite:{world.folder}/gateway.db"
    gateway = world.gateway(GIGMATCH_STORE=store, **_SETTINGS)
    try:
        gateway.wait_ready()
        address = f"http://{LOCALHOST}:{gateway.port}"
        keys = {zone: _key(gateway.env, f"{zone}-01") for zone in ZONES}
        stations = [
            Station(world, zone, keys[zone], address, number)
            for number, zone in enumerate(ZONES * _STATIONS)
        ]
        for station in stations:
            station.start()
        try:
            yield stations
        finally:
            for station in stations:
                station.end()
    finally:
        world.retire(gateway)


def _wait_heard(stations: list[Station]) -> None:
    before = [station.count(_TAKEN) for station in stations]
    wait_for(
        lambda: all(s.count(_TAKEN) > n for s, n in zip(stations, before, strict=True)),
        "every station is heard",
    )


def _judge(
    name: str, world: World, answers: Mapping[str, list[Answer]], begins: Mapping[int, int]
) -> None:
    """Hold what was answered against the log, and tell what was found."""
    placed: defaultdict[str, list[Record]] = defaultdict(list)
    with LogReader(world.cluster.bootstrap) as reader:
        for number, begin in begins.items():
            for record in reader.read(EVENTS, number, begin):
                id = dict(record.headers).get("ce_id", b"").decode(errors="replace")
                if id in answers:
                    placed[id].append(record)
        ranked = set(_ranked(reader))
    world.lost |= lost(answers, placed)
    # Of what the broker took before its answer was lost, a gateway cannot know. It counts once.
    world.double |= double(placed, ranked, may_repeat=name == "Kafka")
    refused = sum(any(answer.status == _LATER for answer in said) for said in answers.values())
    whys = sorted({answer.why for said in answers.values() for answer in said} - {""})
    repeated = sum(len(records) > 1 for records in placed.values())
    world.figures.append(
        f"said through the gateway: {len(answers)} jobs, {refused} of them refused at first "
        f"({', '.join(whys) or 'for no reason'}); on the log twice, and counted once: {repeated}"
    )


def lost(answers: Answers, placed: Placed) -> set[str]:
    """What was taken and is not on the log, and what was neither taken nor refused."""
    taken = {id for id, said in answers.items() if any(one.status == _TAKEN for one in said)}
    return {f"taken, and not on the log: {id}" for id in taken - placed.keys()} | {
        f"neither taken nor refused: {id} ({answer.status} {answer.why})"
        for id, said in answers.items()
        for answer in said
        if answer.status not in (_TAKEN, _LATER)
    }


def double(placed: Placed, ranked: Set[tuple[int, int]], *, may_repeat: bool) -> set[str]:
    """What stands on the log twice and may not, or says two things, or counted twice.

    `ranked` is where the events are that were answered with a ranking.
    """
    repeated = {id: records for id, records in placed.items() if len(records) > 1}
    found = set[str]()
    for id, records in repeated.items():
        if not may_repeat:
            found.add(f"refused, and taken all the same: {id}")
        if len({record.value for record in records}) > 1:
            found.add(f"two things under one id: {id}")
        if sum((record.partition, record.offset) in ranked for record in records) > 1:
            found.add(f"counted twice: {id}")
    return found


def _ranked(reader: LogReader) -> Iterator[tuple[int, int]]:
    """Where the events are that rankings were made for."""
    for number in range(PARTITIONS):
        for record in reader.read(OUTCOMES, number):
            try:
                envelope, outcome = decode_outcome(record)
            except Rejection:
                continue
            if outcome.TYPE == "match.ranked":
                yield number, emission_position(envelope.id)[0]


def _key(env: Mapping[str, str], station_id: str) -> str:
    """A device key of a station, in the gateway's store."""
    said = typed("station-key", "create", station_id, "--json", env=env)
    assert said.code == 0, said.err
    return str(json.loads(said.out)["key"])


def _job(zone: str, id: str, now: int) -> dict[str, Any]:
    """Work that nobody there can do, so that nothing but its ranking follows from it."""
    begin = now + 24 * _HOUR_MS
    return {
        "job_id": f"J-{id}",
        "employer_id": "E-1",
        "title": "diver",
        "skills": ["diving"],
        "shifts": [{"start": begin, "end": begin + 8 * _HOUR_MS}],
        "pay": {"amount_fen": 30_000, "unit": "day", "settlement": "daily"},
        "place": {"lat": 29.6, "lon": 103.5, "name": "reservoir"},
    }
