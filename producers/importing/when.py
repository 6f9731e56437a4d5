"""Days and hours as clerks write them, made into shifts in China's time.

Each function takes a cell's text and raises Rejection, without a field, for what it cannot tell.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from events.rejections import Rejection
from events.values import Interval
from producers.importing.words import plain

CHINA: Final = timedelta(hours=8)
MOST_DAYS: Final = 400
DAY_MIN: Final = 24 * 60

_DAY: Final = r"(?:(?P<y{0}>\d{{4}})[-/.年])?(?P<m{0}>\d{{1,2}})[-/.月](?P<d{0}>\d{{1,2}})[日号]?"
_TO: Final = r"\s*(?:至|到|~|—+|–|-)\s*"
_ONE: Final = re.compile(_DAY.format(1))
_PACKED: Final = re.compile(r"(?P<y1>20\d\d)(?P<m1>[01]\d)(?P<d1>[0-3]\d)")
_SPAN: Final = re.compile(_DAY.format(1) + _TO + _DAY.format(2))
_SHORT_SPAN: Final = re.compile(_DAY.format(1) + _TO + r"(?P<d2>\d{1,2})[日号]?")
_CLOCKED: Final = re.compile(r"\d[T ]\d{1,2}:")
_YEARS: Final = range(2000, 2100)
_MIDNIGHT: Final = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?$")
_MOMENT: Final = re.compile(r"([^ T]*\d[日号]?)[T ](\d{1,2}:\d\d)(?::\d\d(?:\.0+)?)?")
_DAY_ONLY: Final = re.compile(r"\d{1,2}[日号]?(?:[~-]\d{1,2}[日号]?)?")
_WEEKDAY_NOTE: Final = re.compile(r"\((?:星期|周)[一二三四五六日天]\)")
_OPEN: Final = re.compile(r"长期|不限|待定|面议|常年|long.?term|open", re.IGNORECASE)
_RELATIVE: Final = re.compile(r"今天|今日|明天|明日|后天|下周|本周|today|tomorrow", re.IGNORECASE)
_LIST: Final = re.compile(r"\s*[、,;]\s*")

_PARTS: Final = "凌晨|清晨|早上|早|上午|中午|下午|傍晚|晚上|晚|夜里"
_HALF: Final = rf"(?P<next{{0}}>次日|第二天)?(?P<part{{0}}>{_PARTS})?"
_SPANS: Final = re.compile(rf"{_LIST.pattern}|(?<=[\d点时分半])\s+(?=(?:{_PARTS})?\d)")
"""What stands between the hours of a day: a mark, or a space alone: 8:00-12:00 14:00-18:00."""
_CLOCK: Final = r"(?P<h{0}>\d{{1,2}})(?:[:点时](?P<min{0}>\d{{1,2}}|半)?分?(?::00)?)?"
_HOURS: Final = re.compile(
    (_HALF + _CLOCK).format(1) + _TO + (_HALF + _CLOCK).format(2), re.IGNORECASE
)
_HOUR: Final = re.compile((_HALF + _CLOCK).format(1))
_NIGHT: Final = frozenset(("晚上", "晚", "夜里"))
_AFTERNOON: Final = _NIGHT | {"下午", "傍晚"}
_NIGHT_UNTIL: Final = 5
"""An hour of the night before it is after midnight: 夜里2点."""
_NOON_UNTIL: Final = 3
_SHIFT: Final = re.compile(r"(?P<day>\d{4}-\d\d-\d\d) (?P<from>\d\d:\d\d)-(?P<to>\d\d:\d\d)")

_WEEK: Final = "一二三四五六日"
_WEEKDAY: Final = r"(?:周|星期|礼拜)?([一二三四五六日天1-7])"
_WEEK_SPAN: Final = re.compile(_WEEKDAY + _TO + _WEEKDAY)
_WEEK_ONE: Final = re.compile(_WEEKDAY)
_WEEKS: Final = {
    "每天": range(7),
    "不休": range(7),
    "无休": range(7),
    "双休": range(5),
    "单休": range(6),
    "做六休一": range(6),
    "做五休二": range(5),
    "工作日": range(5),
    "周末": range(5, 7),
}


class Hours(NamedTuple):
    """Work from one minute of a day to another; past 1440 it ends on the next day."""

    start: int
    end: int


class Days(NamedTuple):
    """How to tell the year of a date without one: that given, or the nearest to today."""

    today: date
    year: int | None = None

    def find(self, cell: str) -> list[date]:
        """The days of a cell: one, a range, or a list of them, in order."""
        text = _WEEKDAY_NOTE.sub("", _MIDNIGHT.sub("", plain(cell))).strip()
        if _RELATIVE.search(text):
            raise Rejection("date_relative", value=text[:40])
        if _OPEN.search(text):
            raise Rejection("date_open", value=text[:40])
        found: set[date] = set()
        last: date | None = None
        for part in filter(None, _LIST.split(text)):
            is_short = last is not None and _DAY_ONLY.fullmatch(part)  # 3月16日、18日
            span = self._span(f"{last:%Y-%m}-{part}" if is_short else part)
            last = span[-1]
            found.update(span)
            if len(found) > MOST_DAYS:
                raise Rejection("too_many_days", limit=MOST_DAYS)
        return sorted(found)

    def one(self, cell: str) -> date:
        """The single day of a cell."""
        days = self.find(cell)
        if len(days) != 1:
            raise Rejection("date_unreadable", value=cell[:40])
        return days[0]

    def _span(self, part: str) -> Sequence[date]:
        if one := _ONE.fullmatch(part) or _PACKED.fullmatch(part):
            return [self._day(one["y1"], one["m1"], one["d1"], part)]
        if span := _SPAN.fullmatch(part):
            first = self._day(span["y1"], span["m1"], span["d1"], part)
            years = [int(span["y2"])] if span["y2"] else [first.year, first.year + 1]
            ends = _days_of(years, span["m2"], span["d2"], part)
            return days_between(first, next((one for one in ends if one >= first), ends[-1]))
        if span := _SHORT_SPAN.fullmatch(part):
            first = self._day(span["y1"], span["m1"], span["d1"], part)
            last = self._day(str(first.year), str(first.month), span["d2"], part)
            return days_between(first, last)
        raise Rejection("date_unreadable", value=part[:40])

    def _day(self, year: str | None, month: str, day: str, shown: str) -> date:
        told = year or self.year
        years = [int(told)] if told else [self.today.year + n for n in (-1, 0, 1)]
        return min(_days_of(years, month, day, shown), key=lambda one: abs(one - self.today))


def day_and_hour(cell: str) -> tuple[str, str]:
    """A date, and the hour that stands behind it, if any: `2027-03-16 08:00`."""
    text = _MIDNIGHT.sub("", plain(cell))
    found = _MOMENT.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")


def days_between(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    count = (last - first).days + 1
    if count < 1:
        raise Rejection("date_reversed", start=first.isoformat(), end=last.isoformat())
    if count > MOST_DAYS:
        raise Rejection("too_many_days", limit=MOST_DAYS)
    return [first + timedelta(days=n) for n in range(count)]


def hours(cell: str) -> list[Hours]:
    """`8:00-17:00`, `早8点到晚5点半`, `8:00-12:00、14:00-18:00`."""
    found = []
    for part in filter(None, _SPANS.split(plain(cell))):
        span = _HOURS.fullmatch(part.replace(" ", ""))
        if span is None:
            raise Rejection("hours_unreadable", value=part[:40])
        start, end = _minute(span, 1, part), _minute(span, 2, part)
        if span["part1"] in _NIGHT and start < _NIGHT_UNTIL * 60:
            raise Rejection("hours_unreadable", value=part[:40])  # of that night, or of the next?
        if span["part1"] in _AFTERNOON | {"中午"} and not (span["part2"] or span["next2"]):
            is_after_noon = end <= start < end + DAY_MIN // 2 <= DAY_MIN
            end += DAY_MIN // 2 if is_after_noon else 0  # 下午1点到5点
        found.append(Hours(start, end if end > start else end + DAY_MIN))
    if not found:
        raise Rejection("hours_unreadable", value=cell[:40])
    if any(later.start < earlier.end for earlier, later in pairwise(sorted(found))):
        raise Rejection("hours_overlap", value=cell[:40])
    return sorted(found)


def from_to(start: str, end: str) -> list[Hours]:
    """Hours of a day that stand in two cells."""
    return hours(f"{_hour_part(start)}-{_hour_part(end)}")


def _hour_part(cell: str) -> str:
    text = plain(cell).replace(" ", "")
    if _HOUR.fullmatch(text) is None:
        raise Rejection("hours_unreadable", value=text[:40])
    return text


def _minute(found: re.Match[str], side: int, shown: str) -> int:
    hour, written = int(found[f"h{side}"]), found[f"min{side}"] or "0"
    minute = 30 if written == "半" else int(written)
    part = found[f"part{side}"]
    if part in _NIGHT and hour == 0:
        hour = 24
    elif part in _NIGHT and hour >= _NIGHT_UNTIL:
        hour += 12 if hour <= 12 else 0
    elif (part in ("下午", "傍晚") and hour < 12) or (part == "中午" and hour <= _NOON_UNTIL):
        hour += 12
    elif part == "凌晨" and hour == 12:
        hour = 0
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise Rejection("hours_unreadable", value=shown[:40])
    return hour * 60 + minute + (DAY_MIN if found[f"next{side}"] else 0)


def weekdays(cell: str) -> frozenset[int]:
    """The days of a week, Monday 0: `周一至周五`, `周一、周三`, `双休`."""
    text = plain(cell)
    if (usual := _WEEKS.get(text)) is not None:
        return frozenset(usual)
    found: set[int] = set()
    for part in filter(None, _LIST.split(text)):
        if span := _WEEK_SPAN.fullmatch(part):
            first, last = _number(span[1]), _number(span[2])
            found.update((first + n) % 7 for n in range((last - first) % 7 + 1))
        elif one := _WEEK_ONE.fullmatch(part):
            found.add(_number(one[1]))
        else:
            raise Rejection("weekdays_unreadable", value=part[:40])
    return frozenset(found)


def _number(day: str) -> int:
    return int(day) - 1 if day.isdecimal() else _WEEK.index(day.replace("天", "日"))


def shifts(days: Iterable[date], worked: Sequence[Hours]) -> tuple[Interval, ...]:
    """A shift for each stretch of hours of each day."""
    made = []
    for day in days:
        midnight = midnight_ms(day)
        made += [
            Interval(start=midnight + one.start * 60_000, end=midnight + one.end * 60_000)
            for one in worked
        ]
    return tuple(made)


def listed_shifts(cell: str) -> tuple[Interval, ...]:
    """Shifts written out: `2027-03-16 08:00-17:00; 2027-03-17 20:00-04:00`."""
    made: list[Interval] = []
    for part in filter(None, re.split(r"\s*;\s*", plain(cell))):
        found = _SHIFT.fullmatch(part)
        if found is None:
            raise Rejection("shift_unreadable", value=part[:40])
        try:
            day = _date(*map(int, found["day"].split("-")))
        except ValueError:
            raise Rejection("date_impossible", value=part[:40]) from None
        made += shifts([day], hours(f"{found['from']}-{found['to']}"))
    return tuple(made)


def moment_ms(cell: str, days: Days) -> int:
    """The end of a day, or a moment of it, UTC ms: `3月20日`, `2027-03-20 12:00`, ISO 8601."""
    text = _MIDNIGHT.sub("", plain(cell))
    if not _CLOCKED.search(text):
        return midnight_ms(days.one(text)) + DAY_MIN * 60_000
    try:
        moment = datetime.fromisoformat(text)
        _date(moment.year, moment.month, moment.day)
    except ValueError:
        raise Rejection("date_unreadable", value=text[:40]) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC) - CHINA
    return round(moment.timestamp() * 1000)


def _date(year: int, month: int, day: int) -> date:
    """A day of this century. Raises ValueError."""
    if year not in _YEARS:
        raise ValueError(f"{year} is no year of this century")
    return date(year, month, day)


def _days_of(years: Iterable[int], month: str, day: str, shown: str) -> list[date]:
    """The day in each of the years that has it: 29 February is in one of four."""
    found = []
    for year in years:
        with suppress(ValueError):
            found.append(_date(year, int(month), int(day)))
    if not found:
        raise Rejection("date_impossible", value=shown[:40])
    return found


def midnight_ms(day: date) -> int:
    """When a day begins in China, UTC ms."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - CHINA
    return int(begin.timestamp() * 1000)
