"""What would fill a job, found beside the gateway: `gigmatch explain --what-if` as a process.

It runs the market again and again, which would hold up everybody else here; and what ends with the
process is all the memory that took.
"""

import asyncio
import os
import sys
from collections import OrderedDict
from typing import Final

from gateway.operations import AdviceError

PATIENCE_S: Final = 120.0
KEPT: Final = 32
GOOD_S: Final = 60.0
_LONGEST: Final = 20_000

Key = tuple[str, str, str]


class AdviceDesk:
    """The gateway's `Advising`: one search at a time, each answer kept for a minute."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Semaphore(1)
        self._searches: OrderedDict[Key, asyncio.Task[list[str]]] = OrderedDict()

    def ask(self, zone: str, job_id: str, language: str) -> list[str] | None:
        """See `gateway.operations.Advising.ask`."""
        key = zone, job_id, language
        search = self._searches.get(key)
        if search is None:
            self._searches[key] = asyncio.get_running_loop().create_task(self._search(key))
            self._forget_old()
            return None
        if not search.done():
            return None
        if search.cancelled():
            del self._searches[key]
            return None
        return search.result()

    async def close(self) -> None:
        """End what is under way."""
        for search in self._searches.values():
            search.cancel()
        await asyncio.gather(*self._searches.values(), return_exceptions=True)
        self._searches.clear()

    async def _search(self, key: Key) -> list[str]:
        async with self._one_at_a_time:
            try:
                return await _explained(*key)
            finally:
                asyncio.get_running_loop().call_later(GOOD_S, self._searches.pop, key, None)

    def _forget_old(self) -> None:
        while len(self._searches) > KEPT:
            self._searches.popitem(last=False)[1].cancel()


async def _explained(zone: str, job_id: str, language: str) -> list[str]:
    """What the command says. Raises AdviceError."""
    arguments = ["explain", job_id, "--zone", zone, "--what-if"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gigmatch", *arguments),
        env={**os.environ, "GIGMATCH_LANGUAGE": language},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        told, complaint = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except TimeoutError:
        raise AdviceError(f"not found within {PATIENCE_S:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        raise AdviceError(last.removeprefix("error: ")[:200])
    return told.decode(errors="replace")[:_LONGEST].splitlines()
