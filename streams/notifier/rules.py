"""When a worker may be disturbed, and how often."""

from collections.abc import Sequence
from typing import Final

import msgspec

from events.notifications import NotificationDue
from events.values import Channel
from matching.days import CHINA_MS, DAY_MS, HOUR_MS

SILENT: Final = frozenset[Channel]({"page", "screen"})
"""Channels that wait to be looked at: they disturb nobody, at any hour and rate."""
SHOWN: Final = frozenset[Channel]({"page", "screen", "call"})
"""Channels that show what has been recorded: nothing leaves the market."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Quiet hours begin and end at milliseconds after midnight in Asia/Shanghai.

    Work that begins within `urgent_ms` of its offer is told in quiet hours, too. At most
    `most_messages` go to a worker in `window_ms`; what comes together within `gather_ms` goes in
    one. `channels` are those that are set up.
    """

    quiet_from_ms: int
    quiet_until_ms: int
    urgent_ms: int
    most_messages: int
    gather_ms: int
    channels: frozenset[Channel]
    window_ms: int = HOUR_MS

    def is_urgent(self, due: NotificationDue) -> bool:
        """Whether the work begins so soon that nobody may sleep over it."""
        return due.first_shift.start - due.at <= self.urgent_ms

    def quiet_until(self, at: int) -> int:
        """The end of the quiet hours that a time lies in; the time itself if it lies in none."""
        of_day = (at + CHINA_MS) % DAY_MS
        begin, end = self.quiet_from_ms, self.quiet_until_ms
        is_quiet = begin <= of_day < end if begin <= end else of_day >= begin or of_day < end
        return at + (end - of_day) % DAY_MS if is_quiet else at

    def free_at(self, told_at: Sequence[int], at: int) -> int:
        """The first time from `at` on that one more message keeps the rate; `told_at` ascends."""
        recent = [told for told in told_at if told > at - self.window_ms]
        excess = len(recent) - self.most_messages
        return at if excess < 0 else recent[excess] + self.window_ms
