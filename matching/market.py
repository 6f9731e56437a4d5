"""One market: a state machine folded over the events of a zone.

    (state, event) -> (state, [outcome, ...])

What may happen to whom:

    job       open -> filled | expired | cancelled;  filled -> open when a booked worker drops out,
              or expired when its work has begun by then;
              filled, expired -> open | filled | cancelled by a clerk, while its work lies ahead
    offer     open -> accepted | declined | expired | withdrawn;  accepted -> withdrawn
    booking   confirmed -> completed | no_show | cancelled;  pending -> confirmed, for a visitor
    worker    unknown -> available <-> unavailable;  any -> forgotten
    employer  clear <-> blocked, by the number of open wage claims, or by the lost-trust list

An event that is impossible in the present state raises Rejection before anything has changed.
Only `clock.ticked` moves the clock. After each event `offers.settle` asks the next workers.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from events.facts import (
    ClockTicked,
    EmployerDelisted,
    EmployerListed,
    JobAmended,
    JobCancelled,
    JobPosted,
    ModelPromoted,
    OfferAccepted,
    OfferDeclined,
    PolicyChanged,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerAvailable,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.notices import (
    AnyFact,
    BookingAnswered,
    BookingRequested,
    VisitorAnnounced,
    VisitorReported,
)
from events.outcomes import AnyOutcome, Cause
from events.refusals import UNKNOWN_RELEASE
from events.rejections import Rejection
from matching.ledger import Ledger, OnOffer
from matching.market_state import MarketState
from matching.offers import settle
from matching.pool import Dump, MakePool
from matching.recent import Recent
from matching.scorer import OpenScorer
from matching.snapshots import pack
from matching.transitions import answers, away, employers, jobs, rules, visits, work, workers

_TRANSITIONS: Final[Mapping[type[Any], Callable[[Ledger, Any], None]]] = {
    JobPosted: jobs.job_posted,
    JobAmended: jobs.job_amended,
    JobCancelled: jobs.job_cancelled,
    WorkerAvailable: workers.worker_available,
    WorkerUnavailable: workers.worker_unavailable,
    WorkerForgotten: workers.worker_forgotten,
    OfferAccepted: answers.offer_accepted,
    OfferDeclined: answers.offer_declined,
    WorkCompleted: work.work_completed,
    WorkNoShow: work.work_no_show,
    WorkRated: work.work_rated,
    WageClaimOpened: employers.wage_claim_opened,
    WageClaimClosed: employers.wage_claim_closed,
    EmployerListed: employers.employer_listed,
    EmployerDelisted: employers.employer_delisted,
    ClockTicked: rules.clock_ticked,
    PolicyChanged: rules.policy_changed,
    VisitorAnnounced: visits.visitor_announced,
    BookingAnswered: visits.booking_answered,
    BookingRequested: away.booking_requested,
    VisitorReported: away.visitor_reported,
}


class Market:
    """The market of one zone. All of it is a function of the events applied so far."""

    def __init__(
        self,
        state: MarketState,
        pool_dump: Dump | None = None,
        *,
        open_scorer: OpenScorer,
        make_pool: MakePool,
        on_offer: OnOffer | None = None,
    ) -> None:
        self.state = state
        self._open_scorer = open_scorer
        self.ledger = Ledger(state, make_pool(), open_scorer(state.release), on_offer)
        self.ledger.reopen(pool_dump)
        self._recent = Recent(state.recent)

    def apply(self, fact: AnyFact, cause: Cause, said_at: int = 0) -> list[AnyOutcome]:
        """Fold one fact, `said_at` by its own clock, into the market; return what follows from it.

        What other zones' markets are to be told of it is then in `ledger.notices`.

        Raises Rejection, with nothing changed, when the fact is impossible now.
        """
        self.ledger.begin(cause, said_at)
        if isinstance(fact, ModelPromoted):
            self._promote(fact)
        else:
            _TRANSITIONS[type(fact)](self.ledger, fact)
        settle(self.ledger)
        away.announce_all(self.ledger)
        self.state.workers.rest()
        return self.ledger.finish()

    def knows(self, fingerprint: int) -> bool:
        """Whether an event has been applied before."""
        return fingerprint in self._recent

    def remember(self, fingerprint: int) -> None:
        """Recognise an applied event from now on; a rejected one may come again."""
        self._recent.add(fingerprint)

    def told(self) -> list[int]:
        """The events that have been applied, as far as they are remembered."""
        return self._recent.all()

    @property
    def is_nobodys(self) -> bool:
        """Whether it was made for visitors alone, of a zone that may be none, and has no more.

        One that is made again begins as it stands, but for what it has been told.
        """
        return not self.state.is_open and not self.state.visitors

    def snapshot(self) -> MarketState:
        """The state, complete; a market made from it goes on the same way."""
        self.state.recent = self._recent.pack()
        return self.state

    def packed(self) -> bytes:
        """The snapshot as bytes."""
        pool = self.ledger.pool
        return pack(self.snapshot(), pool.dump_workers(), pool.next_end())

    def _promote(self, fact: ModelPromoted) -> None:
        try:
            self.ledger.scorer = self._open_scorer(fact.release)
        except KeyError:
            raise Rejection(UNKNOWN_RELEASE, "release", value=fact.release) from None
        self.state.release = fact.release
