"""What must hold of a world that has come to rest, whatever happened to it.

The reference is made by the same cores without any of the surroundings: one fold of each
partition's log, one projection and one announcement of it, undisturbed.
"""

from typing import TYPE_CHECKING

from events.topics import EVENTS
from matching.invariants.inspector import Violation as BrokenRule
from tests.simulation.broker import PARTITIONS
from tests.simulation.checks.markets import markets_are_those_of_one_fold
from tests.simulation.checks.pages import read_model_is_that_of_a_rebuild
from tests.simulation.checks.people import people_are_told
from tests.simulation.checks.records import (
    nothing_is_lost,
    outcomes_are_those_of_one_fold,
    refusals_are_dead_letters,
    repetitions_change_nothing,
    what_is_sent_on_arrives,
)
from tests.simulation.checks.undisturbed import Undisturbed
from tests.simulation.checks.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

__all__ = ["Violation", "check"]


def check(world: "World") -> None:
    """Raise Violation for the first promise that is broken."""
    logs = [world.around.broker.all(EVENTS, number) for number in range(PARTITIONS)]
    undisturbed = []
    for number, log in enumerate(logs):
        try:
            undisturbed.append(Undisturbed(number, log))
        except BrokenRule as error:
            raise Violation("the markets' rules hold", str(error)) from error
    nothing_is_lost(world, logs)
    for number, (log, reference) in enumerate(zip(logs, undisturbed, strict=True)):
        outcomes_are_those_of_one_fold(world, number, reference)
        repetitions_change_nothing(log, number, reference)
        refusals_are_dead_letters(world, number, reference)
        markets_are_those_of_one_fold(world, number, reference)
    what_is_sent_on_arrives(undisturbed, logs)
    read_model_is_that_of_a_rebuild(world)
    people_are_told(world)
