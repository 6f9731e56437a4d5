"""The one translation table: every text a person reads, in zh-CN and en.

`{n:job|jobs}` in a text is its first word where the detail `n` is 1 and its second otherwise;
`gateway/static/words.js` reads it the same way.
"""

import json
import string
from functools import cache
from importlib import resources
from typing import Final

LANGUAGES: Final = ("zh-CN", "en")


class _Plurals(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        one, bar, many = format_spec.partition("|")
        if not bar:
            return format(value, format_spec)
        return one if str(value) == "1" else many


_PLURALS: Final = _Plurals()


def text(key: str, language: str = "zh-CN", **details: object) -> str:
    """The text of a key in a language, its placeholders filled.

    Raises KeyError when the table has no such key or language.
    """
    return _PLURALS.vformat(table()[key][language], (), details)


@cache
def table() -> dict[str, dict[str, str]]:
    """The whole table: key to language to text."""
    content = resources.files("events").joinpath("texts.json").read_text(encoding="utf-8")
    rows: dict[str, dict[str, str]] = json.loads(content)
    return rows
