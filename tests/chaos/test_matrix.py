"""What a fault is counted for, given what the recorder and the world say after it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.chaos.cells import Cell
from tests.chaos.matrix import Matrix
from tests.chaos.world import World


def test_a_system_that_does_not_come_to_rest_has_lost_something_once() -> None:
    first, second = judged(world(settle=restless), 2)
    assert (first.lost, first.findings) == (1, ("not at rest",))
    assert (second.lost, second.double, second.diverged) == (0, 0, 0)


def test_what_explains_that_it_does_not_is_counted_instead() -> None:
    recorder = {"lost": lambda: {"outcome a"}}
    (cell,) = judged(world(settle=restless, recorder=recorder), 1)
    assert cell.findings == ("outcome a",)
    pages = {"read model: a"}
    (cell,) = judged(world(settle=restless, strange_pages=lambda: pages), 1)
    assert (cell.lost, cell.diverged, cell.findings) == (0, 1, ("read model: a",))


@pytest.mark.parametrize("kind", ["lost", "double", "strange"])
def test_a_finding_counts_where_it_is_seen_first(kind: str) -> None:
    first, second = judged(world(recorder={kind: lambda: {"outcome a"}}), 2)
    assert first.findings == ("outcome a",)
    assert second.findings == ()
    assert first.lost + first.double + first.diverged == 1


def test_the_parts_of_a_faults_time_are_not_more_than_all_of_it() -> None:
    (cell,) = judged(world(), 1)
    assert cell.harm_s + cell.silent_s <= cell.whole_s


def restless() -> None:
    raise TimeoutError("not at rest")


def judged(world: World, times: int) -> list[Cell]:
    """A fault that does nothing, so many times."""
    return list(Matrix(world).run([("nothing", lambda _: 1)] * times))


def world(recorder: dict[str, Callable[[], set[str]]] | None = None, **more: Any) -> World:
    """A world in which nothing is found but what is given."""
    usual = {
        "feed": SimpleNamespace(go_on=lambda: None),
        "receiver": SimpleNamespace(taken={}, requests=[]),
        "recorder": SimpleNamespace(
            **{"lost": set, "double": set, "strange": set} | (recorder or {})
        ),
        "lost": set(),
        "double": set(),
        "recover": lambda: 0.0,
        "settle": lambda: None,
    }
    return cast(World, SimpleNamespace(**usual | {"strange_pages": set} | more))
