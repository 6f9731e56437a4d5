"""The town's data file: complete, consistent, and possible."""

from datetime import date, timedelta

import pytest

from producers.simulator.town import Trade, emeishan

TRADES = emeishan().trades


def test_fourteen_stations_near_their_market() -> None:
    stations = emeishan().stations
    assert [station.number for station in stations] == [f"{n:02}" for n in range(14)]
    assert all(29.3 < station.lat < 29.7 for station in stations)
    assert all(103.2 < station.lon < 103.6 for station in stations)
    assert emeishan().station("05").name == "双福镇"


def test_every_trade_is_hired_somewhere_and_has_its_own_skill() -> None:
    numbers = {station.number for station in emeishan().stations}
    assert all(set(trade.stations) <= numbers and trade.stations for trade in TRADES)
    assert len({trade.skill for trade in TRADES}) == len(TRADES)


@pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.skill)
def test_a_trade_is_possible(trade: Trade) -> None:
    assert len(trade.months) == 12
    for low, high in (trade.pay_yuan_day, trade.headcount, trade.days):
        assert 1 <= low <= high
    first, last = trade.hours
    assert 0 <= first < last <= 24
    assert trade.minimum_age >= 16
    assert all(peak.first <= peak.last for peak in trade.peaks)


def test_mines_and_buildings_take_no_minors() -> None:
    heavy = {"mining_help", "building_help", "masonry", "electrician", "loading", "porter"}
    assert all(trade.minimum_age >= 18 for trade in TRADES if trade.skill in heavy)


def test_peaks_are_days_of_the_year() -> None:
    days = {f"{date(2028, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366)}
    assert all({peak.first, peak.last} <= days for trade in TRADES for peak in trade.peaks)


def test_tea_pays_best_before_qingming() -> None:
    [tea] = [trade for trade in TRADES if trade.skill == "tea_picking"]
    assert tea.pay_yuan_day == (120, 180)
    assert [peak.last for peak in tea.peaks] == ["04-05"]
