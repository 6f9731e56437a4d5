"""What a station's terminal and its kiosk are answered, besides jobs and workers."""

from typing import Any, Literal

from events.facts import ClaimKind, ClaimResult
from events.notifications import Kind, OffReason
from events.values import Interval, Millis, Pay, Perk, Settlement
from gateway.answers.view import View


class OccupationChoice(View):
    """An occupation of the national classification (2022)."""

    code: str
    name: str


class OccupationView(View):
    """What a title says of its occupation. `code` is null when unsure: choose from `choices`."""

    code: str | None
    name: str | None
    confidence: float
    choices: list[OccupationChoice]


class StationWorker(View):
    """A worker of a station: whether they look for work, and what waits for them."""

    worker_id: str
    available: bool
    valid_until: Millis | None
    open_offers: int
    bookings: int


class StationWorkers(View):
    """The workers of a station whom the market remembers."""

    station_id: str
    now: int
    workers: list[StationWorker]


class CallView(View):
    """Something a clerk has to tell a worker by phone, as the notifier decided.

    Until `expires_at` it is worth telling. `last_start` is when the last of several shifts begins;
    `pay` is as it is posted, where that is not by the day. `told`: a clerk has, and no answer has
    come. `reason` is why a booking no longer stands; its shifts are those that were booked and have
    not begun.
    """

    notification_id: str
    worker_id: str
    kind: Kind
    zone: str
    offer_id: str
    job_id: str
    title: str
    place: str
    first_shift: Interval
    shifts: int
    pay_fen_day: int
    perks: tuple[Perk, ...]
    distance_km: float | None
    at: Millis
    expires_at: Millis
    told: bool
    reason: OffReason | None = None
    last_start: Millis | None = None
    pay: Pay | None = None


class CallsView(View):
    """A station's call list, what ends first at the top."""

    station_id: str
    now: int
    calls: list[CallView]


class ToldView(View):
    """A clerk has told it."""

    notification_id: str
    told: bool


Work = Literal["farm", "building", "factory", "carrying", "hospitality", "service", "other"]


class KioskJob(View):
    """An open job as the hall sees it; `distance_km` is from the station, which is approximate.

    `number` is what one says at the counter. With `is_stopped` the employer is offered nobody:
    wages are unpaid.
    """

    job_id: str
    number: str
    title: str
    work: Work
    place: str
    station_id: str
    distance_km: float | None
    pay_fen_day: int
    settlement: Settlement
    remaining: int
    headcount: int
    first_shift: Interval
    shifts: int
    perks: tuple[Perk, ...]
    certificates: tuple[str, ...]
    minimum_age: int
    is_stopped: bool


class ScreenNotice(View):
    """News for somebody in the hall, who knows the number they are called by there."""

    number: str
    kind: Kind
    title: str
    expires_at: Millis
    reason: OffReason | None = None


class KioskView(View):
    """What the hall may see: jobs, the nearest first, and news for workers who wanted it there.

    `more` is how many jobs there are besides.
    """

    station_id: str
    now: int
    jobs: list[KioskJob]
    more: int
    notices: list[ScreenNotice]


class ClaimView(View):
    """An open wage claim, since `at`, in time until `due_at`.

    `station_id` is the station that opened it, if one has: it stays responsible.
    """

    claim_id: str
    employer_id: str
    employer_name: str
    amount_fen: int
    workers: int
    at: Millis
    station_id: str | None
    kind: ClaimKind
    due_at: Millis
    overdue: bool
    blocked: bool


class ClosedClaimView(View):
    """A wage claim that was closed in the last seven days; `referred_to` names another office."""

    claim_id: str
    employer_id: str
    employer_name: str
    amount_fen: int
    workers: int
    station_id: str | None
    closed_at: Millis
    result: ClaimResult
    referred_to: str | None


class ClaimsView(View):
    """The wage claims of a zone: the open ones, what the station owes first, then the oldest.

    It owes the overdue ones that it has opened, or no station has. `blocked` employers are offered
    nobody. `closed` are the newest first.
    """

    zone: str
    now: int
    claims: list[ClaimView]
    closed: list[ClosedClaimView]


class AdviceChange(View):
    """A change of a posting in words, the amendment that makes it, and what comes of it.

    `expected` is how many of the `feasible` would say yes; `enough` that they cover what is open.
    """

    text: str
    amendment: dict[str, Any]
    feasible: int
    expected: float
    enough: bool


class AdviceView(View):
    """Why a job is empty and what would fill it, from its market run again with changes."""

    job_id: str
    feasible: int
    expected: float
    open_places: int
    lines: list[str]
    changes: list[AdviceChange]
