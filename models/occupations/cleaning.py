"""A title as a station types it, without what says nothing about the work.

Pay, headcount, perks, places, brackets and the employer before "招聘" are noise: two titles that
differ only in them are the same title.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

MAX_LENGTH: Final = 200
"""Characters of a title that are read; the rest of a longer one is ignored."""

_PLACES: Final = Path(__file__).parent / "data" / "places.txt"
_RECRUITING: Final = r"(?!专员|师|经理|主管|顾问|助理|运营|文员|hr)"
_EMPLOYER: Final = re.compile(rf"^.{{2,}}?(?:诚聘|招聘|急招|直招|急聘){_RECRUITING}(?=.{{2,}}$)")
_BRACKETS: Final = re.compile(r"[(【\[《<{][^)】\]》>}]*[)】\]》>}]?")
_AMOUNT: Final = r"[\d一二三四五六七八九十百千万kw.~+至到以上起元左右-]*"
_NOISE: Final = re.compile(
    "|".join(
        (
            r"(?:提供|有|包|管|免费)[吃住食宿餐饭补社保接送房]+",
            r"[五六七]险(?:[一二两]金)?|[一二两]金",
            r"双休|单休|大小周|周末|法休|月休[\d一二三四五六七八九]天?|[做上][一二五六]休[一二]",
            rf"(?:月薪|年薪|薪资|底薪|保底|工资|月入|日薪|时薪|日结|周结|月结){_AMOUNT}",
            r"早[\d一二三四五六七八九十]+晚[\d一二三四五六七八九十]+",
            r"\d+(?:\.\d+)?\s*[-~到至—]?\s*(?:\d+(?:\.\d+)?)?\s*"
            r"[kw万千百元小时人名天年岁点/月]+(?:以上|起|左右)?",
            r"\d+(?:元|块钱?)?\s*[一每/]个?(?:天|日|小时|月)",
            r"\d{3,}\+?",
            rf"(?:急|高薪|诚|直|代|热|社|校)?招聘{_RECRUITING}|诚聘|急聘|急招|直招|直聘|高薪",
            r"(?:可?接受|无需|不?需要|无|不限)?"
            r"(?:小白|零基础|无经验|经验不限|应届生?|生手|熟手|学徒|大专|本科|硕士|博士|学历)"
            r"(?:均可|皆可|可|优先)?",
            r"(?<![a-z])[a-z]\d{3,}\w*",
            r"住宿|补贴|奖金|提成|福利|待遇|转正|地铁口?近?|食宿|若干名?",
        )
    )
)
_TOWNSHIP: Final = re.compile(r"^[\u4e00-\u9fff]{2,3}(?:镇|乡|街道)(?=[\u4e00-\u9fff]{2})")
_SEPARATORS: Final = re.compile(r"[^\w+#]+|_+")


def clean(title: str) -> str:
    """The parts of a title that may name work, lower case, one space between them.

    Never empty when the title has a letter, digit or Chinese character: a title that is all noise
    stays as it is. What is clean already stays as it is.
    """
    text = _normal(title[:MAX_LENGTH])
    before = None
    while text != before:
        before, text = text, _without_noise(text)
    return text


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def _without_noise(text: str) -> str:
    kept = _words(text)
    for step in (_strip_employer, _strip_brackets, _strip_noise, _strip_places):
        shorter = step(text)
        words = _words(shorter)
        if len(words.replace(" ", "")) > 1:
            text, kept = shorter, words
    return kept


def _words(text: str) -> str:
    return " ".join(_SEPARATORS.sub(" ", text).split())


def _strip_employer(text: str) -> str:
    return _EMPLOYER.sub("", text)


def _strip_brackets(text: str) -> str:
    return _BRACKETS.sub(" ", text)


def _strip_noise(text: str) -> str:
    return _NOISE.sub(" ", text)


def _strip_places(text: str) -> str:
    return _places().sub(" ", _TOWNSHIP.sub("", text))


@cache
def _places() -> re.Pattern[str]:
    """Province, city and county names, the longest first."""
    names = _PLACES.read_text("utf-8").split()
    return re.compile("|".join(sorted(map(re.escape, names), key=lambda n: (-len(n), n))))
