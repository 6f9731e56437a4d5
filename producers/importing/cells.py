"""Cells as clerks write them: pay, headcount, yes and no, ages, codes.

Each function takes a cell's text and raises Rejection, without a field, for what it cannot tell.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from events.rejections import Rejection
from events.values import CODE, PayUnit, Perk, Settlement
from producers.importing.numerals import counts, sums
from producers.importing.perks import is_extra, read_perks
from producers.importing.words import meaning, plain, unit_of, words

W = TypeVar("W", bound=str)
"""A word of the contract."""

_AMOUNT: Final = r"(?P<{0}>\d{{1,9}}(?:\.\d{{1,4}})?)(?P<{0}_many>千|k|万|w)?"
_PAY: Final = re.compile(
    r"(?P<before>每小时|每天|每日|每月|每件|一天|日薪|时薪|月薪|日工资|月工资|计件)?:?"
    r"(?:不低于|不少于|最低|至少)?"
    + _AMOUNT.format("low")
    + r"元?(?:[-~至到—–]+"
    + _AMOUNT.format("high")
    + r")?(?:/人)?(?:元|块钱|块|人民币|rmb|cny|yuan)?(?:以上|起)?"
    r"(?:(?:/|每|一|per)?(?P<after>[a-z一-鿿]+?))?(?:以上|起)?",
    re.IGNORECASE,
)
_NOISE: Final = re.compile(r"(?<!\d)\s+|\s+(?!\d)|(?<=\d),(?=\d{3}(?!\d))|[¥￥]|元(?=/)")
_SETTLED: Final = re.compile("|".join(w for s in words().settlements.values() for w in s))
_OPEN_PAY: Final = re.compile(r"面议|面谈|待定|协商|negotiable|tbd", re.IGNORECASE)
_MANY: Final = {"千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000}
_BESIDE: Final = re.compile(r"[,;、(\s]+(?=[^\d,;、(\s])")
_HEADCOUNT: Final = re.compile(r"(?:招|共|约|大约)?(\d{1,6})\s*(?:人|名|个人?|位)?")
_RANGE: Final = re.compile(r"\d+\s*(?:人|名)?\s*[-~至到—–]+\s*\d+\s*(?:人|名)?(?:以上)?")
_OPEN_COUNT: Final = re.compile(r"若干|不限|多名|多人|数名|数人|several|many|any", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[、,，;；/+\n|]+|\s+")
_YEARS: Final = r"(?:周?岁)?"
_AGE: Final = re.compile(rf"(?:年?满)?(\d{{2}}){_YEARS}(?:及?以上|起|\+)?")
_AGES: Final = re.compile(r"(\d{2})\D*?[-~至到—–]+\D*?(\d{2})\D*")
_UPPER_AGE: Final = re.compile(rf"(\d{{2}}){_YEARS}(?:及?以下|及?以内|之内|内|封顶|为止|止)")
_ANY: Final = re.compile(r"(?:男女|性别)?(?:不限|无|均可|都可|无要求|any|none|-|/)", re.IGNORECASE)
_CODE: Final = re.compile(CODE)


class Amount(NamedTuple):
    """A pay of so many fen a unit; `highest` is the upper end of a range."""

    fen: int
    unit: PayUnit
    settlement: Settlement | None
    highest: int | None


def pay(cell: str, usual: PayUnit | None = None) -> Amount:
    """`200元/天`, `25/小时`, `一百二一天`, `6000-8000元/月`; a number alone needs a usual unit."""
    text = plain(cell)
    if _OPEN_PAY.search(text):
        raise Rejection("pay_open", value=text[:40])
    settled = _SETTLED.search(text)
    if settled:
        text = text.replace(settled[0], "", 1).strip(" ,，、;；()")
    text, *_ = _beside(sums(text))
    found = _PAY.fullmatch(_NOISE.sub("", text))
    if found is None:
        raise Rejection("pay_unreadable", value=cell[:40])
    unit = _unit(found["before"], found["after"], usual, cell)
    low = _fen(found["low"], found["low_many"] or (found["high_many"] if found["high"] else ""))
    high = _fen(found["high"], found["high_many"]) if found["high"] else None
    if low is None or (found["high"] and high is None) or (high is not None and high < low):
        raise Rejection("pay_unreadable", value=cell[:40])
    settlement = meaning(words().settlements, settled[0]) if settled else None
    return Amount(low, unit, settlement, high)


def perks_beside(cell: str) -> tuple[list[Perk], list[str]]:
    """The perks behind a pay, and what else is given there: `180元/天，包午餐，房补`."""
    return _beside(_SETTLED.sub("", plain(cell)))[1:]


def _beside(text: str) -> tuple[str, list[Perk], list[str]]:
    """A pay, and the perks behind it when nothing stands there that could change it."""
    amount, *rest = _BESIDE.split(text, maxsplit=1)
    found, left = read_perks(rest[0].rstrip(")")) if rest else ([], [])
    is_clear = bool(found or left) and all(map(is_extra, left))
    return (amount, found, left) if is_clear else (text, [], [])


def _unit(before: str | None, after: str | None, usual: PayUnit | None, cell: str) -> PayUnit:
    if after:
        unit = unit_of(after)
        if unit is None:
            raise Rejection("pay_unit_unknown", value=after[:20])
        return unit
    if before and (unit := unit_of(before.lstrip("每一"))):
        return unit
    if usual is None:
        raise Rejection("pay_unit_missing", value=cell[:40])
    return usual


def _fen(number: str, many: str | None) -> int | None:
    """Whole fen, or None."""
    fen = Decimal(number) * _MANY.get((many or "").lower(), 1) * 100
    return int(fen) if fen == fen.to_integral_value() and fen > 0 else None


def headcount(cell: str) -> int:
    """`20`, `20人`, `两名`; `若干` says nothing that could be filled."""
    text = counts(plain(cell))
    if _OPEN_COUNT.search(text):
        raise Rejection("headcount_open", value=plain(cell)[:40])
    if _RANGE.fullmatch(text):
        raise Rejection("headcount_range", value=plain(cell)[:40])
    found = _HEADCOUNT.fullmatch(text)
    if found is None:
        raise Rejection("count_unreadable", value=plain(cell)[:40])
    return int(found[1])


def whole(cell: str) -> int:
    """A whole number, in digits or as it is said."""
    text = counts(plain(cell))
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Rejection("count_unreadable", value=plain(cell)[:40])
    return int(text)


def degrees(cell: str) -> float:
    """A coordinate in degrees."""
    text = plain(cell)
    if not re.fullmatch(r"-?[0-9]{1,3}(?:\.[0-9]{1,12})?", text):
        raise Rejection("degrees_unreadable", value=text[:40])
    return float(text)


def yes(cell: str) -> bool:
    """`是`, `有`, `√`, `yes`, and their contraries."""
    text = plain(cell).lower()
    if text in words().yes or text in words().no:
        return text in words().yes
    raise Rejection("yes_or_no_unclear", value=text[:40])


def minimum_age(cell: str) -> tuple[int | None, bool]:
    """The lowest age, None when none is asked; and whether an upper age is asked, too."""
    text = counts(plain(cell))
    if is_any(text):
        return None, False
    if _UPPER_AGE.fullmatch(text):
        return None, True
    if found := _AGES.fullmatch(text):
        return int(found[1]), True
    if found := _AGE.fullmatch(text):
        return int(found[1]), False
    raise Rejection("age_unreadable", value=plain(cell)[:40])


def codes(cell: str, known: Mapping[str, tuple[str, ...]], own: Mapping[str, str]) -> list[str]:
    """The codes of certificates or skills, by the words known and those of a mapping."""
    found: dict[str, None] = {}
    for part in filter(None, _SEPARATORS.split(plain(cell))):
        if is_any(part):
            continue
        code = own.get(part) or meaning(known, part) or (part if _CODE.search(part) else None)
        if code is None:
            raise Rejection("code_unknown", value=part[:40])
        found[code] = None
    return list(found)


def word(cell: str, known: Mapping[W, tuple[str, ...]]) -> W:
    """The word of the contract that a clerk's word stands for."""
    if found := meaning(known, cell):
        return found
    raise Rejection("word_unknown", value=cell[:40], allowed=tuple(known))


def is_any(cell: str) -> bool:
    """Whether a cell says that nothing is asked for."""
    return _ANY.fullmatch(plain(cell)) is not None
