"""Who looks at a world from inside: a process that nothing disturbs."""

from typing import TYPE_CHECKING

from tests.simulation.process import Process

if TYPE_CHECKING:
    from tests.simulation.world import World


def auditor(world: "World") -> Process:
    """A process that looks at what is there and that nothing disturbs."""
    return Process("auditor", 0, world.around)
