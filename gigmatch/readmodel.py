"""The read model of the markets in Redis: its keys, and the documents they hold, in one place.

The projector (streams/) writes it, the gateway reads it. It holds nothing that the log does not:
flush it, and it comes back. No names, phone numbers, homes or birth years: workers are ids.

    gigmatch:v3:                            prefix of every key
      zones                                 set of zones that have a market
      log                                   ids of the topics that have been read
      partitions                            how many partitions the topics have
      ends                                  hash partition -> how many outcomes it had when
                                            a projector began: with fewer it is incomplete
      progress:<partition>                  Progress: what has been projected, in one transaction
                                            with what follows from it
      zone:<zone>                           ZoneDoc: clock, model, totals, stations, blocked
      job:<zone>:<job_id>                   JobDoc: posting, status, ranking, offers, bookings
      worker:<zone>:<worker_id>             WorkerDoc: ranking, open offers, bookings
      jobs:<zone>                           sorted set job -> end of its last shift, ms
      open:<zone>                           sorted set open job -> offset of its posting
      posted:<zone>:<station_id>            sorted set job of a station -> offset of its posting
      ranked:<zone>                         sorted set ranked job -> offset of its ranking's outcome
      workers:<zone>                        sorted set worker -> when they can be forgotten, ms
      present:<zone>:<station_id>           sorted set available worker -> until when, ms
      asked:<zone>                          sorted set worker -> how many offers they have had
      booked:<zone>                         sorted set worker -> how many bookings they have had
      seen:<zone>                           sorted set fingerprint of a fact -> its offset
      live:<partition>                      stream of the newest outcomes, id = <offset>-1
      called:<zone>:<station_id>            sorted set of the hall's numbers that are taken, score 0
      told:<zone>:<worker_id>               stream of the newest outcomes about one worker,
                                            same ids; it goes with the worker's document

What stations have to tell is in `gigmatch.noticemodel`, under the same prefix.

Documents are JSON; a stream entry has the fields type, zone, worker and data. Times are
UTC ms, money fen.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from events.facts import JobPosted
from events.outcomes import InvitedVia, Ranked
from events.values import Interval

PREFIX: Final = "gigmatch:v3:"
ZONES: Final = f"{PREFIX}zones"
LOG: Final = f"{PREFIX}log"
PARTITIONS: Final = f"{PREFIX}partitions"
ENDS: Final = f"{PREFIX}ends"
LIVE_LENGTH: Final = 1_000
"""Outcomes a partition's stream keeps for those who come back."""
TOLD_LENGTH: Final = 100
"""Outcomes a worker's own stream keeps: for a phone that was away while a whole town went on."""

JobStatus = Literal["open", "filled", "expired", "cancelled"]
OfferStatus = Literal["open", "accepted", "declined", "expired", "withdrawn"]
BookingStatus = Literal["confirmed", "completed", "no_show", "cancelled", "pending"]


class Document(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of what is stored."""

    def entries(self) -> Iterator[tuple[str, str, int]]:
        """The sorted sets it stands in: key, member, score."""
        yield from ()


class Progress(Document):
    """How far a partition has been projected: the next offsets, and the last outcome's place.

    `log` names the topics read, so that another log is not taken for this one. `position` is
    (offset, zone, index) as in an outcome's id; an outcome at or before it has been seen. `clock`
    and `model` are the partition's, for zones that begin.
    """

    log: str = ""
    events: int = 0
    outcomes: int = 0
    position: tuple[int, str, int] = (-1, "", -1)
    clock: int = 0
    model: str = ""
    zones: list[str] = []


FILL_MINUTES: Final = (1, 2, 5, 10, 20, 30, 60, 120, 240, 480, 1440, 2880)
"""Upper bounds of the classes of the time to fill; longer is a class of its own."""


class StationDoc(Document):
    """A station seen in a posting or an availability. Coordinates are of its newest job.

    Of the jobs that are kept: how many are `closed` and `filled`, the closed ones' `asked` and
    `booked` places, and how many were filled within each of FILL_MINUTES. `seen_at` is the time of
    its last fact.
    """

    jobs: int = 0
    places: int = 0
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    seen_at: int = 0
    closed: int = 0
    filled: int = 0
    asked: int = 0
    booked: int = 0
    fill_times: list[int] = []


class ClaimDoc(Document):
    """An open wage claim. `station_id` is the station that opened it, "" for another client.

    `employer_name` is what the newest job that names the employer calls it: who was renamed is
    found under the name that is at the door.
    """

    amount_fen: int
    workers: int
    at: int
    station_id: str = ""
    employer_name: str = ""


class ZoneDoc(Document):
    """A market at a glance. `totals` counts accepted facts and outcomes by type.

    `offers` and `bookings` are those of the jobs that are kept, by status.
    `claims` are the open wage claims by employer and claim id, `blocked` how many had blocked one.
    """

    zone: str
    clock: int = 0
    model: str = ""
    open_offers: int = 0
    offers: dict[str, int] = {}
    bookings: dict[str, int] = {}
    totals: dict[str, int] = {}
    stations: dict[str, StationDoc] = {}
    blocked: dict[str, int] = {}
    claims: dict[str, dict[str, ClaimDoc]] = {}


class RankingDoc(Document):
    """The newest ranking of a job or worker; `offset` is its outcome's."""

    offset: int
    at: int
    model: str
    policy: str
    pool: int
    feasible: int
    excluded: dict[str, int]
    lines: tuple[Ranked, ...]


class OfferDoc(Document):
    """An offer of a job, and what became of it."""

    offer_id: str
    worker_id: str
    rank: int
    score: float
    p_accept: float
    p_complete: float
    places: int
    at: int
    expires_at: int
    tier: int | None = None
    ring: int | None = None
    via: InvitedVia | None = None
    status: OfferStatus = "open"
    closed_at: int | None = None
    reason: str = ""


class BookingDoc(Document):
    """A place of a job and who has it; `stars` is what the employer gave them last."""

    offer_id: str
    worker_id: str
    places: int
    at: int
    status: BookingStatus = "confirmed"
    reason: str = ""
    stars: int | None = None


class JobDoc(Document):
    """A job as it stands. `at` is the market's time when it was posted, `filled_at` when full."""

    posted: JobPosted
    offset: int
    at: int
    pay_fen_day: int
    status: JobStatus = "open"
    filled_at: int | None = None
    ranking: RankingDoc | None = None
    offers: dict[str, OfferDoc] = {}
    bookings: dict[str, BookingDoc] = {}
    unfilled: dict[str, int] | None = None

    @property
    def booked(self) -> int:
        """Places that are taken."""
        return sum(b.places for b in self.bookings.values() if b.status != "cancelled")

    @property
    def remaining(self) -> int:
        """Places that are not."""
        return self.posted.headcount - self.booked

    @property
    def expires_at(self) -> int:
        """When the posting ends: at its first shift at the latest."""
        start = min(shift.start for shift in self.posted.shifts)
        return start if self.posted.expires_at is None else min(self.posted.expires_at, start)

    @property
    def ends_at(self) -> int:
        """The end of the last shift."""
        return max(shift.end for shift in self.posted.shifts)

    def entries(self) -> Iterator[tuple[str, str, int]]:
        """The sorted sets it stands in: key, member, score."""
        zone, job_id = self.posted.zone, self.posted.job_id
        yield index_key("jobs", zone), job_id, self.ends_at
        yield posted_key(zone, self.posted.station_id), job_id, self.offset
        if self.status == "open":
            yield index_key("open", zone), job_id, self.offset
        if self.ranking is not None:
            yield index_key("ranked", zone), job_id, self.ranking.offset


class WorkerOfferDoc(Document):
    """An open offer as its worker sees it."""

    job_id: str
    rank: int
    score: float
    places: int
    at: int
    expires_at: int


class WorkerBookingDoc(Document):
    """A booking as its worker sees it; one in another zone's job names that zone."""

    offer_id: str
    places: int
    at: int
    shifts: tuple[Interval, ...]
    job_zone: str = ""
    status: BookingStatus = "confirmed"


class WorkerDoc(Document):
    """A worker's matches. `valid_until` is None while they are not available.

    `home` is the zone that keeps a visitor's calendar, "" for who lives here. `asked` counts the
    offers, `booked` the bookings they have had since they are kept. `call_number` is what the hall
    calls them, no other worker of their station's; visitors have none.
    """

    zone: str
    worker_id: str
    station_id: str
    at: int
    home: str = ""
    call_number: str = ""
    valid_until: int | None = None
    asked: int = 0
    booked: int = 0
    ranking: RankingDoc | None = None
    offers: dict[str, WorkerOfferDoc] = {}
    bookings: dict[str, WorkerBookingDoc] = {}

    @property
    def keep_until(self) -> int:
        """After this nothing is left to show."""
        ends = (shift.end for held in self.bookings.values() for shift in held.shifts)
        return max((self.at if self.valid_until is None else self.valid_until, *ends))

    def entries(self) -> Iterator[tuple[str, str, int]]:
        """The sorted sets it stands in: key, member, score."""
        yield index_key("workers", self.zone), self.worker_id, self.keep_until
        if not self.home:
            yield index_key("asked", self.zone), self.worker_id, self.asked
            yield index_key("booked", self.zone), self.worker_id, self.booked
        if self.valid_until is not None and not self.home:
            yield present_key(self.zone, self.station_id), self.worker_id, self.valid_until


class JobBrief(Document):
    """What a line about a job needs."""

    job_id: str
    zone: str
    title: str
    station_id: str
    place: str
    headcount: int
    remaining: int
    pay_fen_day: int
    status: JobStatus
    at: int
    start: int
    employer_name: str = ""


def brief(job: JobDoc) -> JobBrief:
    """The line about a job."""
    posted = job.posted
    return JobBrief(
        job_id=posted.job_id,
        zone=posted.zone,
        title=posted.title,
        station_id=posted.station_id,
        place=posted.place.name,
        headcount=posted.headcount,
        remaining=job.remaining,
        pay_fen_day=job.pay_fen_day,
        status=job.status,
        at=job.at,
        start=min(shift.start for shift in posted.shifts),
        employer_name=posted.employer_name or "",
    )


def away_id(zone: str, job_id: str) -> str:
    """How a worker's bookings name a job of another zone."""
    return f"{zone}/{job_id}"


def progress_key(partition: int) -> str:
    """Where a partition's Progress is."""
    return f"{PREFIX}progress:{partition}"


def live_key(partition: int) -> str:
    """Where a partition's newest outcomes are."""
    return f"{PREFIX}live:{partition}"


def told_key(zone: str, worker_id: str) -> str:
    """Where the newest outcomes about a worker are."""
    return f"{PREFIX}told:{zone}:{worker_id}"


def live_id(offset: int) -> str:
    """The stream id of the outcome at an offset: the same after every rebuild."""
    return f"{offset}-1"


def zone_key(zone: str) -> str:
    """Where a ZoneDoc is."""
    return f"{PREFIX}zone:{zone}"


def job_key(zone: str, job_id: str) -> str:
    """Where a JobDoc is."""
    return f"{PREFIX}job:{zone}:{job_id}"


def worker_key(zone: str, worker_id: str) -> str:
    """Where a WorkerDoc is."""
    return f"{PREFIX}worker:{zone}:{worker_id}"


Index = Literal["jobs", "open", "ranked", "workers", "asked", "booked", "seen"]


def index_key(name: Index, zone: str) -> str:
    """Where a sorted set of a zone is."""
    return f"{PREFIX}{name}:{zone}"


def posted_key(zone: str, station_id: str) -> str:
    """Where the jobs of a station are."""
    return f"{PREFIX}posted:{zone}:{station_id}"


def called_key(zone: str, station_id: str) -> str:
    """Where the taken numbers of a station's hall are."""
    return f"{PREFIX}called:{zone}:{station_id}"


def present_key(zone: str, station_id: str) -> str:
    """Where the available workers of a station are."""
    return f"{PREFIX}present:{zone}:{station_id}"
