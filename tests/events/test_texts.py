"""The translation table: whole in both languages, and no row too few or too many."""

import json
import re
import string
from functools import cache
from pathlib import Path

import pytest
from msgspec import inspect

from events.codec import FACT_TYPES
from events.texts import LANGUAGES, table, text

ROOMS = ("events", "matching", "streams", "gateway", "producers", "gigmatch")
NUMBERS = "n m by count jobs places workers shifts headcount remaining rows booked hours days stars"
UNRULED = re.compile(
    rf"\{{(?:{NUMBERS.replace(' ', '|')})\}} (?:(?:more|open|new) )?([a-z]+s|people)\b"
)
"""A number and a plural noun that would be said of one, too."""
NO_NOUNS = {"ms"}
RAISED = re.compile(r'Rejection\(\s*"([a-z0-9_]+)"')
JUDGED = re.compile(r'"([a-z0-9_]+)"')


@cache
def source(*rooms: str) -> str:
    paths = (path for room in rooms for path in sorted(Path(room).rglob("*.py")))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def placeholders(written: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(written) if name is not None}


def names_of(expected: inspect.Type) -> tuple[set[str], set[str]]:
    """The field names and the words of the contract's facts."""
    fields: set[str] = set()
    words: set[str] = set()
    todo = [expected]
    while todo:
        match todo.pop():
            case inspect.StructType(fields=inner):
                fields |= {field.encode_name for field in inner}
                todo += [field.type for field in inner]
            case inspect.UnionType(types=types):
                todo += types
            case inspect.VarTupleType(item_type=item):
                todo.append(item)
            case inspect.Metadata(type=item):
                todo.append(item)
            case inspect.LiteralType(values=values):
                words |= {str(value) for value in values}
            case _:
                pass
    return fields, words


def keys(kind: str) -> set[str]:
    return {key.removeprefix(f"{kind}.") for key in table() if key.startswith(f"{kind}.")}


@pytest.mark.parametrize("key", sorted(table()))
def test_a_row_says_the_same_in_both_languages(key: str) -> None:
    row = table()[key]
    assert tuple(row) == LANGUAGES
    assert all(words.strip() == words and words for words in row.values())
    assert placeholders(row["zh-CN"]) == placeholders(row["en"])


def test_every_reason_raised_has_a_row_and_every_row_is_raised() -> None:
    raised = set(RAISED.findall(source(*ROOMS)))
    named = set(JUDGED.findall(source("events")))  # codes that pass through a variable
    rows = keys("rejection")
    assert raised <= rows
    assert rows <= raised | named


def test_every_field_and_word_of_the_contract_has_a_chinese_name() -> None:
    found = [names_of(inspect.type_info(fact)) for fact in FACT_TYPES.values()]
    fields = set().union(*(names for names, _ in found))
    assert fields <= keys("field")
    assert keys("word") == set().union(*(words for _, words in found))


def test_no_row_is_there_twice() -> None:
    """The second of two would be read, wherever the first was meant."""
    names: list[str] = []

    def note(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names.extend(name for name, _ in pairs if "." in name)
        return dict(pairs)

    json.loads(Path("events/texts.json").read_text(encoding="utf-8"), object_pairs_hook=note)
    assert len(names) == len(table())


def test_a_text_is_filled() -> None:
    assert text("rejection.below", "en", field="headcount", limit=1, value="0") == (
        "headcount must be at least 1, not 0"
    )
    assert "招聘人数" in text("field.headcount")


def test_one_is_not_many() -> None:
    assert [text("station.matches", "en", n=n) for n in (0, 1, 2, "1", "1,000")] == [
        "0 jobs fit",
        "1 job fits",
        "2 jobs fit",
        "1 job fits",
        "1,000 jobs fit",
    ]
    assert text("station.claim", "en", yuan="30", n=1) == "30 yuan, 1 person"


@pytest.mark.parametrize("key", sorted(table()))
def test_a_noun_after_a_number_has_the_rule_for_one(key: str) -> None:
    """`{n} jobs` says "1 jobs": it is written `{n} {n:job|jobs}`."""
    assert set(UNRULED.findall(table()[key]["en"])) <= NO_NOUNS


@pytest.mark.parametrize(("key", "language"), [("rejection.nothing", "en"), ("word.day", "fr")])
def test_what_the_table_has_not_is_an_error(key: str, language: str) -> None:
    with pytest.raises(KeyError):
        text(key, language)


def test_who_reads_how_many_of_how_many_reads_words() -> None:
    """`还缺 3/3 人` says neither which of the two numbers is missing nor what the other is."""
    assert [key for key, told in table().items() if "}/{" in told["zh-CN"]] == []
    assert text("page.missing", remaining=2, headcount=3) == "还缺 2 人（共 3 人）"
