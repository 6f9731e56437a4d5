"""The terminal's tables say what the figures say."""

import io

import msgspec
import pytest
from rich.console import Console

from gigmatch.figures.monitor import Monitor
from gigmatch.figures.scraping import Target
from gigmatch.figures.screen import duration, screen
from gigmatch.figures.types import FairnessFigures, Figures, StationFigures, ZoneFigures
from tests.gigmatch.figures.rounds import ADDRESS, counter, looked

RELEASES = tuple(f"sha256:{digit * 64}" for digit in "12")


def written(monitor: Monitor, *releases: str) -> str:
    """What stands there with as many zones as releases; without any with one, with rules."""
    station = StationFigures(
        station_id="511181-05[bold]",
        jobs=3,
        places=12,
        closed=4,
        filled=3,
        asked=20,
        booked=15,
        median_fill_s=450.0,
        seen_at=1_000,
    )
    zone = ZoneFigures(
        zone="511181",
        now=61_000,
        release="rules:v1",
        offers={"open": 7},
        bookings={},
        stations=[station],
        fairness=FairnessFigures(workers=1, offers_gini=None, work_gini=None, never_asked=None),
    )
    zones = [
        msgspec.structs.replace(zone, zone=f"{511181 + number}", release=release)
        for number, release in enumerate(releases)
    ]
    return told(msgspec.structs.replace(monitor.figures(), zones=zones or [zone]))


def told(figures: Figures) -> str:
    written_to = io.StringIO()
    Console(width=160, file=written_to).print(screen(figures))
    return written_to.getvalue()


def test_a_process_that_is_down_cannot_be_overlooked() -> None:
    monitor = Monitor([Target("matcher", ADDRESS)], 5.0)
    for at, text in ((0, counter(10)), (5, counter(60)), (10, None)):
        monitor.take(looked(at, text))
    shown = written(monitor)
    assert "DOWN" in shown
    assert "refused" in shown


def test_a_projector_that_cannot_write_cannot_be_overlooked() -> None:
    monitor = Monitor([Target("projector", ADDRESS)], 5.0)
    for at in (0, 5):
        monitor.take(looked(at, "gigmatch_projector_troubles_total 0\n"))
    assert "projector could not" not in written(monitor)
    monitor.take(looked(10, "gigmatch_projector_troubles_total 7\n"))
    assert "the projector could not write 7 times within 5 min" in written(monitor)


def test_rates_stations_and_markup_as_text() -> None:
    monitor = Monitor([Target("matcher", ADDRESS)], 5.0)
    for at, text in ((0, counter(10)), (5, counter(60))):
        monitor.take(looked(at, text))
    shown = written(monitor)
    for part in ("10 events/s", "511181-05[bold]", "3/4", "75%", "7.5 min", "7 open", "60 s"):
        assert part in shown, part


def test_what_scores_is_said_at_once_for_all_zones_or_where() -> None:
    monitor = Monitor([Target("gateway", ADDRESS)], 5.0)
    assert "model unknown: no market" in told(monitor.figures())
    first, second = RELEASES
    for releases, line in (
        ((), "model rules:v1 in 511181"),
        ((first,) * 5, "model 11111111 in all 5 zones"),
        ((second, first, first), "models differ: 11111111 in 511182, 511183; 22222222 in 511181"),
        (
            (second, *(first,) * 5),
            "models differ: 11111111 in 511182, 511183, 511184 and 2 more; 22222222 in 511181",
        ),
        (("",), "model unknown in 511181"),
    ):
        assert written(monitor, *releases).splitlines()[1].strip() == line


@pytest.mark.parametrize(
    ("seconds", "read"),
    [
        (None, ""),
        (0.0, "0 s"),
        (0.00004, "40 µs"),
        (0.0456, "45.6 ms"),
        (3.0, "3 s"),
        (600, "10 min"),
        (9000, "2.5 h"),
    ],
)
def test_durations_as_people_read_them(seconds: float | None, read: str) -> None:
    assert duration(seconds) == read
