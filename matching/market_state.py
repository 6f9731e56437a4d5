"""The state of a market and what its partition shares: all of it is in the snapshot."""

from typing import Final

import msgspec

from events.facts import JobPosted
from events.values import Policy
from matching.roster import Roster
from matching.scorer import RULES
from matching.state import Away, Employer, Job, Offer

STATE_VERSION: Final = 12


class Defaults(msgspec.Struct, kw_only=True):
    """What holds for every market of a partition, and starts off a new one.

    `quarantined` are the stations whose records are not looked at, with the clock when that began,
    `recent` the events for all zones applied last (`matching.recent`).
    """

    version: int = STATE_VERSION
    offset: int = -1
    now: int = 0
    policy: Policy = msgspec.field(default_factory=Policy)
    release: str = RULES
    quarantined: dict[str, int] = {}
    recent: bytes = b""


class MarketState(msgspec.Struct, kw_only=True):
    """Everything one market knows after the event at `offset`.

    `away` are the bookings of its workers in other zones, by their key in the calendar; `visitors`
    are the workers of other zones, `recent` the events applied last (`matching.recent`). It is open
    once something has been said in the zone itself, not only to it by another.
    """

    zone: str
    version: int = STATE_VERSION
    offset: int = -1
    now: int = 0
    policy: Policy = msgspec.field(default_factory=Policy)
    release: str = RULES
    jobs: dict[str, Job] = {}
    workers: Roster = msgspec.field(default_factory=Roster)
    offers: dict[str, Offer] = {}
    employers: dict[str, Employer] = {}
    away: dict[str, Away] = {}
    visitors: list[str] = []
    recent: bytes = b""
    next_round: int = 0
    is_open: bool = True

    def __post_init__(self) -> None:
        self.workers.zone = self.zone

    def posting(self, booking: str) -> JobPosted:
        """The posting that a booking in a worker's calendar is for, in this zone or another."""
        away = self.away.get(booking)
        return self.jobs[booking].posted if away is None else away.job
