"""What became of the wage claims of a log in a week, by the station asked first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from events.facts import (
    ClockTicked,
    Fact,
    StationQuarantined,
    StationReleased,
    WageClaimClosed,
    WageClaimOpened,
)
from events.topics import partition_of
from events.values import LATEST_MS
from gigmatch.claim_report import ClaimBook, Report, last_week, report, week_named
from gigmatch.claim_terms import due_at, said_at
from tests.worlds import record_of

ZONE, OTHER = "511181", "511123"
HERE, THERE = f"{ZONE}-05", f"{ZONE}-06"
ISO_WEEK = "2026-W48"


class Log:
    """Facts as they come, told by stations; `day` is one of November 2026."""

    def __init__(self, partitions: int = 1) -> None:
        self.book = ClaimBook(partitions)
        self._offset = 0
        self._now = 0

    def tick(self, day: int, hour: int = 9, partition: int = 0) -> None:
        self.wait(day, hour)
        self.say(ClockTicked(now=self._now), "/ticker", partition=partition)

    def wait(self, day: int, hour: int) -> None:
        """It is so late, and no matcher runs that would write a tick."""
        self._now = at(day, hour)

    def opens(self, n: int, station: str = HERE, **changes: Any) -> None:
        zone = station[:6]
        said: dict[str, Any] = {"amount_fen": 100_050, "workers": 2} | changes
        self.say(
            WageClaimOpened(claim_id=f"C-{n}", employer_id="E-1", zone=zone, **said),
            source(station),
        )

    def closes(self, n: int, station: str = HERE, **changes: Any) -> None:
        closing = WageClaimClosed(claim_id=f"C-{n}", employer_id="E-1", zone=station[:6], **changes)
        self.say(closing, source(station))

    def say(self, fact: Fact, source: str, id: str | None = None, **how: Any) -> None:
        said: dict[str, Any] = {"time": self._now} | how
        self.book.read(record_of(fact, self._offset, id=id, source=source, **said))
        self._offset += 1

    def told(self, zone: str | None = None) -> Report:
        return report(self.book, week_named(ISO_WEEK), zone)


def at(day: int, hour: int) -> int:
    moment = datetime(2026, 11, day, hour, tzinfo=UTC) - timedelta(hours=8)
    return int(moment.timestamp() * 1000)


def source(station: str) -> str:
    return f"/zones/{station[:6]}/stations/{station[7:]}"


def figures(told: Report) -> dict[str, tuple[int, ...]]:
    """Opened, closed, on time, overdue, referred, by station."""
    return {
        one.station_id: (one.opened, one.closed, one.on_time, one.overdue, one.referred)
        for one in (*told.stations, told.total)
    }


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_week_counts_what_was_opened_and_closed_in_it(log: Log) -> None:
    log.tick(13)
    log.opens(1)  # due on the 20th, closed late, in the week
    log.opens(2, THERE)  # due on the 20th, never closed
    log.tick(20)
    log.opens(3)  # due on the 27th
    log.tick(23)
    log.closes(1)
    log.opens(4, kind="simple")
    log.closes(4, THERE, result="referred", referred_to="县劳动监察大队")
    log.opens(5, THERE, kind="simple")
    log.tick(27)
    log.opens(6, THERE)
    log.closes(3)
    log.tick(30)  # the next week
    log.closes(5, THERE)
    log.opens(7)
    told = log.told()
    assert figures(told) == {HERE: (1, 3, 2, 0, 1), THERE: (2, 0, 0, 2, 0), "": (3, 3, 2, 2, 1)}
    assert (told.total.amount_fen, told.total.workers) == (300_150, 6)


def test_it_goes_as_far_as_the_log(log: Log) -> None:
    log.tick(23)
    log.opens(1, kind="simple")
    assert log.told().total.overdue == 0
    log.tick(24)
    assert log.told().total.overdue == 1


def test_what_is_said_while_no_matcher_runs_has_its_own_time(log: Log) -> None:
    log.wait(22, 7)
    log.opens(1, kind="simple")  # no tick has been written at all
    log.tick(22, 20)
    log.wait(23, 8)
    log.opens(2, kind="simple")  # due on Monday, which the market's clock has not reached
    log.wait(24, 8)
    log.closes(2)  # late
    log.tick(24, 12)
    log.tick(30)
    assert [(one.opened_at, one.closed_at) for one in log.book.claims] == [
        (at(22, 7), None),
        (at(23, 8), at(24, 8)),
    ]
    assert figures(log.told())[HERE] == (1, 1, 0, 1, 0)


def test_a_clock_that_is_ahead_or_behind_dates_no_claim() -> None:
    now, hour, day = at(23, 9), 3_600_000, 24 * 3_600_000
    assert said_at(now, now - day, now + hour) == now
    assert said_at(now, now + day, now + hour) == now + hour
    assert said_at(now, None, now + hour) == now + hour
    assert due_at("larger", ZONE, said_at(now, 2**53, 2**63 - 1)) > LATEST_MS


def test_a_zone_has_the_clock_of_its_own_partition() -> None:
    partitions = 7
    own, other = partition_of(ZONE, partitions), partition_of(OTHER, partitions)
    assert own != other
    log = Log(partitions)
    log.tick(23, partition=own)
    opening = WageClaimOpened(claim_id="C-1", employer_id="E-1", zone=ZONE, kind="simple")
    log.say(opening, source(HERE), partition=own)
    log.tick(25, partition=other)  # a day ahead of where this log ends of the zone
    assert (log.book.now(ZONE), log.book.now(OTHER)) == (at(23, 9), at(25, 9))
    assert ClaimBook(partitions).now(ZONE) == 0
    assert log.told().total.overdue == 0


def test_what_the_market_refused_or_heard_before_is_no_claim(log: Log) -> None:
    log.tick(23)
    log.opens(1)
    log.opens(1, THERE)  # open already
    log.closes(2)  # of nothing
    opening = WageClaimOpened(claim_id="C-3", employer_id="E-1", zone=ZONE)
    log.say(opening, source(HERE), "once")
    log.closes(3)
    log.say(opening, source(HERE), "once")  # a repetition
    log.say(opening, source(f"{OTHER}-02"))  # speaks for another zone
    log.say(StationQuarantined(station_id=THERE), "/matcher")
    log.opens(4, THERE)
    log.say(StationReleased(station_id=THERE), "/cli")
    log.opens(5, THERE)
    assert figures(log.told()) == {
        HERE: (2, 1, 1, 0, 0),
        THERE: (1, 0, 0, 0, 0),
        "": (3, 1, 1, 0, 0),
    }


def test_zones_are_apart_and_other_clients_are_no_station(log: Log) -> None:
    log.tick(23)
    log.opens(1)
    log.opens(1, f"{OTHER}-02")
    log.say(
        WageClaimOpened(claim_id="C-9", employer_id="E-1", zone=OTHER), "/import", structured=True
    )
    assert [one.station_id for one in log.told().stations] == ["", f"{OTHER}-02", HERE]
    assert [one.station_id for one in log.told(ZONE).stations] == [HERE]
    assert log.told(OTHER).total.opened == 2


def test_a_station_without_anything_in_the_week_has_no_line(log: Log) -> None:
    log.tick(13)
    log.opens(1)
    log.closes(1)
    log.tick(29)
    assert log.told().stations == []


def test_nobody_is_named(log: Log) -> None:
    log.tick(23)
    log.opens(1)
    log.closes(1, result="referred", referred_to="县劳动监察大队")
    told = msgspec.json.encode(log.told())
    assert not [word for word in (b"C-1", b"E-1", "劳动".encode()) if word in told]


def test_weeks_are_those_of_china() -> None:
    week = week_named(ISO_WEEK)
    monday = datetime(2026, 11, 22, 16, tzinfo=UTC)  # midnight in China
    assert week.begin == int(monday.timestamp() * 1000)
    assert week.end - week.begin == 7 * 24 * 3_600_000
    assert last_week(week.end) == week
    assert last_week(week.end + 6 * 24 * 3_600_000) == week
    assert last_week(week.end - 1).name == "2026-W47"
    assert week_named("2026-W53").end == week_named("2027-W01").begin


@pytest.mark.parametrize("wrong", ["2026-W54", "2026-48", "last", ""])
def test_what_is_no_week_is_none(wrong: str) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        week_named(wrong)
