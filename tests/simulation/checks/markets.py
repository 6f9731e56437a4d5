"""What the matchers hold, and what a restart would: the markets of one fold."""

from typing import TYPE_CHECKING

from events.topics import EVENTS
from gigmatch.logread import LogReader
from matching.engine import Engine
from matching.scorer import rules_only
from streams.recovery import Recovery
from tests.simulation.broker import PARTITIONS
from tests.simulation.checks.auditing import auditor
from tests.simulation.checks.undisturbed import Undisturbed
from tests.simulation.checks.violation import Violation
from tests.simulation.processes import BROKER

if TYPE_CHECKING:
    from tests.simulation.world import World


def markets_are_those_of_one_fold(world: "World", number: int, fold: Undisturbed) -> None:
    """In the process that owns the partition, and in one that begins now from snapshots."""
    expected = fold.engine.state_hash()
    end = world.around.broker.end(EVENTS, number)
    engines = (one.engines() for one in world.matchers)
    held = [held[number] for held in engines if number in held]
    for engine in held:
        if engine.state_hash() != expected:
            raise Violation("a matcher's markets are those of one fold", f"partition {number}")
    if not held:
        raise Violation("a matcher's markets are those of one fold", f"nobody has {number}")
    if world.committed(number) != end:
        raise Violation(
            "everything is passed", f"{world.committed(number)} of {end} in partition {number}"
        )

    def restored() -> str:
        recovery = Recovery(lambda: LogReader(BROKER), lambda n: Engine(n, PARTITIONS, rules_only))
        return recovery.rebuild(number, end).engine.state_hash()

    if auditor(world).within(restored) != expected:
        raise Violation("a restored market is that of one fold", f"partition {number}")
