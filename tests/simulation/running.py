"""One script lived through, and what is wrong with it, if something is."""

import hashlib
from collections import Counter
from collections.abc import Sequence

import msgspec

from tests.shrinking import shortest
from tests.simulation.checks import Violation, check
from tests.simulation.script import Script, Step
from tests.simulation.world import World


class Result(msgspec.Struct, frozen=True):
    """What became of a script. `kind` is what went wrong, "" when nothing did.

    It is a promise that was broken, or something else that was raised.
    """

    kind: str
    is_promise: bool
    how: str
    deaths: Counter[str]
    records: int
    fingerprint: str
    happened: list[str]


def live(script: Script) -> Result:
    """Do a script and check the world after it. Within `simulated` only."""
    kind = how = ""
    is_promise = False
    with World(script) as world:
        try:
            world.run()
            check(world)
        except Exception as error:
            is_promise = isinstance(error, Violation)
            kind = error.promise if isinstance(error, Violation) else type(error).__name__
            how = str(error)
        around = world.around
    records = sum(
        len(around.broker.all(topic, number)) for topic in around.broker.topics for number in (0, 1)
    )
    fingerprint = hashlib.sha256("\n".join(around.happened).encode()).hexdigest()
    return Result(kind, is_promise, how, around.deaths, records, fingerprint, around.happened)


def smallest(script: Script, kind: str) -> Script:
    """What is left of a script that goes wrong when nothing can be left out."""

    def is_bad(steps: Sequence[Step]) -> bool:
        return live(Script(script.luck, tuple(steps))).kind == kind

    return Script(script.luck, tuple(shortest(script.steps, is_bad)))
