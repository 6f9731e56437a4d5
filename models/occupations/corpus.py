"""The labelled titles and the classification, as they come from their source (data/NOTICE.md)."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

DATA: Final = Path(__file__).parent / "data"
TITLES: Final = DATA / "titles.csv"
STATION_WORDS: Final = DATA / "station_words.csv"
HELD_OUT: Final = DATA / "held_out.csv"
CLASSIFICATION: Final = DATA / "classification.csv"

_MARKS: Final = re.compile(r"\s*[LSls](?:/[LSls])?\s*$")
"""L (green) and S (digital) behind a name are marks of the classification, no part of it."""


class Labelled(NamedTuple):
    """A text and the code of its occupation."""

    text: str
    code: str


class Occupation(NamedTuple):
    """An entry of the classification: its code, its name, and other names for it."""

    code: str
    name: str
    aliases: tuple[str, ...]


@cache
def classification() -> tuple[Occupation, ...]:
    """All entries, in the order of their codes, groups among them."""
    found: dict[str, Occupation] = {}
    for row in _rows(CLASSIFICATION):
        name = plain(row["name"])
        others = dict.fromkeys(plain(alias) for alias in row["alias"].split(","))
        aliases = tuple(other for other in others if other and other != name)
        found.setdefault(row["code"], Occupation(row["code"], name, aliases))
    return tuple(found[code] for code in sorted(found))


def names() -> list[Labelled]:
    """Each entry's name and other names as texts to learn from."""
    return [
        Labelled(text, entry.code)
        for entry in classification()
        for text in (entry.name, *entry.aliases)
    ]


def station_words() -> list[Labelled]:
    """What township stations call everyday work (采茶工, 小工), labelled by this project."""
    return [Labelled(row["job_name"], row["code"]) for row in _rows(STATION_WORDS)]


def titles(path: Path = TITLES) -> list[Labelled]:
    """Labelled titles of a file, without those whose label names no entry.

    A label without a code counts when its name is an entry's.
    """
    by_name = {entry.name: entry.code for entry in classification()}
    known = set(by_name.values())
    found = []
    for row in _rows(path):
        code = row["expected_code"] or by_name.get(plain(row["expected_name"]), "")
        if code in known:
            found.append(Labelled(row["job_name"], code))
    return found


def plain(name: str) -> str:
    """A name of the classification without its marks."""
    return _MARKS.sub("", name.strip())


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
