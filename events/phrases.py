"""What libraries say in English, told in the languages of the translation table.

msgspec, pydantic and the command line's parser write sentences of their own. The English text of a
row `said.*` is such a sentence to the letter, with placeholders for what differs: by it the row is
found, and its Chinese text says the same. Of several that fit the first of the table is taken. A
sentence that no row knows stays as it is.
"""

import re
import string
from functools import cache
from typing import Final

from events.texts import LANGUAGES, table, text

_LONGEST: Final = 1_000
"""Characters of a sentence; one that quotes more is not looked through."""
_STEP: Final = re.compile(r"([^\[\]]+)((?:\[[0-9]{1,9}\])*)")
_INDEX: Final = re.compile(r"[0-9]+")
_SEPARATOR: Final = re.compile(r", | or ")


def translated(sentence: str) -> dict[str, str]:
    """A sentence of a library by language; in English it is what the library said."""
    return {
        language: sentence if language == "en" else _told(sentence, "said.", language)
        for language in LANGUAGES
    }


def field_name(path: str) -> str:
    """The Chinese name of a path: `shifts[0]` is the first shift. "" when a step is unknown."""
    labels = [_label(step) for step in path.split(".")]
    return "".join(labels) if all(labels) else ""


def _told(sentence: str, prefix: str, language: str) -> str:
    if len(sentence) > _LONGEST:
        return sentence
    for pattern, key in _patterns(prefix):
        if found := pattern.fullmatch(sentence):
            details = found.groupdict()
            return text(
                key,
                language,
                **{name: _detail(name, said, language) for name, said in details.items()},
            )
    return sentence


def _detail(name: str, said: str, language: str) -> str:
    """What stands in a sentence: another one, kinds of values, a path, a list; or it is quoted."""
    match name:
        case "why":
            return _told(said, "said.", language)
        case "wanted" | "found":
            return "或".join(_told(kind, "kind.", language) for kind in said.split(" | "))
        case "path":
            path = said.removeprefix("$").removeprefix(".")
            label = field_name(path)
            return f"{label}（{path}）" if label else path or said
        case "allowed":
            return "、".join(_SEPARATOR.split(said))
        case _:
            return said


@cache
def _patterns(prefix: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What finds each row."""
    rows = table().items()
    return tuple((_pattern(row["en"]), key) for key, row in rows if key.startswith(prefix))


def _pattern(sentence: str) -> re.Pattern[str]:
    written = ""
    for literal, name, *_ in string.Formatter().parse(sentence):
        written += re.escape(literal)
        if name:
            written += f"(?P<{name}>[^`]+?)" if literal.endswith("`") else f"(?P<{name}>.+?)"
    return re.compile(written, re.DOTALL)


def _label(step: str) -> str:
    found = _STEP.fullmatch(step)
    if found is None or (row := table().get(f"field.{found[1]}")) is None:
        return ""
    return row["zh-CN"] + "".join(f"第{int(index) + 1}项" for index in _INDEX.findall(found[2]))
