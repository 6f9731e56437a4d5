"""What an event leads to: outcomes, and notices to other zones' markets."""

from typing import Any

from events.facts import JobPosted
from events.notices import Notice, Report, VisitorReported
from events.outcomes import AnyOutcome, Cause, Outcome
from matching.days import day_in_china
from matching.lawful import first_start
from matching.market_state import MarketState
from matching.state import Offer


class Sayings:
    """The outcomes and notices of the current event."""

    def __init__(self, state: MarketState) -> None:
        self.state = state
        self.notices: list[Notice] = []
        """What the other zones' markets are told of the current event."""
        self.said_at = 0
        """When the current event was said, UTC ms, as its station tells the time; 0 if it does not.

        It never moves the market's clock."""
        self._outcomes: list[AnyOutcome] = []
        self._cause = Cause(partition=0, offset=-1, ce_id="")

    @property
    def latest(self) -> int:
        """The time by the market's clock, or by the one of the current event if that is later."""
        return max(self.state.now, self.said_at)

    def worked_until(self, posted: JobPosted) -> int:
        """Until when work that is reported was done: now, or later by the report's own clock.

        A matcher that stopped before the work or in the middle of a shift has a clock that stands
        there. The report's counts within the day of that shift, or of the first one: a station's
        clock that is fast would make work of days to come.
        """
        now, first = self.state.now, first_start(posted)
        begun = max((shift.start for shift in posted.shifts if shift.start < now), default=first)
        day = day_in_china(begun)
        ends = (shift.end for shift in posted.shifts if day_in_china(shift.start) == day)
        return max(now, min(self.latest, max(ends)))

    def begin(self, cause: Cause, said_at: int = 0) -> None:
        """Start the outcomes of a new event, said at a time by its own clock."""
        self._cause = cause
        self.said_at = said_at
        self._outcomes = []
        self.notices = []

    def finish(self) -> list[AnyOutcome]:
        """The outcomes since `begin`."""
        return self._outcomes

    def say(self, outcome: type[Outcome], **fields: Any) -> None:
        """Add an outcome of the current event."""
        self._outcomes.append(
            outcome(zone=self.state.zone, at=self.state.now, cause=self._cause, **fields)  # type: ignore[arg-type]
        )

    def send(self, notice: type[Notice], *, zone: str, worker_id: str, **fields: Any) -> None:
        """Tell another zone's market of a worker."""
        self.notices.append(
            notice(zone=zone, from_zone=self.state.zone, worker_id=worker_id, **fields)
        )

    def report(
        self, offer: Offer, what: Report, stars: int | None = None, former: int | None = None
    ) -> None:
        """Tell a visitor's home zone what became of an offer; nothing for others."""
        worker = self.state.workers.get(offer.worker_id)
        if worker is not None and worker.visit is not None:
            self.send(
                VisitorReported,
                zone=worker.visit.home,
                worker_id=offer.worker_id,
                offer_id=offer.offer_id,
                what=what,
                stars=stars,
                former=former,
            )


def parties(offer: Offer) -> dict[str, str]:
    """Whom an outcome about an offer is about."""
    return {"offer_id": offer.offer_id, "job_id": offer.job_id, "worker_id": offer.worker_id}
