"""A log that grows and the read model of it: a real market, a real Redis."""

from typing import Any

import msgspec
from redis import Redis

from events.codec import decode_outcome
from events.envelope import Record
from events.facts import (
    ClockTicked,
    Fact,
    JobPosted,
    OfferAccepted,
    WorkerAvailable,
)
from events.notices import market_source
from events.outcomes import OfferMade
from events.topics import EVENTS
from events.values import Interval, Pay, Place
from gigmatch.readmodel.employer import EmployerDoc
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import (
    employer_key,
    job_key,
    worker_key,
    zone_key,
)
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.readmodel.zone import ZoneDoc
from tests.projecting import answered, dump, new_engine, project
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

PLACE = Place(lat=29.6, lon=103.48, name="双福镇")
SHIFT = Interval(start=NOW + 24 * HOUR, end=NOW + 32 * HOUR)
DAY = 24 * HOUR
STATION = f"{ZONE}-05"
TICK = ClockTicked(now=NOW)


def posting(job_id: str = "J-1", **changes: Any) -> JobPosted:
    job = JobPosted(
        job_id=job_id,
        zone=ZONE,
        station_id=STATION,
        employer_id="E-1",
        title="采茶工",
        shifts=(SHIFT,),
        pay=Pay(amount_fen=15_000),
        place=PLACE,
    )
    return msgspec.structs.replace(job, **changes)


def worker(worker_id: str = "W-1", **changes: Any) -> WorkerAvailable:
    free = WorkerAvailable(
        worker_id=worker_id,
        zone=ZONE,
        station_id=STATION,
        windows=(Interval(start=NOW, end=NOW + 3 * DAY),),
        place=PLACE,
    )
    return msgspec.structs.replace(free, **changes)


class Town:
    """A log that grows, and the read model of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.facts: list[Record] = []
        self.say(TICK)

    def say(self, *facts: Fact, id: str | None = None, time: int = NOW) -> None:
        for fact in facts:
            self.facts.append(record_of(fact, len(self.facts), id=id, time=time))
        self.log = answered(self.facts)
        project(self.url, self.log)

    def told(self) -> None:
        """What the zones' markets tell one another arrives."""
        engine = new_engine()
        for record in self.facts:
            for sending in engine.step(record).sendings:
                number = len(self.facts)
                source = market_source(sending.notice.from_zone)
                self.facts.append(record_of(sending.notice, number, id=sending.id, source=source))
        self.log = answered(self.facts)
        project(self.url, self.log)

    def offers(self) -> list[OfferMade]:
        outcomes = [decode_outcome(r)[1] for r in self.log if r.topic != EVENTS]
        return [outcome for outcome in outcomes if isinstance(outcome, OfferMade)]

    def accept(self, number: int = -1) -> None:
        offer = self.offers()[number]
        self.say(OfferAccepted(offer_id=offer.offer_id, worker_id=offer.worker_id, zone=ZONE))

    def job(self, job_id: str = "J-1") -> JobDoc:
        return msgspec.json.decode(self.stored(job_key(ZONE, job_id)), type=JobDoc)

    def employer(self, employer_id: str = "E-1") -> EmployerDoc:
        stored = self.stored(employer_key(ZONE, employer_id))
        return msgspec.json.decode(stored, type=EmployerDoc)

    def worker(self, worker_id: str = "W-1") -> WorkerDoc:
        return msgspec.json.decode(self.stored(worker_key(ZONE, worker_id)), type=WorkerDoc)

    def zone(self) -> ZoneDoc:
        return msgspec.json.decode(self.stored(zone_key(ZONE)), type=ZoneDoc)

    def members(self, key: str) -> list[str]:
        with Redis.from_url(self.url, decode_responses=True) as redis:
            return [str(member) for member in redis.zrange(key, 0, -1)]

    def text(self) -> str:
        return "\n".join(f"{key} {value}" for key, value in dump(self.url).items())

    def stored(self, key: str) -> bytes:
        with Redis.from_url(self.url) as redis:
            stored = redis.get(key)
        assert isinstance(stored, bytes), key
        return stored
