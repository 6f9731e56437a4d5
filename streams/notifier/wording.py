"""The words of a message, short, for people who barely read: what, where, when, pay, until when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from events.notifications import NotificationDue, OffReason
from events.texts import text
from matching.days import CHINA_MS

_CLOSE_BY_KM: Final = 0.5
_OFF: Final[dict[OffReason | None, str]] = {
    "terms_changed": "notify.terms_changed",
    "not_granted": "notify.not_granted",
}


def words(items: Sequence[NotificationDue], language: str) -> str:
    """The text of a message about one or several notifications."""
    lines = [_line(due, language) for due in items]
    if len(lines) == 1:
        return lines[0]
    numbered = [
        text("notify.line", language, number=number, text=line)
        for number, line in enumerate(lines, start=1)
    ]
    return "\n".join([text("notify.several", language, count=len(lines)), *numbered])


def _line(due: NotificationDue, language: str) -> str:
    title, where, when = due.title, _where(due, language), _when(due, language)
    if due.kind == "cancelled":
        key = _OFF.get(due.reason, "notify.cancelled")
        return text(key, language, title=title, where=where, when=when)
    return text(
        "notify.offer",
        language,
        title=title,
        where=where,
        when=when,
        pay=_pay(due, language),
        perks=_perks(due.perks, language),
        until=_until(due.expires_at, language),
    )


def _where(due: NotificationDue, language: str) -> str:
    match due.place, due.distance_km:
        case "", None:
            return text("notify.nowhere", language)
        case place, None:
            return place
        case "", km:
            return _distance("notify.far", km, language)
        case place, km:
            return text(
                "notify.place", language, place=place, far=_distance("page.km", km, language)
            )


def _distance(key: str, km: float, language: str) -> str:
    if km <= _CLOSE_BY_KM:
        return text("page.close_by", language)
    return text(key, language, km=f"{km:.0f}")


def _when(due: NotificationDue, language: str) -> str:
    begin, end = _in_china(due.first_shift.start), _in_china(due.first_shift.end)
    key = "notify.when"
    details: dict[str, int] = {}
    if due.shifts > 1:
        key, details["shifts"] = "notify.when_days", due.shifts
        last = _in_china(due.last_start or due.first_shift.start)
        if last.date() != begin.date():
            key = "notify.when_until"
            details |= {"last_month": last.month, "last_day": last.day}
    return text(
        key,
        language,
        month=begin.month,
        day=begin.day,
        begin=f"{begin:%H:%M}",
        end=f"{end:%H:%M}",
        **details,
    )


def _pay(due: NotificationDue, language: str) -> str:
    """As it is posted, and what a day comes to, where that is known."""
    day = "" if due.pay_fen_day == 0 else _amount("notify.pay", due.pay_fen_day, language)
    if due.pay is None:
        return day or text("notify.pay_asked", language)
    posted = _amount(f"notify.pay_unit.{due.pay.unit}", due.pay.amount_fen, language)
    return text("notify.pay_and_day", language, pay=posted, day=day) if day else posted


def _amount(key: str, fen: int, language: str) -> str:
    yuan, rest = divmod(fen, 100)
    return text(key, language, yuan=f"{yuan}.{rest:02}" if rest else yuan)


def _perks(perks: Sequence[str], language: str) -> str:
    if not perks:
        return ""
    between = "、" if language == "zh-CN" else ", "
    named = between.join(text(f"word.{perk}", language) for perk in perks)
    return text("notify.perks", language, perks=named)


def _until(millis: int, language: str) -> str:
    at = _in_china(millis)
    return text("notify.until", language, month=at.month, day=at.day, time=f"{at:%H:%M}")


def _in_china(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC) + timedelta(milliseconds=CHINA_MS)
