"""Power cuts, full disks, a bad line: what stations hand over arrives, in order, and counts once.

GIGMATCH_LONG=1 does it with 10,000 facts and 200 harms; figures are printed (`-s` shows them).
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx
import msgspec
import pytest

from events.codec import decode
from events.envelope import Record
from events.outcomes import EventRejected, MatchRanked
from gigmatch.processes import LOCALHOST, tail
from gigmatch.topics_admin import ensure_topics
from matching.engine import Engine
from matching.scorer import rules_only
from tests.brokers import KafkaBroker
from tests.flaky import FlakyLine
from tests.system.outboxes import Event, OutboxProcess, published, running_outbox, said, sayings
from tests.town import ZONE

LONG = bool(os.environ.get("GIGMATCH_LONG"))
STATIONS = (f"{ZONE}-05", f"{ZONE}-07")
FACTS = 5_000 if LONG else 120  # a station
HARMS = 100 if LONG else 3  # a station
HARM = ("kill", "full", "broken", "full and kill", "broken and kill")


class Terminal(threading.Thread):
    """Hands over the facts of a station, one after the other, until each is taken; does harm.

    When all is `over` it waits until all is sent: the outbox ends with the thread that started it.
    """

    def __init__(
        self,
        outbox: OutboxProcess,
        events: Sequence[Event],
        rng: random.Random,
        over: threading.Event,
    ) -> None:
        super().__init__(name=outbox.station)
        self.harms: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.most_waiting = 0
        self.failure: BaseException | None = None
        self._outbox = outbox
        self._events = events
        self.is_half_way = threading.Event()
        self.has_handed_over = threading.Event()
        self._rng = rng
        self._over = over
        self._turn = threading.Lock()
        self._killed = False

    def run(self) -> None:
        try:
            self._live()
            self.has_handed_over.set()
            self._over.wait()
            self._outbox.wait_sent()
            assert self._outbox.stop() == 0
        except BaseException as error:
            self.failure = error
        finally:
            self.is_half_way.set()
            self.has_handed_over.set()

    def _live(self) -> None:
        size = -(-len(self._events) // HARMS)
        for number in range(HARMS):
            harming = threading.Timer(
                self._rng.uniform(0, 0.5), self._harm, (HARM[number % len(HARM)],)
            )
            harming.start()
            for event in self._events[number * size : (number + 1) * size]:
                self._hand_over(event)
            harming.join()
            self._repair()
            if number == HARMS // 2:
                self.is_half_way.set()

    def _hand_over(self, event: Event) -> None:
        for refusals in range(1_000):
            try:
                status = self._outbox.take(event).status_code
            except httpx.TransportError:
                self.answers["none"] += 1
                self._repair()
                continue
            self.answers[str(status)] += 1
            if status in (200, 202):
                return
            assert status == 507
            time.sleep(0.01)
            if refusals % 10 == 9:
                self._repair()
        raise AssertionError(f"{event[0]} was never taken")

    def _harm(self, harm: str) -> None:
        with self._turn:
            self.harms[harm] += 1
            if "full" in harm:
                self._outbox.fill_disk(room=self._rng.randrange(10_000))
            if "broken" in harm:
                self._outbox.break_disk()
            if "kill" in harm:
                if " and " in harm:
                    time.sleep(self._rng.uniform(0, 0.2))
                self._outbox.kill()
                self._killed = True

    def _repair(self) -> None:
        with self._turn:
            if self._killed:
                self._outbox.start_again()
                self._killed = False
            assert not self._outbox.ended, tail(self._outbox.log)  # no harm but a kill may end it
            self._outbox.free_disk()
            self.most_waiting = max(self.most_waiting, self._outbox.status()["waiting"])


def flap(line: FlakyLine, rng: random.Random, over: threading.Event) -> None:
    """The line is mended and cut at random until all is over, then it stays."""
    while not over.is_set():
        line.mend()
        over.wait(rng.uniform(0.02, 1.0))
        line.cut()
        over.wait(rng.uniform(0.2, 3.0 if LONG else 1.0))
    line.mend()


@pytest.mark.chaos
@pytest.mark.kafka
@pytest.mark.timeout(3_600)
def test_killed_and_out_of_room_on_a_bad_line_every_fact_arrives_in_order_and_counts_once(
    kafka: KafkaBroker, tmp_path: Path
) -> None:
    ensure_topics(kafka.bootstrap, 1, 1)
    rng = random.Random(FACTS)
    facts = {station: sayings(station, FACTS) for station in STATIONS}
    bootstrap, over = f"{LOCALHOST}:{kafka.line}", threading.Event()
    with (
        FlakyLine(kafka.line, kafka.behind) as line,
        running_outbox(bootstrap, tmp_path, STATIONS[0]) as first,
        running_outbox(bootstrap, tmp_path, STATIONS[1]) as second,
    ):
        line.cut()
        terminals = [
            Terminal(outbox, facts[outbox.station], random.Random(rng.random()), over)
            for outbox in (first, second)
        ]
        began = time.monotonic()
        for terminal in terminals:
            terminal.start()
        for terminal in terminals:
            terminal.is_half_way.wait()
        queued = sum(terminal.most_waiting for terminal in terminals)
        flapping = threading.Thread(target=flap, args=(line, random.Random(1), over))
        flapping.start()
        for terminal in terminals:
            terminal.has_handed_over.wait()
        over.set()
        flapping.join()
        for terminal in terminals:
            terminal.join()
            if terminal.failure is not None:
                raise terminal.failure
        took = time.monotonic() - began

    records = published(kafka)
    for station in STATIONS:
        zone, _, number = station.partition("-")
        assert said(records, f"/zones/{zone}/stations/{number}") == facts[station]
    rankings = effects(records)
    assert set(rankings) == {saying_id(event) for events in facts.values() for event in events}
    assert set(rankings.values()) == {1}
    print(
        f"\n{len(STATIONS) * FACTS} facts, {len(records) - len(STATIONS) * FACTS} sent again, "
        f"{queued} waiting when the line came, {line.cuts} cuts of it, {took:.0f} s; "
        + "; ".join(
            f"{t.name}: harms {dict(t.harms)}, answers {dict(t.answers)}" for t in terminals
        )
    )


def effects(records: Sequence[Record]) -> Counter[str]:
    """How often the market has ranked for each job and worker that the log names."""
    engine = Engine(0, 1, rules_only)
    rankings: Counter[str] = Counter()
    for offset, record in enumerate(records):
        step = engine.step(msgspec.structs.replace(record, offset=offset))
        for emission in step.emissions:
            outcome = emission.outcome
            assert not isinstance(outcome, EventRejected)
            if isinstance(outcome, MatchRanked):
                rankings[outcome.job_id or outcome.worker_id or ""] += 1
    assert {decode(record).source for record in records} == {
        f"/zones/{ZONE}/stations/{station[-2:]}" for station in STATIONS
    }
    return rankings


def saying_id(event: Event) -> str:
    """The job or worker that a saying is about."""
    fact = event[1]
    return str(getattr(fact, "job_id", None) or getattr(fact, "worker_id", None))
