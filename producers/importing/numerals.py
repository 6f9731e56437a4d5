"""Numbers as they are said in Chinese, in digits: `两人`, `十五名`, `一百二`, `一千零五十`.

What is said loosely (`三四个`, `十几人`, `二百来块`) has no number and stays as it is.
"""

import re
from typing import Final

from producers.importing.words import words

_DIGITS: Final = {"零": 0, "两": 2} | {digit: n for n, digit in enumerate("〇一二三四五六七八九")}
_UNITS: Final = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}
_FORMAL: Final = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
"""As sums are written that nobody shall change."""
_D: Final = "[一二两三四五六七八九]"
_UNIT: Final = "|".join(
    sorted((one for several in words().units.values() for one in several), key=len, reverse=True)
)
_EACH: Final = f"一(?:{_UNIT})"
"""What a sum is for: it ends no number."""


def _said(after_ten: str) -> str:
    """Numbers from ten on, with the last digit that may stand behind ten."""
    last = f"(?:[零〇]?(?!{_EACH}){_D})?"
    ten = f"十{after_ten}"
    less = f"(?:[零〇]?{_D}百)?(?:[零〇]?{_D}?{ten}|{last})"
    return f"{_D}万(?:[零〇]?{_D}千)?{less}|{_D}千{less}|{_D}百{less}|{_D}?{ten}"


_NEAR: Final = "[零〇一二两三四五六七八九十百千万几多来余0-9.]"
_AFTER: Final = f"(?!(?!{_EACH}){_NEAR})"
"""No numeral stands behind a number."""
_SUM: Final = re.compile(f"(?<!{_NEAR})(?:{_said(f'(?:(?!{_EACH}){_D})?')}|{_D}(?=[元块])){_AFTER}")
# Eleven are `十一个`; a hundred and one or ten are both `一百一个`.
_COUNT: Final = re.compile(f"(?<!{_NEAR})(?:{_said(f'{_D}?')}|{_D}){_AFTER}")


def sums(text: str) -> str:
    """A text with its sums in digits; the `一` of `每一天` or `一件` is none."""
    return _SUM.sub(_digits, text.translate(_FORMAL))


def counts(text: str) -> str:
    """A text with its counts in digits."""
    return _COUNT.sub(_digits, text.translate(_FORMAL))


def _digits(found: re.Match[str]) -> str:
    """The number of a match. What ends without its unit is of the next: `一百二` is 120."""
    total = digit = 0
    step = 1
    for sign in found[0]:
        if sign in _UNITS:
            total += (digit or 1) * _UNITS[sign]
            digit, step = 0, max(1, _UNITS[sign] // 10)
        elif _DIGITS[sign]:
            digit = _DIGITS[sign]
        else:
            step = 1  # `一百零二` says that it is not 120
    return str(total + digit * step)
