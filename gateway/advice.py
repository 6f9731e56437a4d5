"""What would fill a job: searches by whoever can run its market again, one at a time."""

import asyncio
from collections import OrderedDict
from typing import Final, Protocol

from gateway.answers.terminal import AdviceView

KEPT: Final = 32
GOOD_S: Final = 60.0

_Key = tuple[str, str, str]


class AdviceError(Exception):
    """There is no advice; `why` is `failed` or `too_long`."""

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
        self._searches: OrderedDict[_Key, asyncio.Task[AdviceView]] = OrderedDict()

    def ask(self, zone: str, job_id: str, language: str) -> AdviceView | None:
        """What is known by now, or None while it is being found. Raises AdviceError."""
        search = self._search_of((zone, job_id, language))
        return search.result() if search.done() else None

    async def find(self, zone: str, job_id: str, language: str) -> AdviceView:
        """What would fill a job, once it has been found. Raises AdviceError."""
        return await asyncio.shield(self._search_of((zone, job_id, language)))

    async def close(self) -> None:
        """End what is under way."""
        for search in self._searches.values():
            search.cancel()
        await asyncio.gather(*self._searches.values(), return_exceptions=True)
        self._searches.clear()

    def _search_of(self, key: _Key) -> asyncio.Task[AdviceView]:
        search = self._searches.get(key)
        if search is None or search.cancelled():
            search = self._searches[key] = asyncio.create_task(self._search(key))
            while len(self._searches) > KEPT:
                self._searches.popitem(last=False)[1].cancel()
        return search

    async def _search(self, key: _Key) -> AdviceView:
        async with self._one_at_a_time:
            try:
                return await self._advise(*key)
            finally:
                asyncio.get_running_loop().call_later(GOOD_S, self._searches.pop, key, None)
