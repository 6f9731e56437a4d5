"""What stations, workers and operators tell the market: the messages of `market.events`.

Every class names its CloudEvents type in `TYPE`, without the version; all are version 1.
"""

from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from events.values import (
    PRINTABLE,
    Channel,
    Code,
    Crew,
    EmploymentKind,
    Everywhere,
    Fen,
    Identifier,
    Interval,
    Message,
    Millis,
    Pay,
    Perk,
    Place,
    Policy,
    Release,
    Skill,
    StationId,
    Text,
    Title,
    TravelMode,
    Zone,
    ZoneOrAll,
)

Shifts = Annotated[tuple[Interval, ...], Meta(min_length=1, max_length=400)]
Windows = Annotated[tuple[Interval, ...], Meta(min_length=1, max_length=400)]
Codes = Annotated[tuple[Code, ...], Meta(max_length=50)]
Headcount = Annotated[int, Meta(ge=1, le=10_000)]
LONGEST_NAME: Final = 60
EmployerName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_NAME,
        pattern=PRINTABLE,
        description="what an organisation or a business is called; never a person's name",
    ),
]
Office = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_NAME,
        pattern=PRINTABLE,
        description="what an office is called; never a person's name",
    ),
]
ClaimKind = Literal["simple", "larger"]
ClaimResult = Literal["paid", "settled", "unfounded", "referred"]
Age = Annotated[int, Meta(ge=16, le=99, description="at least the legal working age")]


class JobPosted(Message, frozen=True, kw_only=True):
    """An employer needs `headcount` people for all `shifts`.

    With `accepts_crews` a crew is taken whole or not at all, unless `partial_crews`: then as many
    of it as there are places. `continues` names the job whose remaining days these are: one that
    has begun, and lacks people. Pages go by it, the market does not look at it.
    """

    TYPE: ClassVar[str] = "job.posted"

    job_id: Identifier
    zone: Zone
    station_id: Identifier
    employer_id: Identifier
    title: Title
    shifts: Shifts
    pay: Pay
    place: Place
    occupation: Code | None = None
    employment_kind: EmploymentKind = "gig"
    skills: Codes = ()
    certificates: Codes = ()
    headcount: Headcount = 1
    accepts_crews: bool = False
    partial_crews: bool = False
    perks: Annotated[tuple[Perk, ...], Meta(max_length=4)] = ()
    minimum_age: Age = 16
    posted_at: Millis | None = None
    expires_at: Millis | None = None
    employer_name: EmployerName | None = None
    continues: Identifier | None = None


class JobAmended(Message, frozen=True, kw_only=True):
    """New terms for a job whose work lies ahead; a field left out stays as it was."""

    TYPE: ClassVar[str] = "job.amended"

    job_id: Identifier
    zone: Zone
    title: Title | None = None
    shifts: Shifts | None = None
    pay: Pay | None = None
    place: Place | None = None
    skills: Codes | None = None
    certificates: Codes | None = None
    headcount: Headcount | None = None
    accepts_crews: bool | None = None
    partial_crews: bool | None = None
    perks: Annotated[tuple[Perk, ...], Meta(max_length=4)] | None = None
    minimum_age: Age | None = None
    expires_at: Millis | None = None
    employer_name: EmployerName | None = None


class JobCancelled(Message, frozen=True, kw_only=True):
    """The employer no longer needs anyone: offers are withdrawn, bookings cancelled."""

    TYPE: ClassVar[str] = "job.cancelled"

    job_id: Identifier
    zone: Zone
    reason: Text = ""


class WorkerAvailable(Message, frozen=True, kw_only=True):
    """When, where and for how much a worker will work; replaces what they said before.

    `valid_until` defaults to the end of the last window. `max_bookings` is the most bookings held
    at one time; without it only overlaps limit them. `birth_year` left out means the station has
    checked the legal working age and knows no more.
    """

    TYPE: ClassVar[str] = "worker.available"

    worker_id: Identifier
    zone: Zone
    station_id: Identifier
    windows: Windows
    place: Place
    skills: Annotated[tuple[Skill, ...], Meta(max_length=50)] = ()
    occupations: Codes = ()
    certificates: Codes = ()
    max_distance_km: Annotated[float, Meta(gt=0, le=3_000)] = 20.0
    pay_floor_fen_day: Fen = 0
    travel_mode: TravelMode = "ebike"
    birth_year: Annotated[int, Meta(ge=1900, le=2100)] | None = None
    crew: Crew | None = None
    other_zones: Annotated[tuple[Zone, ...], Meta(max_length=20)] = ()
    channels: Annotated[tuple[Channel, ...], Meta(min_length=1, max_length=5)] = ("page",)
    max_bookings: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    valid_until: Millis | None = None


class WorkerUnavailable(Message, frozen=True, kw_only=True):
    """A worker stops looking; bookings stay unless `cancel_bookings`."""

    TYPE: ClassVar[str] = "worker.unavailable"

    worker_id: Identifier
    zone: Zone
    cancel_bookings: bool = False
    reason: Text = ""


class WorkerForgotten(Message, frozen=True, kw_only=True):
    """A worker asks to be erased (PIPL art. 47): everything the market knows of them goes."""

    TYPE: ClassVar[str] = "worker.forgotten"

    worker_id: Identifier
    zone: Zone


class OfferAccepted(Message, frozen=True, kw_only=True):
    """A worker, or a clerk for them, says yes to an offer."""

    TYPE: ClassVar[str] = "offer.accepted"

    offer_id: Identifier
    worker_id: Identifier
    zone: Zone


class OfferDeclined(Message, frozen=True, kw_only=True):
    """A worker says no to an offer; after an acceptance it cancels the booking."""

    TYPE: ClassVar[str] = "offer.declined"

    offer_id: Identifier
    worker_id: Identifier
    zone: Zone
    reason: Text = ""


class WorkCompleted(Message, frozen=True, kw_only=True):
    """A booked worker did the work; not before its first shift has begun."""

    TYPE: ClassVar[str] = "work.completed"

    job_id: Identifier
    worker_id: Identifier
    zone: Zone


class WorkNoShow(Message, frozen=True, kw_only=True):
    """A booked worker did not come, which is known once the first shift has begun.

    An excused absence does not count against them.
    """

    TYPE: ClassVar[str] = "work.no_show"

    job_id: Identifier
    worker_id: Identifier
    zone: Zone
    excused: bool = False


class WorkRated(Message, frozen=True, kw_only=True):
    """One side of a completed booking rates the other.

    Of what the employer says the last counts. A worker says it once; other workers read it, and it
    ranks nobody.
    """

    TYPE: ClassVar[str] = "work.rated"

    job_id: Identifier
    worker_id: Identifier
    zone: Zone
    rated_by: Literal["employer", "worker"] = "employer"
    stars: Annotated[int, Meta(ge=1, le=5)]


class WageClaimOpened(Message, frozen=True, kw_only=True):
    """Workers say an employer has not paid them (欠薪线索).

    `kind` is what the clerk takes it for: a simple one is checked the same day, a larger one has a
    result in so many working days. Desks and reports go by it, the market does not look at it.
    """

    TYPE: ClassVar[str] = "wage_claim.opened"

    claim_id: Identifier
    employer_id: Identifier
    zone: Zone
    amount_fen: Annotated[int, Meta(ge=0, le=100_000_000_000)] = 0
    workers: Annotated[int, Meta(ge=1, le=100_000)] = 1
    kind: ClaimKind = "larger"


class WageClaimClosed(Message, frozen=True, kw_only=True):
    """A wage claim has been settled, or another office has it: `referred_to`."""

    TYPE: ClassVar[str] = "wage_claim.closed"

    claim_id: Identifier
    employer_id: Identifier
    zone: Zone
    result: ClaimResult = "paid"
    referred_to: Office | None = None


class EmployerListed(Message, frozen=True, kw_only=True):
    """An employer is on the lost-trust list for unpaid wages (拖欠农民工工资失信名单).

    From here on they are offered nobody, whatever wage claims are open.
    """

    TYPE: ClassVar[str] = "employer.listed"

    employer_id: Identifier
    zone: Zone


class EmployerDelisted(Message, frozen=True, kw_only=True):
    """An employer is off that list again."""

    TYPE: ClassVar[str] = "employer.delisted"

    employer_id: Identifier
    zone: Zone


class ClockTicked(Message, frozen=True, kw_only=True):
    """The only thing that moves a market's clock; an earlier time than the last is ignored."""

    TYPE: ClassVar[str] = "clock.ticked"

    zone: ZoneOrAll = "*"
    now: Millis


class ModelPromoted(Message, frozen=True, kw_only=True):
    """From here on this release scores: the sha256 of its manifest, or the built-in rules."""

    TYPE: ClassVar[str] = "model.promoted"

    zone: ZoneOrAll = "*"
    release: Release


class PolicyChanged(Message, frozen=True, kw_only=True):
    """From here on the market follows this policy."""

    TYPE: ClassVar[str] = "policy.changed"

    zone: ZoneOrAll = "*"
    policy: Policy


class StationQuarantined(Message, frozen=True, kw_only=True):
    """From here on nothing that this station sends is looked at: it goes to the dead letters.

    The matcher that owns a partition writes it there when nearly all of a station's records are
    refused; `refused` is how many it had counted.
    """

    TYPE: ClassVar[str] = "station.quarantined"

    zone: Everywhere = "*"
    station_id: StationId
    refused: Annotated[int, Meta(ge=0)] = 0


class StationReleased(Message, frozen=True, kw_only=True):
    """From here on what this station sends is looked at again."""

    TYPE: ClassVar[str] = "station.released"

    zone: Everywhere = "*"
    station_id: StationId


Fact = (
    JobPosted
    | JobAmended
    | JobCancelled
    | WorkerAvailable
    | WorkerUnavailable
    | WorkerForgotten
    | OfferAccepted
    | OfferDeclined
    | WorkCompleted
    | WorkNoShow
    | WorkRated
    | WageClaimOpened
    | WageClaimClosed
    | EmployerListed
    | EmployerDelisted
    | ClockTicked
    | ModelPromoted
    | PolicyChanged
    | StationQuarantined
    | StationReleased
)
