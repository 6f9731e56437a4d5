"""What a job gives besides its pay: meals, lodging, pickup, insurance, as clerks write it.

Whoever reads `包住` on a page travels for it. So what is denied, costs something or is only looked
for together is not promised; what may be either is left over, and told.
"""

import re
from itertools import zip_longest
from typing import Final

from events.values import Perk
from producers.importing.words import plain

_SEPARATORS: Final = re.compile(r"[、,，;；。/+\n|]+|(?<![A-Za-z])\s+|\s+(?![A-Za-z])")
_PERKS: Final[dict[Perk, re.Pattern[str]]] = {
    "meal": re.compile(
        # A canteen alone may ask its price.
        r"餐(?!厅|具)|吃|(?<!年夜)饭(?![堂店])|(?<!零)食(?![堂品])"
        r"|免费[食饭]堂|[食饭]堂免费|\bmeals?\b",
        re.IGNORECASE,
    ),
    "lodging": re.compile(r"(?<!居)住(?![院址])|宿|\blodging\b", re.IGNORECASE),
    "pickup": re.compile(r"接送|班车|车接|\bpick-?up\b", re.IGNORECASE),
    "insurance": re.compile(r"(?<![危风])险|\binsurance\b", re.IGNORECASE),
}
_EXTRA: Final = re.compile(
    r"公积金|补[贴助]|津贴|[餐饭食房住宿][补贴]|误餐|聚餐|吃苦|\b(?:allowance|subsidy|fund)\b",
    re.IGNORECASE,
)
"""Money, or no perk at all, though it names one."""
_BY: Final = "自己|自行|个人|本人|员工"
_COSTS: Final = (
    r"自[理费付找租购买负担缴]|自[带备](?![被床铺行洗碗工用]|生活|餐具)"
    rf"|(?:{_BY})(?:解决|安排|负责|承担|负担|出|付|掏|买|带|找|租|交|做)"
    r"|另[算计付收扣]|[交缴收扣付](?!通).{0,6}费|扣|有偿|own expense|not (?:included|provided)"
)
"""What a worker pays, or has to see to."""
_UTILITIES: Final = re.compile(
    rf"(?:只|仅)?(?:需|要)?[交缴收付出]?[水电气网]+费?(?:需|由|均|全)?(?:{_COSTS}|(?:{_BY})?[平分均]摊)"
    r"|(?:只|仅)(?:需|要)?[交缴收付出][水电气网]+费?"
)
"""Lodging is given though its water and power are not."""
_MARK: Final = re.compile(r"[×✗✘]|否")
_DENIAL: Final = re.compile(r"(?=[不无没]|未[提包安含交缴购]|\bno\b)", re.IGNORECASE)
"""Where a part goes on to say what is not given: `包吃不包住`."""
_DENIED: Final = re.compile(r"[不无没未]|no\b", re.IGNORECASE)
_NOT_GIVEN: Final = re.compile(
    r"\(?(?:不(?:提供|包含?|含|管|交|供|给|买|发|安排|解决|免费)?|无|没有?(?:提供)?|none|no"
    rf"|未(?:提供|包含?|安排|交|购买?)|(?:费用?)?(?:{_COSTS}|[面另商]议))\)?",
    re.IGNORECASE,
)
"""What denies the word before it: `住宿不提供`, `包住:无`; `不加班` says something of its own."""
_FREE: Final = re.compile(
    r"(?<![不非])免|无偿|[不无](?:需|用|另)?[交缴收扣付].{0,6}费|\bfree\b", re.IGNORECASE
)
_GIVEN: Final = re.compile(r"包|管|供")
_UNSURE: Final = re.compile(
    r"\d\s*[元块]|\d{2,}$|[宿餐饭食]费|租|找|协[助调]|[面另商]议|面谈|待定|协商"
)
_FILLER: Final = re.compile(r"[:()\s暂但均都也]*")


def read_perks(cell: str) -> tuple[list[Perk], list[str]]:
    """The perks that a text promises, and what else it says."""
    found: dict[Perk, None] = {}
    left: list[str] = []
    pieces = _pieces(cell)
    for piece, following in zip_longest(pieces, pieces[1:], fillvalue=""):
        if _NOT_GIVEN.fullmatch(piece) or (_DENIED.match(piece) and not _FREE.search(piece)):
            continue
        named = [perk for perk, pattern in _PERKS.items() if pattern.search(piece)]
        if not named or _EXTRA.search(piece):
            left.append(piece)
        elif _FREE.search(piece):
            found |= dict.fromkeys(named)
        elif _NOT_GIVEN.fullmatch(following):
            continue
        elif re.search(_COSTS, piece):
            left += [piece] if _GIVEN.search(piece) else []  # `包吃住宿自理` gives one of both
        elif _UNSURE.search(piece):
            left.append(piece)
        else:
            found |= dict.fromkeys(named)
    return list(found), left


def is_extra(piece: str) -> bool:
    """Whether what is left over is money besides, or what lodging costs: it changes no pay."""
    return bool(_EXTRA.search(piece) or _UTILITIES.fullmatch(piece))


def _pieces(cell: str) -> list[str]:
    """The parts of a text, each about one thing as far as can be told."""
    text = _UTILITIES.sub(r",\g<0>,", _MARK.sub("无,", plain(cell)))
    return [
        piece.strip().rstrip(":")
        for part in _SEPARATORS.split(text)
        for piece in _DENIAL.split(part)
        if not _FILLER.fullmatch(piece)
    ]
