"""Decisions of a log as a table: every offer, what was known when it was made, what came of it.

The columns of `SCHEMA`, one row an offer in order of time. Rankings, offers, answers and outcomes
are joined by what they name as their cause and by the ids of offers.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from events.facts import JobPosted, OfferDeclined, WorkCompleted, WorkNoShow
from events.notices import AnyFact
from events.outcomes import (
    AnyOutcome,
    BookingCancelled,
    BookingConfirmed,
    BookingPending,
    BookingRefused,
    MatchRanked,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from events.topics import ALL_ZONES
from events.values import Zone, ZoneOrAll
from matching.features import FEATURES
from matching.market_state import MarketState
from matching.track_record import REPORTED_MS

Features = NDArray[np.float32]

FEATURE_COLUMNS: Final = tuple(f"x_{name}" for name in FEATURES)
_COLUMNS: Final = (
    ("log", pa.int32()),
    ("zone", pa.string()),
    ("offer_id", pa.string()),
    ("job_id", pa.string()),
    ("worker_id", pa.string()),
    ("employer_id", pa.string()),
    ("station_id", pa.string()),
    ("worker_station_id", pa.string()),
    ("occupation", pa.string()),
    ("skill", pa.string()),
    ("headcount", pa.int32()),
    ("cause_partition", pa.int32()),
    ("cause_offset", pa.int64()),
    ("cause_id", pa.string()),
    ("at", pa.int64()),
    ("release", pa.string()),
    ("policy", pa.string()),
    ("explore_share", pa.float64()),
    ("ranked_for", pa.string()),
    ("pool", pa.int64()),
    ("feasible", pa.int64()),
    ("rank", pa.int32()),
    ("tier", pa.int32()),
    ("ring", pa.int32()),
    ("via", pa.string()),
    ("propensity", pa.float64()),
    ("places", pa.int32()),
    ("score", pa.float64()),
    ("p_accept", pa.float64()),
    ("p_complete", pa.float64()),
    ("answers_before", pa.int32()),
    ("postings_before", pa.int32()),
    ("accepted", pa.bool_()),
    ("answered_at", pa.int64()),
    ("completed", pa.bool_()),
    ("finished_at", pa.int64()),
    ("is_over", pa.bool_()),
)
SCHEMA: Final = pa.schema([*_COLUMNS, *((name, pa.float32()) for name in FEATURE_COLUMNS)])
"""`log` numbers the logs of a table: ids are of one zone of one log. Times are UTC ms; `at` is when
the offer was made. `ranked_for` says whose ranking of the same cause was published (`job` or
`worker`), with its `pool` and `feasible`; null when the offer came without one. `answers_before`
are the worker's answers so far, `postings_before` the employer's earlier postings. Null in
`accepted` and `completed` is unknown, for ever or still. `is_over` says whether the log goes on
for REPORTED_MS after the work: until then only those who fell out early are known, and to learn
from them alone would be to learn that everybody does."""


class Circumstances(NamedTuple):
    """What the market knew about the parties of an offer, and what policy it followed."""

    employer_id: str
    station_id: str
    worker_station_id: str
    occupation: str | None
    skill: str | None
    headcount: int
    work_ends: int
    policy: str
    explore_share: float
    answers_before: int

    @classmethod
    def of(cls, offer: OfferMade, state: MarketState) -> "Circumstances":
        """The circumstances of an offer that a market in this state has just made."""
        posted, worker = state.jobs[offer.job_id].posted, state.workers[offer.worker_id]
        assert worker.available is not None
        record = worker.record
        return cls(
            employer_id=posted.employer_id,
            station_id=posted.station_id,
            worker_station_id=worker.available.station_id,
            occupation=posted.occupation,
            skill=posted.skills[0] if posted.skills else None,
            headcount=posted.headcount,
            work_ends=max(shift.end for shift in posted.shifts),
            policy=state.policy.mode,
            explore_share=state.policy.explore_share,
            answers_before=record.accepted + record.declined + record.expired,
        )


@dataclass
class _Decision:
    """One offer and what became of it; the first answer counts, None is unknown for ever."""

    offer: OfferMade
    row: Features
    then: Circumstances
    postings_before: int
    accepted: bool | None = None
    answered_at: int | None = None
    completed: bool | None = None
    finished_at: int | None = None

    def answer(self, accepted: bool | None, at: int) -> None:
        if self.answered_at is None:
            self.accepted, self.answered_at = accepted, at

    def end(self, completed: bool | None, at: int) -> None:
        if self.finished_at is None:
            self.completed, self.finished_at = completed, at


@dataclass
class Answers:
    """Offers and what followed, as they pass. Feed it the engine's offers, facts and outcomes.

    Accepted: confirmed, or said yes to after the place was gone. Not accepted: declined, or
    expired unanswered. Unknown: withdrawn, or still open when the log ends. Completed: the work
    was done. Not completed: did not come, or cancelled by the worker. Unknown: cancelled by the
    job, an excused absence, or not yet over.
    """

    _made: dict[str, _Decision] = field(default_factory=dict)
    _bookings: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _rankings: dict[tuple[str, int, str], MatchRanked] = field(default_factory=dict)
    _postings: Counter[tuple[str, str]] = field(default_factory=Counter)
    _earlier: dict[tuple[str, str], int] = field(default_factory=dict)
    _clocks: dict[ZoneOrAll, int] = field(default_factory=dict)

    def on_offer(self, offer: OfferMade, row: Features, then: Circumstances) -> None:
        """An offer was made on these features (F,)."""
        earlier = self._earlier.get((offer.zone, offer.job_id))
        if earlier is None:  # made in the event of the posting itself
            earlier = self._postings[offer.zone, then.employer_id]
        self._made[offer.offer_id] = _Decision(offer, row.copy(), then, earlier)

    def on_fact(self, fact: AnyFact, at: int) -> None:
        """The market took in a fact; `at` is its clock then, or its partition's."""
        self._clocks[fact.zone] = at
        match fact:
            case JobPosted():
                employer = fact.zone, fact.employer_id
                self._earlier[fact.zone, fact.job_id] = self._postings[employer]
                self._postings[employer] += 1
            case OfferDeclined():
                decision = self._made.get(fact.offer_id)
                if decision is not None and decision.offer.worker_id == fact.worker_id:
                    decision.answer(False, at)
            case WorkCompleted():
                self._end(fact, True, at)
            case WorkNoShow():
                self._end(fact, None if fact.excused else False, at)
            case _:
                pass

    def on_outcome(self, outcome: AnyOutcome) -> None:
        """The market said something."""
        at = outcome.at
        match outcome:
            case MatchRanked():
                whom = outcome.job_id or outcome.worker_id or ""
                self._rankings[outcome.zone, outcome.cause.offset, whom] = outcome
            case BookingConfirmed():
                self._made[outcome.offer_id].answer(True, at)
                parties = (outcome.zone, outcome.job_id, outcome.worker_id)
                self._bookings[parties] = outcome.offer_id
            case BookingPending() | BookingRefused(reason="taken" | "job_filled" | "blocked"):
                self._made[outcome.offer_id].answer(True, at)
            case OfferExpired():
                self._made[outcome.offer_id].answer(False if outcome.counted else None, at)
            case OfferWithdrawn():
                self._made[outcome.offer_id].answer(None, at)
            case BookingCancelled(reason="worker_declined" | "worker_unavailable"):
                self._made[outcome.offer_id].end(False, at)
            case BookingCancelled():
                self._made[outcome.offer_id].end(None, at)
            case _:
                pass

    def table(self) -> pa.Table:
        """All offers so far, in order of time."""
        made = sorted(self._made.values(), key=lambda decision: decision.offer.at)
        lines = [self._line(decision) for decision in made]
        columns: dict[str, Any] = {
            name: pa.array([line[name] for line in lines], type) for name, type in _COLUMNS
        }
        rows = np.array([decision.row for decision in made], np.float32)
        rows = rows.reshape(len(made), len(FEATURES))
        features = {name: pa.array(rows[:, at]) for at, name in enumerate(FEATURE_COLUMNS)}
        return pa.table({**columns, **features}, schema=SCHEMA)

    def _line(self, decision: _Decision) -> dict[str, Any]:
        offer = decision.offer
        found = (
            self._rankings.get((offer.zone, offer.cause.offset, whom))
            for whom in (offer.job_id, offer.worker_id)
        )
        ranked = next((ranking for ranking in found if ranking is not None), None)
        return {
            **{name: getattr(offer, name) for name in _OF_THE_OFFER},
            **decision.then._asdict(),
            "log": 0,
            "cause_partition": offer.cause.partition,
            "cause_offset": offer.cause.offset,
            "cause_id": offer.cause.ce_id,
            "release": offer.model,
            "is_over": decision.then.work_ends + REPORTED_MS <= self._clock(offer.zone),
            "ranked_for": None if ranked is None else ranked.subject,
            "pool": None if ranked is None else ranked.pool,
            "feasible": None if ranked is None else ranked.feasible,
            **{name: getattr(decision, name) for name in _OF_THE_ANSWER},
        }

    def _clock(self, zone: Zone) -> int:
        return max(self._clocks.get(zone, 0), self._clocks.get(ALL_ZONES, 0))

    def _end(self, fact: WorkCompleted | WorkNoShow, completed: bool | None, at: int) -> None:
        offer_id = self._bookings.get((fact.zone, fact.job_id, fact.worker_id))
        if offer_id is not None:
            self._made[offer_id].end(completed, at)


_OF_THE_OFFER: Final = (
    *("zone", "offer_id", "job_id", "worker_id", "at", "rank", "tier", "ring", "via"),
    *("propensity", "places", "score", "p_accept", "p_complete"),
)
_OF_THE_ANSWER: Final = ("postings_before", "accepted", "answered_at", "completed", "finished_at")
