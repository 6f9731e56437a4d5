"""Notices a station that sends only garbage, and has the log say that it is in quarantine.

The decision lies outside of the fold: it looks at a real clock, and what follows from it is an
event, `station.quarantined`, written by the owner of the partition as ticks are. From that event on
the market does not look at what the station sends (`matching.engine`), so a replay needs no clock.
A flood that names no station, or another one each time, is not noticed here: docs/ops.md.
"""

import time
from collections.abc import Callable, Collection, Iterable
from typing import Final

import msgspec
import structlog

from events.codec import encode, event_headers
from events.envelope import Record
from events.facts import StationQuarantined
from events.stations import claimed_station
from events.topics import ALL_ZONES, EVENTS
from matching.engine import Step
from streams.sink import Sink

SOURCE: Final = "/matcher"
WINDOW_S: Final = 60.0
REFUSED_FOR_ONE_TAKEN: Final = 9
MOST_SUSPECTS: Final = 1_000
MOST_QUARANTINED: Final = 1_000
"""A partition has fewer stations by far: more names than that are made up."""

_log = structlog.get_logger()


class _Suspect(msgspec.Struct):
    """What came of a station in a partition since a moment."""

    since: float
    refused: int = 0
    taken: int = 0
    accused: bool = False


class Quarantine:
    """Counts what is refused unread, by station, over a minute.

    A station is put into quarantine when `after` of its records were refused and not a tenth of
    what it sent was taken; with `after` 0 never.
    """

    def __init__(
        self, sink: Sink, *, after: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sink = sink
        self._after = after
        self._clock = clock
        self._suspects: dict[tuple[int, str], _Suspect] = {}
        self._accused: dict[int, set[str]] = {}

    def look(
        self, partition: int, steps: Iterable[tuple[Record, Step]], known: Collection[str]
    ) -> None:
        """Count the steps of a partition; `known` are the stations in quarantine already."""
        if not self._after:
            return
        self._accused.setdefault(partition, set()).difference_update(known)
        for record, step in steps:
            if step.malformed:
                self._refused(partition, record, known)
            elif self._suspects and step.rejection is None:
                self._taken(partition, record)

    def keep(self, partitions: Collection[int]) -> None:
        """Forget what came in all other partitions: another process may look at them now."""
        self._suspects = {key: one for key, one in self._suspects.items() if key[0] in partitions}
        self._accused = {key: those for key, those in self._accused.items() if key in partitions}

    def _refused(self, partition: int, record: Record, known: Collection[str]) -> None:
        station = claimed_station(record.headers)
        if station is None or (suspect := self._suspect(partition, station)) is None:
            return
        suspect.refused += 1
        if (
            suspect.refused >= self._after
            and suspect.refused >= REFUSED_FOR_ONE_TAKEN * suspect.taken
            and not suspect.accused
            and station not in known
            and self._has_room(partition, station, known)
        ):
            suspect.accused = True
            self._accuse(partition, station, record.offset, suspect.refused)

    def _has_room(self, partition: int, station: str, known: Collection[str]) -> bool:
        """Whether one more may be put into quarantine; whom the log has not named yet counts."""
        accused = self._accused[partition]
        if station not in accused and len(known) + len(accused) >= MOST_QUARANTINED:
            return False
        accused.add(station)
        return True

    def _taken(self, partition: int, record: Record) -> None:
        station = claimed_station(record.headers)
        if station is not None and (suspect := self._suspects.get((partition, station))):
            suspect.taken += 1

    def _suspect(self, partition: int, station: str) -> _Suspect | None:
        """The station's counts of this minute; None when there are too many names to count."""
        now = self._clock()
        suspect = self._suspects.get((partition, station))
        if suspect is not None and now - suspect.since <= WINDOW_S:
            return suspect
        if suspect is None and len(self._suspects) >= MOST_SUSPECTS:
            self._suspects = {
                key: one for key, one in self._suspects.items() if now - one.since <= WINDOW_S
            }
            if len(self._suspects) >= MOST_SUSPECTS:
                return None
        fresh = self._suspects[partition, station] = _Suspect(now)
        return fresh

    def _accuse(self, partition: int, station: str, offset: int, refused: int) -> None:
        fact = StationQuarantined(station_id=station, refused=refused)
        self._sink.publish(
            EVENTS,
            encode(fact),
            key=ALL_ZONES.encode(),
            headers=event_headers(
                fact, id=f"quarantine-{partition}-{offset}", source=SOURCE, time=None
            ),
            partition=partition,
        )
        _log.warning("station put into quarantine", station=station, refused=refused)
