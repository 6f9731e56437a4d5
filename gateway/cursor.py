"""Where somebody is in the live stream: the id of an event, `5f3a9c1e~0:88121~1:17`.

A name of the log, and for each partition the offset of the outcome that comes next. Offsets are
the log's own, so a cursor stays good when the read model is rebuilt; in another log it means
nothing.
"""

import re
from collections.abc import Collection
from typing import Final, NamedTuple

NO_LOG: Final = "00000000"
_CURSOR: Final = re.compile(r"[0-9a-f]{8}(~\d{1,4}:\d{1,19})*")


class Cursor(NamedTuple):
    """The next offset of each partition of a log."""

    log: str
    offsets: dict[int, int]

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor of an event id, or None when it is not one."""
        if not _CURSOR.fullmatch(text):
            return None
        log, *places = text.split("~")
        pairs = (place.split(":") for place in places)
        return cls(log, {int(partition): int(offset) for partition, offset in pairs})

    def __str__(self) -> str:
        places = (f"{partition}:{offset}" for partition, offset in sorted(self.offsets.items()))
        return "~".join((self.log, *places))

    def copy(self) -> "Cursor":
        """Another one, that moves by itself."""
        return Cursor(self.log, dict(self.offsets))

    def only(self, partitions: Collection[int]) -> "Cursor":
        """Of some partitions."""
        kept = {number: at for number, at in self.offsets.items() if number in partitions}
        return Cursor(self.log, kept)

    def start_from(self, after: "Cursor | None") -> "Cursor":
        """Where to begin for somebody: here, after their cursor, or at the start of a new log."""
        if after is None:
            return self.copy()
        known = after.offsets if after.log == self.log else {}
        return Cursor(self.log, {partition: known.get(partition, 0) for partition in self.offsets})
