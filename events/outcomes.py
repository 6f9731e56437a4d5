"""What the market answers: the messages of `market.outcomes`.

An outcome's id is (zone, offset of its cause, index), and zone@partition where a record is refused
in a partition that is not the zone's, so a repeated delivery has the same id and
the same bytes. `at` is the market's clock, in UTC milliseconds (0 before the first tick).
"""

from typing import ClassVar, Literal

from events.values import Identifier, Interval, Message, Zone, ZoneOrAll

WithdrawalReason = Literal[
    "job_filled",
    "job_cancelled",
    "job_expired",
    "terms_changed",
    "worker_booked",
    "worker_unavailable",
    "worker_forgotten",
    "worker_declined",
    "employer_blocked",
]
InvitedVia = Literal["ranking", "waiting", "exploration"]
RefusalReason = Literal[
    "taken",
    "job_filled",
    "expired",
    "withdrawn",
    "declined",
    "blocked",
    "unknown_offer",
    "home_silent",
    "worker_forgotten",
]
CancellationReason = Literal[
    "job_cancelled", "terms_changed", "worker_declined", "worker_unavailable", "worker_forgotten"
]

AwayResult = Literal[
    "completed",
    "no_show",
    "cancelled",
    "worker_unavailable",
    "worker_forgotten",
    "terms_changed",
    "never_reported",
]


class Cause(Message, frozen=True, kw_only=True):
    """The record of `market.events` that led to an outcome."""

    partition: int
    offset: int
    ce_id: str


class Outcome(Message, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every outcome."""

    TYPE: ClassVar[str] = ""

    zone: ZoneOrAll
    at: int
    cause: Cause


class Reason(Message, frozen=True, kw_only=True):
    """Why a pair ranks where it does: how much this reason moved the score."""

    code: str
    contribution: float


class Ranked(Message, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a ranking; `score` = P(accept) x P(complete | accept) x policy weights."""

    rank: int
    score: float
    p_accept: float
    p_complete: float
    distance_km: float
    reasons: tuple[Reason, ...]
    worker_id: Identifier | None = None
    job_id: Identifier | None = None


class MatchRanked(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """The best workers for a job, or the best jobs for a worker.

    `pool` is how many were looked at, `feasible` how many satisfy every hard constraint, and
    `excluded` counts the others by the first constraint they fail; the three always add up.
    """

    TYPE: ClassVar[str] = "match.ranked"

    subject: Literal["job", "worker"]
    model: str
    policy: str
    pool: int
    feasible: int
    excluded: dict[str, int]
    ranking: tuple[Ranked, ...]
    job_id: Identifier | None = None
    worker_id: Identifier | None = None

    @property
    def ranked_workers(self) -> tuple[str, ...]:
        """The workers in a job's ranking, best first."""
        return tuple(line.worker_id for line in self.ranking if line.worker_id is not None)


class OfferMade(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """A place is offered to a worker until `expires_at`.

    `tier` is the job's round of offers, from 1; `ring` how far out the worker lives, 0 for the
    job's own station and near it; `via` says whether rank, a long wait or the policy's
    exploration brought the offer. `propensity` is the probability with which this worker was
    asked in this turn: 1 where the choice was certain.
    """

    TYPE: ClassVar[str] = "offer.made"

    offer_id: Identifier
    job_id: Identifier
    worker_id: Identifier
    rank: int
    score: float
    p_accept: float
    p_complete: float
    places: int
    expires_at: int
    model: str
    tier: int | None = None
    ring: int | None = None
    via: InvitedVia | None = None
    propensity: float | None = None


class OfferExpired(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """Nobody answered in time; the next in rank is asked.

    Silence is not counted as an answer where nobody could see the offer, because no market was at
    work while it stood, or where it ended with the worker's own availability.
    """

    TYPE: ClassVar[str] = "offer.expired"

    offer_id: Identifier
    job_id: Identifier
    worker_id: Identifier
    counted: bool = True


class OfferWithdrawn(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """An open offer no longer stands."""

    TYPE: ClassVar[str] = "offer.withdrawn"

    offer_id: Identifier
    job_id: Identifier
    worker_id: Identifier
    reason: WithdrawalReason


class BookingConfirmed(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """The worker has the place for all `shifts`; `remaining` places are still open."""

    TYPE: ClassVar[str] = "booking.confirmed"

    offer_id: Identifier
    job_id: Identifier
    worker_id: Identifier
    shifts: tuple[Interval, ...]
    places: int
    remaining: int


class BookingPending(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """A visitor said yes: the places are kept while their home zone is asked, until `until`."""

    TYPE: ClassVar[str] = "booking.pending"

    offer_id: Identifier
    job_id: Identifier
    worker_id: Identifier
    places: int
    until: int


class BookingRefused(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """An acceptance came too late or for nothing."""

    TYPE: ClassVar[str] = "booking.refused"

    offer_id: Identifier
    worker_id: Identifier
    reason: RefusalReason
    job_id: Identifier | None = None


class BookingCancelled(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """A confirmed booking no longer stands."""

    TYPE: ClassVar[str] = "booking.cancelled"

    offer_id: Identifier
    job_id: Identifier
    worker_id: Identifier
    reason: CancellationReason


class AwayBooked(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """A worker of this zone has a place in another: `shifts` are in their calendar."""

    TYPE: ClassVar[str] = "away.booked"

    offer_id: Identifier
    job_id: Identifier
    job_zone: Zone
    worker_id: Identifier
    shifts: tuple[Interval, ...]
    places: int


class AwayEnded(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """A place in another zone is done, not come to, or no longer stands."""

    TYPE: ClassVar[str] = "away.ended"

    offer_id: Identifier
    job_id: Identifier
    job_zone: Zone
    worker_id: Identifier
    result: AwayResult


class JobFilled(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """Every place is booked."""

    TYPE: ClassVar[str] = "job.filled"

    job_id: Identifier
    headcount: int


class JobExpired(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """The posting's time ran out with places still open."""

    TYPE: ClassVar[str] = "job.expired"

    job_id: Identifier
    headcount: int
    booked: int


class JobUnfilled(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """Places are open and nobody is left to ask; `excluded` says what stands in the way."""

    TYPE: ClassVar[str] = "job.unfilled"

    job_id: Identifier
    headcount: int
    booked: int
    pool: int
    excluded: dict[str, int]


class EmployerBlocked(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """Too many open wage claims, or lost trust: no more offers for this employer's jobs."""

    TYPE: ClassVar[str] = "employer.blocked"

    employer_id: Identifier
    open_claims: int
    listed: bool = False


class EmployerCleared(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """A blocked employer is below the threshold again, and not on the lost-trust list."""

    TYPE: ClassVar[str] = "employer.cleared"

    employer_id: Identifier
    open_claims: int


class EventRejected(Outcome, frozen=True, kw_only=True, omit_defaults=True):
    """An event was not understood or impossible; its bytes are in the dead letters."""

    TYPE: ClassVar[str] = "event.rejected"

    code: str
    field: str
    reason: str
    reason_zh: str = ""
    ce_type: str = ""


AnyOutcome = (
    MatchRanked
    | OfferMade
    | OfferExpired
    | OfferWithdrawn
    | BookingConfirmed
    | BookingPending
    | BookingRefused
    | BookingCancelled
    | AwayBooked
    | AwayEnded
    | JobFilled
    | JobExpired
    | JobUnfilled
    | EmployerBlocked
    | EmployerCleared
    | EventRejected
)
