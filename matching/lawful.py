"""What a posting must keep to before anybody sees it: age, hours, rest, pay period, minimum pay."""

from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from events.facts import JobPosted
from events.rejections import Rejection
from events.values import EmploymentKind
from matching.days import HOUR_MS, PAID_DAYS_X100, date_of, day_in_china, week_in_china
from matching.limits import Limit, Limits, limits

_PERIOD_DAYS: Final = {"daily": 1, "weekly": 7, "monthly": 31}


class LeastPay(NamedTuple):
    """The lowest lawful amount in fen of a job's unit of pay, and the limit behind it."""

    fen: int
    limit: Limit


class _Work(NamedTuple):
    """Milliseconds of work by the day in China on which the shifts start."""

    by_day: dict[int, int]
    total: int

    @classmethod
    def of(cls, posted: JobPosted) -> "_Work":
        by_day: dict[int, int] = {}
        for shift in posted.shifts:
            day = day_in_china(shift.start)
            by_day[day] = by_day.get(day, 0) + shift.end - shift.start
        return cls(by_day, sum(by_day.values()))

    def most_overtime(self, day_ms: int, week_ms: int) -> int:
        """The most in a month: beyond the hours of a day, and beyond those of a week."""
        normal: dict[int, int] = {}
        by_month: dict[date, int] = {}
        for day, worked in sorted(self.by_day.items()):
            week, month = week_in_china(day), date_of(day).replace(day=1)
            before = normal.get(week, 0)
            normal[week] = min(before + min(worked, day_ms), week_ms)
            overtime = worked - (normal[week] - before)
            by_month[month] = by_month.get(month, 0) + overtime
        return max(by_month.values())

    def longest_week(self) -> int:
        by_week: dict[int, int] = {}
        for day, worked in self.by_day.items():
            week = week_in_china(day)
            by_week[week] = by_week.get(week, 0) + worked
        return max(by_week.values())

    def days(self) -> int:
        """Days from the first to the last."""
        return max(self.by_day) - min(self.by_day) + 1


def check_posting(posted: JobPosted) -> None:
    """Raise Rejection when a posting breaks a limit of its zone on the day its first shift starts.

    The reason names the field, the limit, its source and what to do.
    """
    rules, work = limits_of(posted), _Work.of(posted)
    kind = _kind(posted, rules, work)
    _check_days(posted, rules)
    _check_rest(posted, rules)
    if kind == "part_time":
        _check_part_time(rules, work)
    _check_overtime(rules, kind, work)
    _check_pay_period(posted, rules, kind, work)
    _check_pay(posted, rules, kind, work)


def limits_of(posted: JobPosted) -> Limits:
    """The limits that hold for a job: those of its zone on the day its first shift starts."""
    return limits(posted.zone, first_start(posted))


def is_over(posted: JobPosted, now: int) -> bool:
    """Whether the last shift of a job has ended, UTC ms."""
    return max(shift.end for shift in posted.shifts) <= now


def first_start(posted: JobPosted) -> int:
    """When the first shift starts; shifts may be posted in any order."""
    return min(shift.start for shift in posted.shifts)


def lowest_age(posted: JobPosted) -> int:
    """The age from which somebody may do a job: what is asked, or what the law asks."""
    return max(posted.minimum_age, lawful_age(posted))


def lawful_age(posted: JobPosted) -> int:
    """The age that the law asks for a job: the working age, or that of each hazard it is."""
    return _lawful_age(
        limits_of(posted), posted.occupation or "", posted.skills, posted.certificates
    )


def highest_age(posted: JobPosted) -> int:
    """The age from which nobody may do a job that is hazardous; 0 where the law sets none."""
    return _highest_age(
        limits_of(posted), posted.occupation or "", posted.skills, posted.certificates
    )


def least_pay(posted: JobPosted) -> LeastPay | None:
    """The lowest pay that is lawful for a job.

    Part-time work is measured by the minimum of an hour; other work by that of a month of 21.75
    days of eight hours, hours beyond eight a day half as much again (Minimum Wage Provisions,
    MOLSS order 21 of 2004, art. 5 and 12). None where no limit is known, and for piece work whose
    employer gives no pieces a day.
    """
    rules, work = limits_of(posted), _Work.of(posted)
    return _least_pay(posted, rules, _kind(posted, rules, work), work)


def _kind(posted: JobPosted, rules: Limits, work: _Work) -> EmploymentKind:
    """The kind of employment that a job is by law.

    A short gig that is paid by the hour is part-time work: Labour Contract Law art. 68 defines it
    by the pay and the hours, not by the name.
    """
    if posted.employment_kind != "gig" or posted.pay.unit != "hour":
        return posted.employment_kind
    a_day, a_week = rules.value("part_time_daily_hours"), rules.value("part_time_weekly_hours")
    is_short = (
        work.total <= a_day * HOUR_MS * len(work.by_day) and work.longest_week() <= a_week * HOUR_MS
    )
    return "part_time" if is_short else "gig"


def _check_days(posted: JobPosted, rules: Limits) -> None:
    limit = rules.find("daily_overtime") or rules.find("daily_hours")
    worked: dict[int, int] = {}
    for index, shift in enumerate(posted.shifts):
        day = day_in_china(shift.start)
        worked[day] = worked.get(day, 0) + shift.end - shift.start
        if limit is not None and worked[day] > rules.max_day_ms:
            raise Rejection(
                "day_too_long",
                f"shifts[{index}].end",
                hours=_hours(worked[day]),
                limit=_hours(rules.max_day_ms),
                source=limit.source,
            )


def _check_rest(posted: JobPosted, rules: Limits) -> None:
    limit = rules.find("rest")
    ordered = sorted(enumerate(posted.shifts), key=lambda item: item[1].start)
    for (_, earlier), (index, later) in pairwise(ordered):
        rest = later.start - earlier.end
        if limit is None or rest >= rules.min_rest_ms:
            continue
        if day_in_china(earlier.start) != day_in_china(later.start):
            raise Rejection(
                "rest_too_short",
                f"shifts[{index}].start",
                hours=_hours(rest),
                limit=limit.value,
                source=limit.source,
            )


def _check_part_time(rules: Limits, work: _Work) -> None:
    limit = rules.find("part_time_daily_hours")
    if limit is not None and work.total > limit.value * HOUR_MS * len(work.by_day):
        raise Rejection(
            "part_time_day",
            "shifts",
            hours=_hours(work.total / len(work.by_day)),
            limit=limit.value,
            source=limit.source,
        )
    limit = rules.find("part_time_weekly_hours")
    if limit is not None and work.longest_week() > limit.value * HOUR_MS:
        raise Rejection(
            "part_time_week",
            "shifts",
            hours=_hours(work.longest_week()),
            limit=limit.value,
            source=limit.source,
        )


def _check_overtime(rules: Limits, kind: EmploymentKind, work: _Work) -> None:
    """Of one posting: what somebody has worked elsewhere before is not known here."""
    limit, week = rules.find("monthly_overtime", kind), rules.find("weekly_hours", kind)
    if limit is None or week is None:
        return
    a_day = rules.value("daily_hours")
    overtime = work.most_overtime(a_day * HOUR_MS, week.value * HOUR_MS)
    if overtime > limit.value * HOUR_MS:
        raise Rejection(
            "overtime_month",
            "shifts",
            hours=_hours(overtime),
            limit=limit.value,
            day=a_day,
            week=week.value,
            source=limit.source,
        )


def _check_pay_period(posted: JobPosted, rules: Limits, kind: EmploymentKind, work: _Work) -> None:
    limit = rules.find("pay_period", kind)
    days = _PERIOD_DAYS.get(posted.pay.settlement) or work.days()
    if limit is not None and days > limit.value:
        raise Rejection(
            "pay_too_late", "pay.settlement", days=days, limit=limit.value, source=limit.source
        )


def _check_pay(posted: JobPosted, rules: Limits, kind: EmploymentKind, work: _Work) -> None:
    least = _least_pay(posted, rules, kind, work)
    if least is not None and posted.pay.amount_fen < least.fen:
        raise Rejection(
            "pay_below_minimum",
            "pay.amount_fen",
            yuan=f"{posted.pay.amount_fen / 100:.2f}",
            least=f"{least.fen / 100:.2f}",
            source=least.limit.source,
        )


def _least_pay(
    posted: JobPosted, rules: Limits, kind: EmploymentKind, work: _Work
) -> LeastPay | None:
    by_hour = kind == "part_time"
    limit = rules.find("minimum_pay_hour" if by_hour else "minimum_pay_month", kind)
    if limit is None:
        return None
    normal = rules.value("daily_hours")
    # An hour's pay and the hours paid a day, both as fractions: fen / share, paid / whole.
    fen, share = (limit.value, 1) if by_hour else (limit.value * 100, PAID_DAYS_X100 * normal)
    paid = work.total * 100
    if not by_hour:
        more = max(rules.value("overtime_pay") - 100, 0)
        paid += sum(more * max(0, day - normal * HOUR_MS) for day in work.by_day.values())
    whole = HOUR_MS * len(work.by_day) * 100
    match posted.pay.unit:
        case "hour":
            return LeastPay(_up(fen, share), limit)
        case "day":
            return LeastPay(_up(fen * paid, share * whole), limit)
        case "month":
            return LeastPay(_up(fen * paid * PAID_DAYS_X100, share * whole * 100), limit)
        case "piece" if posted.pay.pieces_per_day:
            return LeastPay(_up(fen * paid, share * whole * posted.pay.pieces_per_day), limit)
        case _:
            return None


@lru_cache(maxsize=4096)
def _lawful_age(
    rules: Limits, occupation: str, skills: tuple[str, ...], certificates: tuple[str, ...]
) -> int:
    hazards = rules.of_hazard("minimum_age_hazardous", occupation, skills, certificates)
    return max(rules.value("minimum_age"), *hazards, 0)


@lru_cache(maxsize=4096)
def _highest_age(
    rules: Limits, occupation: str, skills: tuple[str, ...], certificates: tuple[str, ...]
) -> int:
    hazards = rules.of_hazard("maximum_age_hazardous", occupation, skills, certificates)
    return min(hazards, default=0)


def _up(value: int, by: int) -> int:
    """A quotient, rounded up."""
    return -(-value // by)


def _hours(millis: float) -> str:
    return f"{millis / HOUR_MS:.2f}".rstrip("0").rstrip(".")
