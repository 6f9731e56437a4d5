"""The terminal's tables say what the figures say."""

import io
import re

import msgspec
import pytest
from rich.console import Console

from gigmatch.figures.monitor import Monitor
from gigmatch.figures.scraping import Target
from gigmatch.figures.screen import duration, screen
from gigmatch.figures.types import (
    FairnessFigures,
    Figures,
    PartitionFigures,
    QuarantineFigures,
    StationFigures,
    ZoneFigures,
)
from tests.gigmatch.figures.rounds import ADDRESS, counter, looked

RELEASES = tuple(f"sha256:{digit * 64}" for digit in "12")


_STATION = StationFigures(
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
ZONE_FIGURES = ZoneFigures(
    zone="511181",
    now=61_000,
    release="rules:v1",
    offers={"open": 7},
    bookings={},
    stations=[_STATION],
    fairness=FairnessFigures(workers=1, offers_gini=None, work_gini=None, never_asked=None),
)


def written(monitor: Monitor, *releases: str) -> str:
    """What stands there with as many zones as releases; without any with one, with rules."""
    zones = [
        msgspec.structs.replace(ZONE_FIGURES, zone=f"{511181 + number}", release=release)
        for number, release in enumerate(releases)
    ]
    return told(msgspec.structs.replace(monitor.figures(), zones=zones or [ZONE_FIGURES]))


def told(figures: Figures, language: str = "en") -> str:
    written_to = io.StringIO()
    Console(width=160, file=written_to).print(screen(figures, language))
    return written_to.getvalue()


def test_a_process_that_is_down_cannot_be_overlooked() -> None:
    monitor = Monitor([Target("matcher", ADDRESS)], 5.0)
    for at, text in ((0, counter(10)), (5, counter(60)), (10, None)):
        monitor.take(looked(at, text))
    shown = written(monitor)
    assert "DOWN" in shown
    assert "refused" in shown


def test_a_process_that_is_up_and_not_ready_cannot_be_overlooked() -> None:
    monitor = Monitor([Target("matcher", ADDRESS)], 5.0)
    one = looked(0, counter(10))
    scrapes = {
        at: scrape._replace(unready="the broker does not answer")
        for at, scrape in one.scrapes.items()
    }
    monitor.take(one._replace(scrapes=scrapes))
    shown = written(monitor)
    assert "NOT READY" in shown
    assert "the broker does not answer" in shown


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


def test_in_chinese_nothing_is_left_in_english() -> None:
    monitor = Monitor([Target("matcher", ADDRESS)], 5.0)
    for at, text in ((0, counter(10)), (5, counter(60)), (10, None)):
        monitor.take(looked(at, text))
    station = QuarantineFigures(station_id="511181-09", since=1_805_155_200_000)
    partition = PartitionFigures(
        partition=3,
        owner=ADDRESS,
        lag=7,
        oldest_s=2.0,
        since_snapshot=1,
        snapshot_at=None,
        projector_lag=0,
    )
    figures = msgspec.structs.replace(
        monitor.figures(),
        zones=[ZONE_FIGURES],
        quarantine=[station],
        partitions=[partition],
        projector_troubles=2,
    )
    shown = told(figures, "zh-CN")
    words = set(re.findall(r"[A-Za-z][a-z]+", shown.replace(ADDRESS, "")))
    assert words == {"gigmatch", "Redis", "bold", "refused", "min", "rules"}
    for part in ("匹配", "停止", "找候选", "最早一条等待", "已被隔离", "待答复 7", "补齐用时"):
        assert part in shown, part


def test_markets_that_cannot_be_read_are_said() -> None:
    monitor = Monitor([Target("gateway", ADDRESS)], 5.0)
    monitor.take(looked(1, "gigmatch_market_known 0\n", "gateway"))
    assert "how the markets are is not known" in told(monitor.figures())
    monitor.take(looked(2, "gigmatch_market_known 1\n", "gateway"))
    assert "how the markets are is not known" not in told(monitor.figures())


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


def test_zones_that_are_left_out_are_counted() -> None:
    monitor = Monitor([Target("gateway", ADDRESS)], 5.0)
    monitor.take(
        looked(1, "gigmatch_market_known 1\ngigmatch_market_zones_left_out 0\n", "gateway")
    )
    assert "not shown" not in told(monitor.figures())
    monitor.take(
        looked(2, "gigmatch_market_known 1\ngigmatch_market_zones_left_out 2\n", "gateway")
    )
    assert "2 zones are not shown" in told(monitor.figures())
