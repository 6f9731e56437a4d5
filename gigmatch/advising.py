"""What would have to change for a job, as sentences in the language of the settings."""

from collections.abc import Iterable, Iterator
from typing import Final

from events.texts import text
from gigmatch.explaining import listed
from matching.whatif.farther import Farther
from matching.whatif.rerun import Outlook
from matching.whatif.search import Answer, Change, WhatIf

_MANY: Final = 10


def advice_lines(told: WhatIf, language: str, *, with_changes: bool = True) -> list[str]:
    """How the job stands, the smallest changes that are enough, and what would help otherwise."""
    lines = [text("advice.now", language, title=told.title, **_outlook(told.now))]
    if told.listed:
        return [*lines, text("advice.listed", language)]
    if told.claims:
        return [*lines, text("advice.claims", language, claims=told.claims)]
    if told.now.enough:
        return [*lines, text("advice.nothing_needed", language)]
    if with_changes:
        lines += _block("enough", told.enough, language)
        if told.pair is not None:
            lines += _block("pair", (told.pair,), language)
        lines += _block("short", told.short, language)
    if not told.enough and told.pair is None:
        lines.append(text("advice.none_enough", language))
    lines += (
        text(
            "advice.nearly",
            language,
            count=count,
            constraint=text(f"excluded.{code}", language),
        )
        for code, count in told.nearly.items()
    )
    return lines + [_longer_way(row, language) for row in told.farther]


def _block(kind: str, answers: tuple[Answer, ...], language: str) -> Iterator[str]:
    if answers:
        yield text(f"advice.{kind}", language)
    for answer in answers:
        changes = changes_words(answer.changes, language)
        rebooked = answer.outlook.rebooked
        again = " " + text("advice.rebooked", language, rebooked=rebooked) if rebooked else ""
        outlook = _outlook(answer.outlook)
        yield "  " + text("advice.answer", language, changes=changes, **outlook) + again


def changes_words(changes: Iterable[Change], language: str) -> str:
    """Changes of a posting in a row."""
    return listed((_change(change, language) for change in changes), language)


def _change(change: Change, language: str) -> str:
    by = "" if change.by is None else f"{change.by:.10g}"
    key, names = change.lever, change.names
    if key == "perks":
        names = tuple(text(f"word.{name}", language) for name in names)
    if key == "pay":
        key = f"pay.{change.unit.removeprefix('yuan_')}"
    return text(f"change.{key}", language, by=by, names=listed(names, language))


def _longer_way(row: Farther, language: str) -> str:
    return text(
        "advice.farther",
        language,
        km=f"{row.km:.1f}",
        more=row.more,
        expected=people(row.expected),
    )


def people(expected: float) -> float:
    """How many may be expected, as exactly as it is worth saying: of few people tenths count."""
    tenths = round(expected, 1)
    return round(tenths) if tenths >= _MANY or tenths.is_integer() else tenths


def _outlook(outlook: Outlook) -> dict[str, object]:
    return {
        "feasible": outlook.feasible,
        "expected": people(outlook.expected),
        "open": outlook.open_places,
    }
