"""The one translation table: every text a person reads, in zh-CN and en."""

import json
from functools import cache
from importlib import resources
from typing import Final

LANGUAGES: Final = ("zh-CN", "en")


def text(key: str, language: str = "zh-CN", **details: object) -> str:
    """The text of a key in a language, its placeholders filled.

    Raises KeyError when the table has no such key or language.
    """
    return table()[key][language].format(**details)


@cache
def table() -> dict[str, dict[str, str]]:
    """The whole table: key to language to text."""
    content = resources.files("events").joinpath("texts.json").read_text(encoding="utf-8")
    rows: dict[str, dict[str, str]] = json.loads(content)
    return rows
