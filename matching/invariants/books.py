"""A second set of books: what a market's outcomes have said, to hold its state against."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from events.facts import ClockTicked, OfferDeclined
from events.notices import AnyFact
from events.outcomes import (
    AnyOutcome,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    EventRejected,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from matching.invariants.parts import EMPLOYER_RULES, JOB_RULES, OFFER_RULES, WORKER_RULES, Rule
from matching.invariants.said import OUTCOME_RULES
from matching.invariants.whole import MARKET_RULES
from matching.market import Market
from matching.market_state import MarketState
from matching.state import Employer, Job, Offer, Worker

T = TypeVar("T")
Things = Iterable[tuple[str, T]]


class Breach(NamedTuple):
    """A rule that does not hold, of whom, and how."""

    rule: str
    of: str
    how: str


class Touched(NamedTuple):
    """Ids that an event and its outcomes name; dicts, for their order."""

    jobs: dict[str, None]
    workers: dict[str, None]
    offers: dict[str, None]
    employers: dict[str, None]

    @classmethod
    def by(cls, messages: Iterable[AnyFact | AnyOutcome], state: MarketState) -> "Touched":
        """What messages name, and the jobs and workers of the offers among that."""
        touched = cls({}, {}, {}, {})
        for message in messages:
            for ids, field in zip(touched, ("job", "worker", "offer", "employer"), strict=True):
                id = getattr(message, f"{field}_id", None)
                if id is not None:
                    ids[id] = None
        for offer_id in touched.offers:
            offer = state.offers.get(offer_id)
            if offer is not None:
                touched.jobs[offer.job_id] = touched.workers[offer.worker_id] = None
        return touched


class Books:
    """Follows one market from its first event, or from a state (`of`)."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._now = 0
        self._open: set[str] = set()
        self._pending: set[str] = set()

    @classmethod
    def of(cls, market: Market) -> "Books":
        """Books that begin with the state a market has now."""
        books = cls(market)
        books._now = market.state.now
        books._open = _open_offers(market.state)
        books._pending = _pending_offers(market.state)
        return books

    def follow(self, fact: AnyFact, outcomes: list[AnyOutcome], offset: int) -> Iterator[Breach]:
        """Check a fact's outcomes and all that it touched."""
        yield from self._look_at_the_clock(fact)
        if isinstance(fact, OfferDeclined) and self._market.state.offset == offset:
            self._open.discard(fact.offer_id)
        for outcome in outcomes:
            yield from self._hear(outcome)
            for rule in OUTCOME_RULES:
                for how in rule(self._market, outcome):
                    yield Breach(rule.__name__, outcome.TYPE, how)
        state = self._market.state
        touched = Touched.by((fact, *outcomes), state)
        for offer_id in touched.offers:
            offer = state.offers.get(offer_id)
            is_open = offer is not None and offer.status == "open"
            if is_open != (offer_id in self._open):
                yield Breach("what_is_said_is_so", offer_id, f"{is_open=}")
        yield from self._parts(
            _present(touched.jobs, state.jobs.get),
            _present(touched.workers, state.workers.get),
            _present(touched.offers, state.offers.get),
            _present(touched.employers, state.employers.get),
        )

    def sweep(self) -> Iterator[Breach]:
        """Check all parts, and the whole."""
        state = self._market.state
        yield from self._parts(
            state.jobs.items(), state.workers.items(), state.offers.items(), state.employers.items()
        )
        for rule in MARKET_RULES:
            for how in rule(self._market):
                yield Breach(rule.__name__, state.zone, how)
        known = _open_offers(state)
        if self._open != known:
            how = f"said {sorted(self._open - known)}, not said {sorted(known - self._open)}"
            yield Breach("what_is_said_is_so", state.zone, how)
        if self._pending != _pending_offers(state):
            yield Breach("what_is_said_is_so", state.zone, f"pending {sorted(self._pending)}")

    def _look_at_the_clock(self, fact: AnyFact) -> Iterator[Breach]:
        now = self._market.state.now
        expected = max(self._now, fact.now) if isinstance(fact, ClockTicked) else self._now
        if now < expected or (now > expected and self._now > 0):
            yield Breach("only_ticks_move_the_clock", fact.TYPE, f"to {now}, not {expected}")
        self._now = now

    def _hear(self, outcome: AnyOutcome) -> Iterator[Breach]:
        """Offers begin once and end once."""
        match outcome:
            case OfferMade():
                if outcome.offer_id in self._open:
                    yield Breach("offers_begin_and_end_once", outcome.offer_id, "made again")
                self._open.add(outcome.offer_id)
            case BookingConfirmed() if outcome.offer_id in self._pending:
                self._pending.discard(outcome.offer_id)
            case BookingPending() if outcome.offer_id in self._pending:
                pass  # said again to whoever asked again
            case OfferExpired() | OfferWithdrawn() | BookingConfirmed() | BookingPending():
                if outcome.offer_id not in self._open:
                    yield Breach("offers_begin_and_end_once", outcome.offer_id, outcome.TYPE)
                self._open.discard(outcome.offer_id)
                if isinstance(outcome, BookingPending):
                    self._pending.add(outcome.offer_id)
            case BookingRefused() if not self._waits(outcome.offer_id):
                self._pending.discard(outcome.offer_id)
            case EventRejected():
                yield Breach("rejected_events_change_nothing", outcome.code, "with outcomes")
            case _:
                pass

    def _waits(self, offer_id: str) -> bool:
        """Whether a yes still waits for the home zone; one of somebody else is refused."""
        offer = self._market.state.offers.get(offer_id)
        return offer is not None and self._market.ledger.pending(offer) is not None

    def _parts(
        self,
        jobs: Things[Job],
        workers: Things[Worker],
        offers: Things[Offer],
        employers: Things[Employer],
    ) -> Iterator[Breach]:
        yield from self._broken(JOB_RULES, jobs)
        yield from self._broken(WORKER_RULES, workers)
        yield from self._broken(OFFER_RULES, offers)
        yield from self._broken(EMPLOYER_RULES, employers)

    def _broken(self, rules: tuple[Rule[T], ...], things: Things[T]) -> Iterator[Breach]:
        for id, thing in things:
            for rule in rules:
                for how in rule(self._market, id, thing):
                    yield Breach(rule.__name__, id, how)


def _present(ids: Iterable[str], get: Callable[[str], T | None]) -> Things[T]:
    return ((id, thing) for id in ids if (thing := get(id)) is not None)


def _open_offers(state: MarketState) -> set[str]:
    return {offer_id for offer_id, offer in state.offers.items() if offer.status == "open"}


def _pending_offers(state: MarketState) -> set[str]:
    return {
        booking.offer_id
        for job in state.jobs.values()
        for booking in job.booked.values()
        if booking.pending_until
    }
