"""What would fill a job: searches by whoever can run its market again, one at a time."""

import asyncio
from typing import Final, Protocol

from gateway.answers.terminal import AdviceView

IN_LINE: Final = 32
"""So many jobs are searched for or wait; whoever asks for one more is asked to come again."""
PATIENCE_S: Final = 70.0
"""So long a question waits for its answer, and the page a little longer; the search goes on, and
the next question finds it."""
GOOD_S: Final = 60.0

_Key = tuple[str, str, str]


class AdviceError(Exception):
    """There is no advice; `why` is `failed`, `too_long` or `busy`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Advise(Protocol):
    """Runs the market again, with a limit of time."""

    async def __call__(self, zone: str, job_id: str, language: str) -> AdviceView:
        """What would fill an open job. Raises AdviceError."""
        ...


async def no_advice(zone: str, job_id: str, language: str) -> AdviceView:
    """The advice of a gateway that nobody advises. Raises AdviceError."""
    raise AdviceError("failed")


class AdviceDesk:
    """One search at a time, as each takes a processor for itself; answers are kept for a minute."""

    def __init__(self, advise: Advise) -> None:
        self._advise = advise
        self._one_at_a_time = asyncio.Semaphore(1)
        self._searches: dict[_Key, asyncio.Task[AdviceView]] = {}

    def ask(self, zone: str, job_id: str, language: str) -> AdviceView | None:
        """What is known by now, or None while it is being found. Raises AdviceError."""
        search = self._search_of((zone, job_id, language))
        return search.result() if search.done() else None

    async def find(self, zone: str, job_id: str, language: str) -> AdviceView:
        """What would fill a job, once it has been found. Raises AdviceError."""
        search = self._search_of((zone, job_id, language))
        try:
            return await asyncio.wait_for(asyncio.shield(search), PATIENCE_S)
        except TimeoutError:
            raise AdviceError("too_long") from None

    async def close(self) -> None:
        """End what is under way."""
        for search in self._searches.values():
            search.cancel()
        await asyncio.gather(*self._searches.values(), return_exceptions=True)
        self._searches.clear()

    def _search_of(self, key: _Key) -> asyncio.Task[AdviceView]:
        if (search := self._searches.get(key)) is not None:
            return search
        if sum(not search.done() for search in self._searches.values()) >= IN_LINE:
            raise AdviceError("busy")
        search = self._searches[key] = asyncio.create_task(self._search(key))
        return search

    async def _search(self, key: _Key) -> AdviceView:
        async with self._one_at_a_time:
            try:
                return await self._advise(*key)
            finally:
                asyncio.get_running_loop().call_later(GOOD_S, self._searches.pop, key, None)
