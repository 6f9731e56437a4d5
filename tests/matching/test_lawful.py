"""What a posting is refused for, with the limit and its source; and what is just lawful."""

from typing import Any

import msgspec
import pytest

from events.facts import JobAmended, JobPosted
from events.outcomes import MatchRanked
from events.values import Interval, Pay
from matching.lawful import check_posting, highest_age, lawful_age, least_pay, lowest_age
from matching.terms import job_terms
from tests.matching.scenario import JOB, Scenario
from tests.refused import refused
from tests.town import HOUR, NOW, ZONE

MIDNIGHT = NOW - 8 * HOUR  # the beginning of a Monday in China
TEMPORARY: dict[str, Any] = {"employment_kind": "temporary"}
PART_TIME: dict[str, Any] = {
    "employment_kind": "part_time",
    "pay": Pay(amount_fen=2_200, unit="hour", settlement="weekly"),
}


def days(*hours: tuple[int, int], count: int = 1) -> tuple[Interval, ...]:
    """Shifts at local hours, on `count` days from Tuesday on."""
    return tuple(
        Interval(
            start=MIDNIGHT + (24 * day + first) * HOUR, end=MIDNIGHT + (24 * day + last) * HOUR
        )
        for day in range(1, count + 1)
        for first, last in hours
    )


def posting(**changes: Any) -> JobPosted:
    return msgspec.structs.replace(JOB, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"shifts": days((7, 18)), "pay": Pay(amount_fen=16_000)},  # eleven hours
        {"shifts": days((8, 13), (14, 20)), "pay": Pay(amount_fen=16_000)},
        {"shifts": days((22, 30), count=3)},  # a night counts for the day on which it begins
        {"shifts": days((9, 18), count=20)},
        {"shifts": days((13, 24), (35, 40)), "pay": Pay(amount_fen=16_000)},  # eleven of rest
        PART_TIME | {"shifts": days((8, 12), count=5)},
        PART_TIME | {"shifts": (*days((8, 10)), *days((8, 14), count=2)[1:])},  # four on average
        {
            "pay": Pay(amount_fen=15_000, settlement="on_completion"),
            "shifts": days((8, 17), count=31),
        },
        {"pay": Pay(amount_fen=1, unit="piece")},  # nobody knows what that makes a day
        {"employment_kind": "internship", "pay": Pay(amount_fen=100)},
        {"zone": "110101", "pay": Pay(amount_fen=100)},  # no figure is known there
    ],
)
def test_a_lawful_posting_passes(changes: dict[str, Any]) -> None:
    assert refused(lambda: check_posting(posting(**changes))) is None


@pytest.mark.parametrize(
    ("changes", "code", "field", "said"),
    [
        ({"shifts": days((7, 19))}, "day_too_long", "shifts[0].end", "12 hours, at most 11"),
        (
            {"shifts": days((8, 17), (18, 20), (20, 21))},
            "day_too_long",
            "shifts[2].end",
            "12 hours",
        ),
        (
            {"shifts": days((14, 22), (30, 36))},
            "rest_too_short",
            "shifts[1].start",
            "only 8 hours after the shift of the day before, 11 are due (no national figure",
        ),
        (
            {"shifts": days((30, 36), (14, 22))},
            "rest_too_short",
            "shifts[0].start",
            "start later",
        ),
        (
            PART_TIME | {"shifts": days((8, 13))},
            "part_time_day",
            "shifts",
            "5 hours a day on average, at most 4 are lawful (Labour Contract Law art. 68)",
        ),
        (
            PART_TIME | {"shifts": days((8, 11), (15, 16), (19, 20), count=5)},
            "part_time_day",
            "shifts",
            "5 hours",
        ),
        (
            PART_TIME | {"shifts": days((8, 12), count=13)[6:]},
            "part_time_week",
            "shifts",
            "28 hours in one week, at most 24",
        ),
        (
            PART_TIME
            | {"pay": Pay(amount_fen=9_000, settlement="monthly"), "shifts": days((8, 12))},
            "pay_too_late",
            "pay.settlement",
            "after 31 days, it is due every 15 at the latest (Labour Contract Law art. 72)",
        ),
        (
            {
                "pay": Pay(amount_fen=15_000, settlement="on_completion"),
                "shifts": days((8, 17), count=32),
            },
            "pay_too_late",
            "pay.settlement",
            "after 32 days, it is due every 31",
        ),
    ],
)
def test_an_unlawful_posting_is_refused_with_the_limit_and_what_to_do(
    changes: dict[str, Any], code: str, field: str, said: str
) -> None:
    rejection = refused(lambda: check_posting(posting(**changes)))
    assert rejection is not None
    assert (rejection.code, rejection.field) == (code, field)
    assert said in rejection.reason("en")
    assert "《" in rejection.reason("zh-CN") or "国家没有规定" in rejection.reason("zh-CN")


# 2,200 yuan a month are 12.644 an hour; the ninth hour counts one and a half.
@pytest.mark.parametrize(
    ("changes", "pay", "least"),
    [
        ({"shifts": days((8, 16))}, Pay(amount_fen=1), 10_115),
        ({"shifts": days((8, 12))}, Pay(amount_fen=1), 5_058),
        ({"shifts": days((8, 17))}, Pay(amount_fen=1), 12_012),
        ({"shifts": days((8, 17), count=3)}, Pay(amount_fen=1), 12_012),
        ({"shifts": days((8, 12), (13, 17), count=3)}, Pay(amount_fen=1), 10_115),
        (TEMPORARY | {"shifts": days((8, 16))}, Pay(amount_fen=1, unit="month"), 220_000),
        (TEMPORARY | {"shifts": days((8, 16))}, Pay(amount_fen=1, unit="hour"), 1_265),
        ({"shifts": days((8, 17))}, Pay(amount_fen=1, unit="piece", pieces_per_day=80), 151),
        (PART_TIME | {"shifts": days((8, 12))}, Pay(amount_fen=1, unit="hour"), 2_200),
        (PART_TIME | {"shifts": days((8, 11))}, Pay(amount_fen=1), 6_600),
        # A gig by the hour, short enough to be part-time work, is; a longer one is not.
        ({"shifts": days((8, 12))}, Pay(amount_fen=1, unit="hour"), 2_200),
        ({"shifts": days((8, 13))}, Pay(amount_fen=1, unit="hour"), 1_265),
        ({"shifts": days((8, 12), count=7)}, Pay(amount_fen=1, unit="hour"), 2_200),
        ({"shifts": days((8, 12), count=14)}, Pay(amount_fen=1, unit="hour"), 1_265),
        ({"zone": "510104", "shifts": days((8, 16))}, Pay(amount_fen=1), 10_713),
    ],
)
def test_the_least_lawful_pay_in_every_unit(changes: dict[str, Any], pay: Pay, least: int) -> None:
    job = posting(**(changes | {"pay": pay}))
    found = least_pay(job)
    assert found is not None
    assert found.fen == least
    enough = msgspec.structs.replace(pay, amount_fen=least)
    assert refused(lambda: check_posting(posting(**(changes | {"pay": enough})))) is None
    too_little = msgspec.structs.replace(pay, amount_fen=least - 1)
    rejection = refused(lambda: check_posting(posting(**(changes | {"pay": too_little}))))
    assert rejection is not None
    assert (rejection.code, rejection.field) == ("pay_below_minimum", "pay.amount_fen")
    assert f"at least {least / 100:.2f} yuan is due (Sichuan minimum wage" in rejection.reason("en")
    assert f"至少要 {least / 100:.2f} 元（四川省最低工资标准" in rejection.reason("zh-CN")


@pytest.mark.parametrize(
    ("changes", "law", "lowest"),
    [
        ({}, 16, 16),
        ({"minimum_age": 45}, 16, 45),
        ({"skills": ("masonry",)}, 18, 18),
        ({"skills": (), "occupation": "6-16-01-05"}, 18, 18),
        ({"skills": (), "occupation": "6-29-03-01"}, 16, 16),
        ({"certificates": ("health", "electrician")}, 18, 18),
        ({"skills": ("forestry",), "minimum_age": 20}, 18, 20),
    ],
)
def test_dangerous_work_is_for_adults(changes: dict[str, Any], law: int, lowest: int) -> None:
    job = posting(**changes)
    assert lawful_age(job) == law
    assert lowest_age(job) == lowest


@pytest.mark.parametrize(
    ("changes", "below"),
    [
        ({}, 0),
        ({"minimum_age": 45}, 0),
        ({"skills": ("masonry",)}, 65),
        ({"skills": (), "occupation": "6-16-01-05"}, 65),
        ({"skills": ("porter",)}, 65),
        ({"skills": ("electrician",)}, 61),
        ({"skills": ("masonry",), "certificates": ("electrician",)}, 61),  # of two the lower
        ({"skills": ("masonry",), "zone": "110101"}, 0),
        ({"skills": ("electrician",), "zone": "110101"}, 61),
    ],
)
def test_dangerous_work_is_not_for_the_old(changes: dict[str, Any], below: int) -> None:
    job = posting(**changes)
    assert highest_age(job) == below
    terms = job_terms(job, open_places=1, blocked=False, open_claims=0)
    assert terms.maximum_age == below


def test_the_age_up_to_which_one_may_do_special_operations_rises() -> None:
    years = {2026: 61, 2029: 62, 2033: 63, 2050: 63}
    for year, below in years.items():
        start = NOW + (year - 2027) * 366 * 24 * HOUR
        shift = Interval(start=start, end=start + 8 * HOUR)
        assert highest_age(posting(skills=("electrician",), shifts=(shift,))) == below


def test_terms_carry_the_limits() -> None:
    terms = job_terms(posting(skills=("masonry",)), open_places=1, blocked=False, open_claims=0)
    assert (terms.minimum_age, terms.min_rest_ms, terms.max_day_ms) == (18, 11 * HOUR, 11 * HOUR)


def test_the_overtime_of_a_month_is_limited_where_somebody_is_employed() -> None:
    """Thirteen days of eleven hours on end were taken, and one worker booked for all of them."""
    long = {"shifts": days((7, 18), count=13), "pay": Pay(amount_fen=30_000)}
    rejection = refused(lambda: check_posting(posting(**TEMPORARY, **long)))
    assert rejection is not None
    assert (rejection.code, rejection.field) == ("overtime_month", "shifts")
    assert "55 hours of overtime in one month" in rejection.reason()
    assert (
        "最多 36 小时（每天 8 小时、每周 44 小时以外算加班；《劳动法》第四十一条）"
        in rejection.reason("zh-CN")
    )
    assert refused(lambda: check_posting(posting(**long))) is None  # a gig


@pytest.mark.parametrize(
    ("shifts", "is_lawful"),
    [
        (days((7, 18), count=6), True),  # from Tuesday to Sunday: 18 a day's, 4 the week's
        (days((7, 18), count=12), False),
        (days((8, 17), count=12), True),
        (days((8, 18), count=14), False),
        (days((8, 16), count=27), True),  # 40 in all, 16 of them in March
    ],
)
def test_overtime_is_what_goes_beyond_a_day_and_beyond_a_week(
    shifts: tuple[Interval, ...], is_lawful: bool
) -> None:
    pay = Pay(amount_fen=30_000)
    job = posting(**TEMPORARY, shifts=shifts, pay=pay)
    assert (refused(lambda: check_posting(job)) is None) == is_lawful


def test_the_market_takes_no_unlawful_posting_and_no_amendment_to_one() -> None:
    town = Scenario()
    town.posted(pay=Pay(amount_fen=9_000))
    assert town.rejection is not None
    assert (town.rejection.code, town.engine.markets) == ("pay_below_minimum", {})
    town.posted()
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=days((6, 18))))
    assert town.rejection is not None
    assert town.rejection.code == "day_too_long"
    assert town.market.state.jobs["J-1"].posted == JOB
    # The same pay for a longer day is less than the minimum, though neither alone breaks it.
    town.happens(JobAmended(job_id="J-1", zone=ZONE, shifts=days((7, 18))))
    assert town.rejection.code == "pay_below_minimum"
    town.happens(
        JobAmended(job_id="J-1", zone=ZONE, shifts=days((7, 18)), pay=Pay(amount_fen=15_805))
    )
    assert town.rejection is None


def test_minors_are_not_ranked_for_dangerous_work() -> None:
    town = Scenario()
    town.available("W-1", birth_year=2009)
    town.posted()
    assert town.said(MatchRanked)[0].feasible == 1
    town.happens(JobAmended(job_id="J-1", zone=ZONE, certificates=("electrician",)))
    town.available("W-1", birth_year=2009, certificates=("electrician",))
    assert town.said(MatchRanked)[0].excluded == {"age": 1}
