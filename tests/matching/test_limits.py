"""Limits as data: whole, sourced, and chosen by zone and day."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from events.texts import LANGUAGES
from matching.constraints import LEGAL_AGE
from matching.days import DAY_MS, date_of, day_in_china, week_in_china
from matching.limits import Kind, Limit, all_limits, limits
from tests.town import HOUR, NOW, ZONE

EMEISHAN, CHENGDU, BEIJING = "511181", "510104", "110101"


def at(day: str, hour: int = 0) -> int:
    """A local hour of a day, in UTC milliseconds."""
    local = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=hour - 8)
    return int(local.timestamp() * 1000)


@pytest.mark.parametrize("limit", all_limits(), ids=lambda limit: f"{limit.kind}-{limit.scope}")
def test_a_limit_says_where_it_stands(limit: Limit) -> None:
    assert tuple(limit.source) == LANGUAGES
    assert all(limit.source.values())
    assert limit.value > 0
    assert limit.zone == "*" or limit.zone.isdigit()
    assert len(limit.zone) in (1, 2, 4, 6)
    hazard = limit.kind in ("minimum_age_hazardous", "maximum_age_hazardous")
    assert hazard == bool(limit.occupations or limit.skills or limit.certificates)


def test_no_two_entries_say_the_same_thing_for_one_place_and_day() -> None:
    keys = [(limit.kind, limit.scope, limit.zone, limit.since) for limit in all_limits()]
    assert len(set(keys)) == len(keys)


def test_every_kind_is_in_force_in_emeishan_and_all_but_minimum_pay_everywhere() -> None:
    kinds = set(get_args(Kind))
    assert {limit.kind for limit in limits(EMEISHAN, NOW).in_force} == kinds
    elsewhere = {limit.kind for limit in limits(BEIJING, NOW).in_force}
    assert elsewhere == {kind for kind in kinds if not kind.startswith("minimum_pay")}


def test_the_age_that_stations_vouch_for_is_the_legal_one() -> None:
    assert limits(ZONE, NOW).value("minimum_age") == LEGAL_AGE


@pytest.mark.parametrize(
    ("zone", "when", "fen"),
    [
        (EMEISHAN, at("2022-03-31", 23), 0),
        (EMEISHAN, at("2022-04-01"), 187_000),
        (EMEISHAN, at("2024-12-31", 24) - 1, 187_000),
        (EMEISHAN, at("2025-01-01"), 220_000),  # 2024-12-31T16:00Z: the day in China decides
        (EMEISHAN, NOW, 220_000),
        (CHENGDU, at("2024-12-31", 23), 187_000),
        (CHENGDU, at("2025-01-01"), 233_000),
        (BEIJING, NOW, 0),
        ("051511", NOW, 0),
    ],
)
def test_the_closest_zone_and_the_newest_date_decide(zone: str, when: int, fen: int) -> None:
    assert limits(zone, when).value("minimum_pay_month") == fen


def test_a_kind_may_differ_by_employment() -> None:
    rules = limits(ZONE, NOW)
    periods = {kind: rules.find("pay_period", kind) for kind in ("part_time", "gig", "internship")}
    found = {kind: limit.value for kind, limit in periods.items() if limit is not None}
    assert found == {"part_time": 15, "gig": 31}


def test_rest_and_hours_come_in_milliseconds() -> None:
    rules = limits(ZONE, NOW)
    assert (rules.min_rest_ms, rules.max_day_ms) == (11 * HOUR, 11 * HOUR)


def test_days_and_weeks_are_those_of_china() -> None:
    monday = day_in_china(at("2027-03-15"))
    assert date_of(monday) == date(2027, 3, 15)
    assert day_in_china(at("2027-03-15") - 1) == monday - 1
    weeks = [week_in_china(day_in_china(at("2027-03-15") + n * DAY_MS)) for n in range(-1, 8)]
    assert [week - weeks[1] for week in weeks] == [-1, 0, 0, 0, 0, 0, 0, 0, 1]
