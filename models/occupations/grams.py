"""Features: runs of one to four characters, with the ends of each word marked.

The last characters of a Chinese title name the trade (焊**工**, 送货**员**): with its end marked, a
run there is another feature than the same run in the middle.
"""

from typing import Final

from models.occupations.cleaning import clean

LONGEST: Final = 4
_START, _END = "^", "$"


def grams(title: str) -> tuple[str, ...]:
    """The runs of a title, once each, in the order of their first place."""
    found: dict[str, None] = {}
    for word in clean(title).split():
        marked = f"{_START}{word}{_END}"
        for length in range(1, LONGEST + 1):
            for start in range(len(marked) - length + 1):
                found.setdefault(marked[start : start + length])
    return tuple(run for run in found if run not in {_START, _END})
