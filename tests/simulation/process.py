"""A simulated process: a name for everything it does, places where it may die, its own clock.

Whatever real code reaches outside (a broker, Redis, a clock) finds its process in a context
variable, as real code finds its process in the operating system.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from random import Random
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from tests.simulation.surroundings import Surroundings

T = TypeVar("T")
_CURRENT: ContextVar["Process"] = ContextVar("process")


class Died(BaseException):
    """The process ended here: no handler for errors sees it."""


class Client(Protocol):
    """A connection with things under way."""

    @property
    def under_way(self) -> int:
        """How many have not arrived."""
        ...

    def drip(self) -> None:
        """Some of it arrives, as in a thread of its own."""
        ...

    def left_behind(self) -> None:
        """What was on its way may still arrive, in part."""
        ...


def current() -> "Process":
    """The process whose code runs now."""
    return _CURRENT.get()


class Process:
    """One process from its start to its death; another of the same name may follow it."""

    def __init__(self, name: str, number: int, surroundings: "Surroundings") -> None:
        self.name = name
        self.around = surroundings
        self.random = Random(f"{surroundings.luck} {name} {number}")
        self.alive = True
        self.clients: list[Client] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.blocking: deque[tuple[Any, Callable[[], Any]]] = deque()
        self.ticks = 0.0
        self.most = 0
        """Records that its consumers may still bring in this turn."""
        self._context = copy_context()
        self._context.run(_CURRENT.set, self)

    @property
    def is_cut_off(self) -> bool:
        """Whether the network lets nothing through."""
        return self.name in self.around.cut_off

    def has_read(self) -> dict[int, int]:
        """Up to where it has read `market.notifications`, by partition."""
        return {}

    def within(self, function: Callable[..., T], *arguments: Any) -> T | None:
        """Run code of this process; None when it dies in it."""
        try:
            return self._context.run(function, *arguments)
        except Died:
            return None

    def passes(self, label: str) -> None:
        """A place where it may die; the dead do nothing any more. Raises Died."""
        if not self.alive:
            raise Died
        self.around.note(f"{self.name}: {label}")
        if self.around.is_trap(self.name, label):
            self.dies(label)
            raise Died

    def dies(self, why: str) -> None:
        """The end; what is on its way arrives in part."""
        if self.alive:
            self.alive = False
            self.around.note(f"{self.name}: dies at {why}")
            self.around.deaths[why] += 1
            for client in self.clients:
                client.left_behind()

    def answer_one(self) -> bool:
        """Do the first blocking call that waits; whether there was one."""
        if not self.blocking:
            return False
        future, call = self.blocking.popleft()
        if future.cancelled():
            return True
        try:
            result = call()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
        return True
