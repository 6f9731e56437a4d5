"""The state of a market and what its partition shares: all of it is in the snapshot."""

from typing import Final

import msgspec

from events.values import Policy
from matching.roster import Roster
from matching.scorer import RULES
from matching.state import Employer, Job, Offer

STATE_VERSION: Final = 4


class Defaults(msgspec.Struct, kw_only=True):
    """What holds for every market of a partition, and starts off a new one."""

    version: int = STATE_VERSION
    offset: int = -1
    now: int = 0
    policy: Policy = msgspec.field(default_factory=Policy)
    release: str = RULES


class MarketState(msgspec.Struct, kw_only=True):
    """Everything one market knows after the event at `offset`."""

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
    recent: list[int] = []
    next_round: int = 0

    def __post_init__(self) -> None:
        self.workers.zone = self.zone
