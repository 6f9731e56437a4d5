"""How a worker has answered and worked so far: counted from facts, never guessed."""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from events.notices import Experience
from matching.days import HOUR_MS

WEEK: Final = 7
"""Days before today within which work is still felt."""

REPORTED_MS: Final = 6 * HOUR_MS
"""So long after its end work has been reported on: a track record of it is complete."""

CountedAnswer = Literal["accepted", "declined", "expired"]


class TrackRecord(msgspec.Struct, kw_only=True, gc=False):
    """How a worker has answered and worked so far.

    `asked` and `agreed` count answers by trade, the first skill of a job: of this zone's offers,
    another zone reports an answer without its job. `days` has bit i set for work done i days before
    `last_day`, a day as `matching.days` numbers it.
    """

    accepted: int = 0
    declined: int = 0
    expired: int = 0
    completed: int = 0
    no_shows: int = 0
    stars: int = 0
    ratings: int = 0
    employers: dict[str, int] = {}
    asked: dict[str, int] = {}
    agreed: dict[str, int] = {}
    last_day: int = 0
    days: int = 0

    @property
    def acceptance_rate(self) -> float:
        """Share of answered offers accepted, from an even prior of two."""
        return (self.accepted + 1) / (self.accepted + self.declined + self.expired + 2)

    @property
    def reliability(self) -> float:
        """Share of bookings completed, from a prior of four out of five."""
        return (self.completed + 4) / (self.completed + self.no_shows + 5)

    @property
    def rating(self) -> float:
        """Mean stars, from a prior of two ratings of four."""
        return (self.stars + 8) / (self.ratings + 2)

    @property
    def trade_rates(self) -> dict[str, float]:
        """By trade asked for, the share of answers that were yes, from an even prior of two."""
        return {
            trade: (self.agreed.get(trade, 0) + 1) / (asked + 2)
            for trade, asked in self.asked.items()
        }

    def told(self) -> Experience:
        """The record for another zone, as it is now: it is sent later, this goes on counting."""
        fields = msgspec.structs.asdict(self)
        counts = {name: dict(fields[name]) for name in ("employers", "asked", "agreed")}
        return Experience(**(fields | counts))

    def answer(self, answer: CountedAnswer, trade: str | None) -> None:
        """Count an answer to an offer, and where the trade of the job is known, for it too."""
        setattr(self, answer, getattr(self, answer) + 1)
        if trade is not None:
            self.asked[trade] = self.asked.get(trade, 0) + 1
            self.agreed[trade] = self.agreed.get(trade, 0) + (answer == "accepted")

    def rate(self, stars: int, former: int) -> None:
        """Count a rating; `former` are the stars of the one that it replaces, 0 for none."""
        self.stars += stars - former
        self.ratings += not former

    def complete(self, employer_id: str, days: Iterable[int]) -> None:
        """Count work done for an employer, on these days."""
        self.completed += 1
        self.employers[employer_id] = self.employers.get(employer_id, 0) + 1
        for day in sorted(days):
            ahead = day - self.last_day
            if ahead > 0:
                kept = self.days << ahead if ahead <= WEEK else 0
                self.days, self.last_day = (kept | 1) & _KEPT, day
            elif -ahead <= WEEK:
                self.days |= 1 << -ahead


_KEPT: Final = (1 << (WEEK + 1)) - 1


def days_worked(last_day: int, days: int, today: int) -> int:
    """On how many of the seven days before today there was work, of `TrackRecord`'s two numbers."""
    ago = max(0, today - last_day)
    return (days << ago >> 1 & _KEPT >> 1).bit_count() if ago <= WEEK else 0
