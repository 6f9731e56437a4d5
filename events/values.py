"""The values that messages are made of: times, money, places, skills, people.

Units everywhere: times are integer UTC milliseconds, money is integer fen (0.01 CNY),
distances are km, coordinates are WGS-84 degrees.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

EARLIEST_MS = 946_684_800_000  # 2000-01-01: a smaller number is seconds, not milliseconds
LATEST_MS = 4_102_444_800_000  # 2100-01-01

END = r"$(?!\n)"  # Python's $ alone also stands before a last line break
IDENTIFIER = rf"^[A-Za-z0-9_.:-]+{END}"
CODE = rf"^[A-Za-z0-9_.-]+{END}"
ZONE = rf"^[0-9]{{6}}{END}"
EVERYWHERE = rf"^\*{END}"
ZONE_OR_ALL = rf"^([0-9]{{6}}|\*){END}"
STATION = rf"^[0-9]{{6}}-[A-Za-z0-9]{{1,20}}{END}"
RELEASE = rf"^(sha256:[0-9a-f]{{64}}|rules:v[0-9]+){END}"
# No control characters and none that turn the direction of writing: they can hide what is read.
PRINTABLE = rf"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]*{END}"

Identifier = Annotated[str, Meta(min_length=1, max_length=64, pattern=IDENTIFIER)]
Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=CODE)]
Zone = Annotated[str, Meta(pattern=ZONE, description="GB/T 2260 county code")]
ZoneOrAll = Annotated[str, Meta(pattern=ZONE_OR_ALL, description="a zone, or * for all")]
Everywhere = Annotated[str, Meta(pattern=EVERYWHERE, description="*: every zone")]
Text = Annotated[str, Meta(max_length=200, pattern=PRINTABLE)]
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=PRINTABLE)]
Millis = Annotated[
    int, Meta(ge=EARLIEST_MS, le=LATEST_MS, description="UTC milliseconds since 1970-01-01")
]
Fen = Annotated[int, Meta(ge=0, le=100_000_000, description="0.01 CNY")]
Release = Annotated[str, Meta(pattern=RELEASE)]
StationId = Annotated[str, Meta(pattern=STATION, description="a station: 511181-05")]

EmploymentKind = Literal["gig", "temporary", "phased", "part_time", "internship"]
PayUnit = Literal["hour", "day", "piece", "month"]
Settlement = Literal["daily", "weekly", "monthly", "on_completion"]
Perk = Literal["meal", "lodging", "pickup", "insurance"]
TravelMode = Literal["walk", "ebike", "motorbike", "bus", "car"]
Channel = Literal["page", "sms", "webhook", "screen", "call"]


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of every frozen message and value. Unknown fields are ignored: fields are only added.

    A tree of values cannot refer to itself, so the garbage collector need not look for that.
    """


class Interval(Message, frozen=True, kw_only=True):
    """One half-open stretch of time, [start, end). A shift of a job, a window of a worker."""

    start: Millis
    end: Millis


class Place(Message, frozen=True, kw_only=True):
    """A point in China (WGS-84) with an optional name."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    name: Text = ""


class Pay(Message, frozen=True, kw_only=True):
    """What a place of a job pays.

    `pieces_per_day` is the employer's estimate for piece work; without it a piece rate cannot be
    compared with a daily pay floor and only workers without a floor are candidates.
    """

    amount_fen: Annotated[int, Meta(ge=1, le=100_000_000, description="0.01 CNY a unit")]
    unit: PayUnit = "day"
    settlement: Settlement = "daily"
    pieces_per_day: Annotated[int, Meta(ge=1, le=100_000)] | None = None


class Skill(Message, frozen=True, kw_only=True):
    """A skill a worker has; level 1 learner, 2 able, 3 master."""

    code: Code
    level: Annotated[int, Meta(ge=1, le=3)] = 1


class Crew(Message, frozen=True, kw_only=True):
    """The people a crew leader brings, the leader included."""

    leader_id: Identifier
    size: Annotated[int, Meta(ge=2, le=200)]


class Policy(Message, frozen=True, kw_only=True):
    """How a market turns rankings into offers; replaced whole by `policy.changed`."""

    mode: Annotated[
        Literal["instant", "batch", "hybrid"],
        Meta(
            description="offers at once, in rounds, or in rounds except for work that begins soon"
        ),
    ] = "instant"
    round_ms: Annotated[
        int, Meta(ge=10_000, le=86_400_000, description="time between batch rounds")
    ] = 300_000
    instant_before_ms: Annotated[
        int,
        Meta(
            ge=0, le=604_800_000, description="hybrid: work that starts sooner is offered at once"
        ),
    ] = 21_600_000
    ranking_size: Annotated[
        int, Meta(ge=1, le=200, description="length of a published ranking")
    ] = 10
    offer_ttl_ms: Annotated[int, Meta(ge=1_000, le=604_800_000)] = 1_800_000
    max_open_offers: Annotated[int, Meta(ge=1, le=50, description="open offers a worker")] = 3
    fill_confidence: Annotated[
        float, Meta(ge=0.01, le=0.999, description="wanted P(those invited cover the open places)")
    ] = 0.8
    refusal_risk: Annotated[
        float, Meta(ge=0, le=1, description="highest P(one more yes would find no place)")
    ] = 0.9
    tier_ms: Annotated[
        int, Meta(ge=1_000, le=604_800_000, description="time between a job's tiers of offers")
    ] = 600_000
    home_answer_ms: Annotated[
        int,
        Meta(
            ge=1_000, le=86_400_000, description="time for a visitor's home zone to grant a booking"
        ),
    ] = 300_000
    ring_minutes: Annotated[
        tuple[Annotated[float, Meta(gt=0, le=1_440)], ...],
        Meta(max_length=8, description="travel within which a job is offered first, then next"),
    ] = (20.0, 45.0)
    waiting_weight: Annotated[
        float, Meta(ge=0, le=1, description="largest relative boost for a long wait")
    ] = 0.05
    waiting_full_ms: Annotated[
        int,
        Meta(ge=3_600_000, le=31_536_000_000, description="wait that earns the whole boost"),
    ] = 604_800_000
    claim_penalty: Annotated[
        float, Meta(ge=0, le=1, description="relative value lost for each open wage claim")
    ] = 0.2
    block_after_claims: Annotated[int, Meta(ge=1, le=100)] = 3
    explore_share: Annotated[
        float,
        Meta(ge=0, le=0.5, description="share of a job's offers that go to others than the best"),
    ] = 0.0
