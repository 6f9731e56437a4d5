"""An event loop on simulated time that runs until nothing can happen, and threads that wait.

What asyncio would do in a thread is kept with the process until its turn comes: every await of
something slow is a place where others may go first.
"""

import asyncio
import selectors
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.simulation.process import current


class _NothingComes(selectors.SelectSelector):
    """Never waits: when the loop would, it is idle and stops."""

    loop: asyncio.AbstractEventLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout > 0:
            self.loop.stop()
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Its clock is the world's."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        selector = _NothingComes()
        selector.loop = self
        self._seconds = seconds
        super().__init__(selector)
        # Time stands still while it settles: a timer due just now is only run by a loop whose
        # resolution can be added to seconds since 1970 as a float. Seed 560 waited for ever.
        self._clock_resolution = 1e-6
        self.set_task_factory(_task_of_a_process)

    def time(self) -> float:
        return self._seconds()

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future = self.create_future()
        current().blocking.append((future, partial(func, *args)))
        return future

    def settle(self) -> None:
        """Run what can run now."""
        self.run_forever()


def _task_of_a_process(loop: asyncio.AbstractEventLoop, work: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop)
    current().tasks.append(task)
    return task
