"""A script: everything that happens in a simulated world, step by step, as JSON.

Every step can be done in any state of the world, so a script stays one when steps are left out.
Random luck within a step comes from the script's `luck` and the process, not from steps before.
"""

from typing import Any

import msgspec


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happens: `do` names it; `tests.simulation.world` says what the rest means."""

    do: str
    who: str = ""
    at: str = ""
    count: int = 0
    most: int = 0
    type: str = ""
    id: str = ""
    data: Any = None


class Script(msgspec.Struct, frozen=True):
    """What happens, in order."""

    luck: str
    steps: tuple[Step, ...]


class Trap(msgspec.Struct):
    """A process dies where it passes a label, after having passed it so many times."""

    who: str
    at: str
    after: int


def to_json(script: Script) -> bytes:
    """One step a line, for people to read and to edit."""
    lines = b",\n  ".join(msgspec.json.encode(step) for step in script.steps)
    luck = msgspec.json.encode(script.luck)
    return b'{"luck": ' + luck + b',\n "steps": [\n  ' + lines + b"\n ]}\n"


def from_json(text: bytes) -> Script:
    """The script of `to_json`. Raises msgspec.DecodeError."""
    return msgspec.json.decode(text, type=Script)
