"""The words of clerks: column headings, units, kinds, certificates, and what they stand for."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Final, TypeVar

import msgspec

from events.values import Channel, EmploymentKind, PayUnit, Settlement, TravelMode

_IN_BRACKETS: Final = re.compile(r"\(([^()]*)\)")
_MARKS: Final = re.compile(r"[\s*:：_]+")

N = TypeVar("N", bound=str)
Known = dict[str, tuple[str, ...]]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands for each field, unit, settlement, kind, certificate, skill, yes and no.

    `headings` are the fields of vacancies, `worker_headings` those of workers.
    """

    headings: Known
    worker_headings: Known
    travel_modes: dict[TravelMode, tuple[str, ...]]
    channels: dict[Channel, tuple[str, ...]]
    units: dict[PayUnit, tuple[str, ...]]
    settlements: dict[Settlement, tuple[str, ...]]
    kinds: dict[EmploymentKind, tuple[str, ...]]
    certificates: Known
    skills: Known
    yes: frozenset[str]
    no: frozenset[str]


@cache
def words() -> Words:
    """The words that ship with the importer."""
    content = resources.files("producers.importing").joinpath("words.json").read_bytes()
    return msgspec.json.decode(content, type=Words)


def plain(written: str) -> str:
    """A text without differences of width, and without white space at its ends."""
    return unicodedata.normalize("NFKC", written).strip()


@lru_cache(maxsize=4096)  # all known words are compared with each that is read: they stay in it
def bare(heading: str) -> str:
    """A heading as it is compared: `* 工资（元/天）` is `工资`."""
    return _MARKS.sub(" ", _IN_BRACKETS.sub("", plain(heading))).strip().lower()


def bracketed(heading: str) -> str:
    """What stands in a heading's brackets: `元/天`."""
    found = _IN_BRACKETS.search(plain(heading))
    return found[1] if found else ""


@cache
def unit_of(word: str) -> PayUnit | None:
    """The pay unit of a word."""
    return meaning(words().units, word)


@cache
def unit_in(heading: str) -> PayUnit | None:
    """The pay unit that a heading says: `日薪`, `工资（元/天）`."""
    inside = re.split(r"[/每]", bracketed(heading))[-1]
    return unit_of(bare(heading)) or unit_of(inside)


def meaning(known: Mapping[N, tuple[str, ...]], word: str) -> N | None:
    """What a word stands for, of what is known."""
    asked = bare(word)
    for name, several in known.items():
        if asked == bare(name) or asked in map(bare, several):
            return name
    return None
