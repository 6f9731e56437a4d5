"""No markup in what people write: the pages show text as text, and others who read it may not."""

import re
from collections.abc import Iterator
from typing import Any, Final

from events.rejections import Rejection

_MARKUP: Final = re.compile(r"<\s*[a-zA-Z/!?]|&#?\w+;|javascript\s*:", re.IGNORECASE)


def forbid_markup(body: dict[str, Any]) -> None:
    """Raise Rejection when a text of decoded JSON holds markup."""
    for path, text in _texts(body, ""):
        if _MARKUP.search(text):
            raise Rejection("markup", path or "value")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text of decoded JSON with its path; a name of a field has the path of its object."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield path, name
            yield from _texts(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{index}]")
