"""What is said as a fault: however much, it is one."""

from types import SimpleNamespace
from typing import cast

from tests.chaos.inputs import at_once
from tests.chaos.world import World


def test_hundreds_of_records_are_one_fault_and_are_told_beside_it() -> None:
    world = cast(World, SimpleNamespace(figures=[]))
    assert at_once(lambda _: 250, world) == 1
    assert world.figures == ["records said for it: 250"]
