"""Logs for tests: written fact by fact, the engine's outcomes beside them."""

from pathlib import Path

import msgspec
import numpy as np

from events.codec import event_headers
from events.envelope import Record
from events.facts import (
    ClockTicked,
    Fact,
    JobPosted,
    OfferAccepted,
    OfferDeclined,
    WorkCompleted,
    WorkerAvailable,
    WorkNoShow,
)
from events.outcomes import OfferMade
from events.topics import EVENTS, OUTCOMES
from events.values import Interval, Pay, Place, Skill, ZoneOrAll
from matching.engine import Engine
from matching.scorer import OpenScorer, rules_only

ZONE = "511181"
NOON = 1_800_000_000_000
HOUR = 3_600_000
SHIFT = Interval(start=NOON + 20 * HOUR, end=NOON + 28 * HOUR)


class LogBook:
    """A log of one partition, written as facts happen; the engine's outcomes go in beside them.

    Ticks are for all zones or for one.
    """

    def __init__(self, open_scorer: OpenScorer = rules_only, *, ticking: ZoneOrAll = "*") -> None:
        self.records: list[Record] = []
        self.offers: dict[str, OfferMade] = {}
        self.open_offers: list[OfferMade] = []
        self.starts: dict[str, int] = {}
        self._engine = Engine(0, 1, open_scorer)
        self._facts = 0
        self._ticking = ticking
        self.tick(NOON)

    def tick(self, now: int) -> None:
        self.tell(ClockTicked(zone=self._ticking, now=now))

    def tell(self, fact: Fact) -> None:
        if isinstance(fact, JobPosted):
            self.starts[fact.job_id] = fact.shifts[0].start
        offset = self._facts
        self._facts += 1
        headers = event_headers(fact, id=f"e{offset}", source="/tests", time=NOON + offset)
        event = self._record(EVENTS, offset, fact.zone, msgspec.json.encode(fact), headers)
        self.records.append(event)
        for emission in self._engine.step(event).emissions:
            if isinstance(emission.outcome, OfferMade):
                self.offers[emission.outcome.worker_id] = emission.outcome
                self.open_offers.append(emission.outcome)
            said = emission.key.decode(), emission.value, emission.headers
            self.records.append(self._record(OUTCOMES, len(self.records), *said))

    def write(self, path: Path) -> Path:
        path.write_bytes(b"\n".join(map(msgspec.json.encode, self.records)) + b"\n")
        return path

    @staticmethod
    def _record(
        topic: str, offset: int, key: str, value: bytes, headers: tuple[tuple[str, bytes], ...]
    ) -> Record:
        return Record(
            topic=topic,
            partition=0,
            offset=offset,
            timestamp=NOON,
            key=key.encode(),
            value=value,
            headers=headers,
        )


def live_through(book: LogBook, seed: int, days: int = 14, *, first_day: int = 0) -> None:
    """Random postings, people, answers and work; every third worker seldom comes."""
    random = np.random.default_rng(seed)
    booked: list[OfferMade] = []
    for hour in range(24 * first_day, 24 * (first_day + days)):
        now = NOON + hour * HOUR
        book.tick(now)
        book.tell(random_worker(random, now))
        if random.random() < 0.5:
            book.tell(random_job(random, f"J{hour}", now))
        waiting, book.open_offers = book.open_offers, []
        for offer in waiting:
            answer = random.random()
            who = {"offer_id": offer.offer_id, "worker_id": offer.worker_id, "zone": ZONE}
            if answer < 0.8 * offer.p_accept:
                book.tell(OfferAccepted(**who))
                booked.append(offer)
            elif answer < 0.8:
                book.tell(OfferDeclined(**who))
        begun = [offer for offer in booked if book.starts[offer.job_id] <= now]
        for offer in begun[: len(booked) // 10]:
            booked.remove(offer)
            comes = 0.3 if int(offer.worker_id[1:]) % 3 == 0 else 0.95
            came = WorkCompleted if random.random() < comes else WorkNoShow
            book.tell(came(job_id=offer.job_id, worker_id=offer.worker_id, zone=ZONE))


def random_place(random: np.random.Generator) -> Place:
    return Place(lat=29.6 + 0.1 * random.random(), lon=103.4 + 0.1 * random.random())


def random_worker(random: np.random.Generator, now: int) -> WorkerAvailable:
    return WorkerAvailable(
        worker_id=f"W{random.integers(40)}",
        zone=ZONE,
        station_id=f"511181-0{random.integers(3)}",
        windows=(Interval(start=now, end=now + int(random.integers(12, 90)) * HOUR),),
        place=random_place(random),
        skills=(Skill(code="tea_picking", level=int(random.integers(1, 4))),),
        pay_floor_fen_day=int(random.integers(8_000, 16_000)),
    )


def random_job(random: np.random.Generator, job_id: str, now: int) -> JobPosted:
    start = now + int(random.integers(1, 30)) * HOUR
    return JobPosted(
        job_id=job_id,
        zone=ZONE,
        station_id=f"511181-0{random.integers(3)}",
        employer_id=f"E{random.integers(5)}",
        title="采茶工",
        skills=("tea_picking",),
        shifts=(Interval(start=start, end=start + 8 * HOUR),),
        pay=Pay(amount_fen=int(random.integers(10_000, 25_000))),
        place=random_place(random),
        headcount=int(random.integers(1, 4)),
    )
