"""How deep JSON is nested, before a decoder finds out.

A decoder's own limit is what is left of the stack: the same record would be taken in one process
and refused in another, and a replay would not say the same.
"""

import re
from typing import Final

DEEPEST: Final = 64
"""Of what is read. The deepest message of the contract has 6."""

# Possessive, so that a quotation mark without its other costs one look at the rest, not many.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


def is_too_deep(data: bytes, deepest: int = DEEPEST) -> bool:
    """Whether a decoder would find brackets more than `deepest` deep, up to where it is JSON."""
    if data.count(b"[") + data.count(b"{") <= deepest:
        return False
    depth = 0
    for bracket in _STRING.sub(b"", data).translate(None, delete=_NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > deepest:
            return True
    return False
