"""A market to talk to in plain words: say what happens, look at what follows."""

from typing import Any, TypeVar

import msgspec

from events.facts import (
    ClockTicked,
    Fact,
    JobPosted,
    OfferAccepted,
    OfferDeclined,
    WorkerAvailable,
)
from events.outcomes import AnyOutcome, OfferMade
from events.rejections import Rejection
from events.values import Crew, Interval, Pay, Place, Skill
from matching.engine import Engine
from matching.invariants.inspector import Inspector
from matching.market import Market
from matching.scorer import rules_only
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

T = TypeVar("T", bound=AnyOutcome)

JOB = JobPosted(
    job_id="J-1",
    zone=ZONE,
    station_id=f"{ZONE}-05",
    employer_id="E-1",
    title="采茶工",
    shifts=(Interval(start=NOW + 24 * HOUR, end=NOW + 33 * HOUR),),
    pay=Pay(amount_fen=15_000),
    place=Place(lat=29.60, lon=103.48),
    skills=("tea_picking",),
)
WORKER = WorkerAvailable(
    worker_id="W-1",
    zone=ZONE,
    station_id=f"{ZONE}-05",
    windows=(Interval(start=NOW, end=NOW + 14 * 24 * HOUR),),
    place=Place(lat=29.61, lon=103.48),
    skills=(Skill(code="tea_picking"),),
)


class Scenario:
    """One engine, one zone, and what came out so far."""

    def __init__(self) -> None:
        self.engine = Engine(0, 1, rules_only)
        self._inspector = Inspector(self.engine)
        self.outcomes: list[AnyOutcome] = []
        self.rejection: Rejection | None = None
        self._offset = 0
        self.happens(ClockTicked(now=NOW))

    @property
    def market(self) -> Market:
        return self.engine.markets[ZONE]

    def happens(
        self, fact: Fact, id: str | None = None, *, said_at: int | None = NOW
    ) -> list[AnyOutcome]:
        """The outcomes of one more fact, `said_at`; every invariant holds afterwards."""
        record = record_of(fact, self._offset, id=id, time=said_at)
        step = self.engine.step(record)
        self._offset += 1
        self.rejection = step.rejection
        self.outcomes = [emission.outcome for emission in step.emissions]
        self._inspector.inspect(record, step)
        return self.outcomes

    def posted(self, **changes: Any) -> list[AnyOutcome]:
        """A job is posted: the usual one, with changes."""
        return self.happens(msgspec.structs.replace(JOB, **changes))

    def available(self, worker_id: str = "W-1", **changes: Any) -> list[AnyOutcome]:
        """A worker is available: the usual one, with changes."""
        return self.happens(msgspec.structs.replace(WORKER, worker_id=worker_id, **changes))

    def crew(self, leader_id: str, size: int) -> list[AnyOutcome]:
        """A crew leader is available with their crew."""
        return self.available(leader_id, crew=Crew(leader_id=leader_id, size=size))

    def accepts(self, worker_id: str, offer_id: str | None = None) -> list[AnyOutcome]:
        """A worker says yes to an offer, by default to their only open one."""
        return self.happens(
            OfferAccepted(
                offer_id=offer_id or self.offer_of(worker_id), worker_id=worker_id, zone=ZONE
            )
        )

    def declines(self, worker_id: str, offer_id: str | None = None) -> list[AnyOutcome]:
        """A worker says no to an offer, by default to their only open one."""
        return self.happens(
            OfferDeclined(
                offer_id=offer_id or self.offer_of(worker_id), worker_id=worker_id, zone=ZONE
            )
        )

    def passes(self, hours: float) -> list[AnyOutcome]:
        """The clock moves on."""
        return self.happens(ClockTicked(now=self.engine.now + int(hours * HOUR)))

    def offer_of(self, worker_id: str) -> str:
        """The id of a worker's only open offer."""
        (offer_id,) = self.market.state.workers[worker_id].open_offers
        return offer_id

    def said(self, kind: type[T]) -> list[T]:
        """The outcomes of a kind that the last fact led to."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, kind)]

    def asked(self) -> list[str]:
        """Who got an offer from the last fact, in order."""
        return [offer.worker_id for offer in self.said(OfferMade)]
