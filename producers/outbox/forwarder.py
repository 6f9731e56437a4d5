"""From the queue of commands to the gateway: one by one, each again until it has been decided.

A command that was perhaps taken is said again under its id: the gateway gives the same answer
again, and the market drops what it has had. None goes out before an earlier one is decided.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from typing import Final

import httpx
import msgspec
import structlog
from starlette.concurrency import run_in_threadpool

from producers.outbox.commands import Answer, Commands, WaitingCommand
from producers.outbox.errors import NoRoomError
from producers.outbox.line import Line, NoLineError, is_of_a_gateway, told
from producers.outbox.station import Station

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 3.0
"""A page asks again every three seconds; who is cut off longer finds out as late."""
_MOST_SAID_S: Final = 60.0
_PRUNE_EVERY_S: Final = 60.0
_SETTLES_S: Final = 10.0
"""For so long the gateway may not know yet of a job or a worker that it has just been told of."""
_TAKEN: Final = 202
_NOT_YET: Final = frozenset({401, 408, 421, 425, 429})
"""Refusals that say nothing of a command: who asks may not, or not now."""

_log = structlog.get_logger()


class _Taken(msgspec.Struct):
    id: str
    see: str = ""


class _Calls(msgspec.Struct):
    station_id: str


class Forwarder:
    """Sends what waits. `run` is a task; the rest is for the same loop."""

    def __init__(
        self,
        commands: Commands,
        line: Line,
        station: Station,
        *,
        keep_s: float,
        clock: Callable[[], int],
        failed: Callable[[Exception], None],
    ) -> None:
        """`clock` gives UTC ms. `failed` hears that nothing can be sent any more."""
        self.trouble = ""
        """Why nothing can be sent at the moment, if so."""
        self._commands = commands
        self._line = line
        self._station = station
        self._keep_ms = round(keep_s * 1000)
        self._clock = clock
        self._failed = failed
        self._news = asyncio.Event()
        self._hearing: dict[str, list[asyncio.Future[Answer | None]]] = {}
        self._is_ours = False
        self._settling: dict[str, float] = {}
        self._pause_s = _FIRST_PAUSE_S
        self._pruned_at = float("-inf")

    async def run(self) -> None:
        """Send until cancelled. `failed` hears of whatever else ends it, as a damaged file does."""
        try:
            while True:
                await self._turn()
        except Exception as error:
            self._failed(error)

    def wake(self) -> None:
        """There is a command."""
        self._news.set()

    async def fate(self, id: str, patience_s: float) -> Answer | None:
        """What the gateway says to a command; None when that takes longer, or there is no line."""
        heard: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._hearing.setdefault(id, []).append(heard)
        try:
            known = await run_in_threadpool(self._commands.answer_to, id)
            if known is not None or self.trouble:
                return known
            async with asyncio.timeout(patience_s):  # `wait_for` may swallow a cancellation
                return await heard
        except TimeoutError:
            return None
        finally:
            waiting = self._hearing.get(id, [])
            if heard in waiting:
                waiting.remove(heard)
            if not waiting:
                self._hearing.pop(id, None)

    async def _turn(self) -> None:
        """Send one, or wait for one."""
        self._news.clear()
        await self._prune()
        waiting = await run_in_threadpool(self._commands.take_next)
        if waiting is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PRUNE_EVERY_S):
                    await self._news.wait()
            return
        try:
            answer = await self._send(waiting)
        except NoLineError as error:
            await self._stand_still(error)
            return
        finally:
            await run_in_threadpool(self._commands.let_go)
        await self._record(waiting, answer)

    async def _send(self, waiting: WaitingCommand) -> Answer:
        """The gateway's decision. Raises NoLineError when there is none."""
        if not self._is_ours:
            await self._check_key()
        answer = await self._line.command(waiting.id, waiting.path, waiting.value, waiting.language)
        if answer.status_code == 401:
            self._is_ours = False  # the file may have another key by now
        if not _decides(answer, waiting.id) or self._is_too_early(answer, waiting.path):
            raise NoLineError(told(answer), _again_s(answer))
        if answer.status_code == _TAKEN:
            see = msgspec.json.decode(answer.content, type=_Taken).see
            self._settling[f"{see}/"] = time.monotonic() + _SETTLES_S
        return Answer(answer.status_code, answer.content)

    def _is_too_early(self, answer: httpx.Response, path: str) -> bool:
        """Whether a refusal may be of what an earlier command has made, and is not seen yet."""
        now = time.monotonic()
        self._settling = {see: until for see, until in self._settling.items() if until > now}
        return answer.status_code in (403, 404) and path.startswith(tuple(self._settling))

    async def _check_key(self) -> None:
        """Nothing is said with another station's key: it would be that station's word."""
        answer = await self._line.own_station()
        try:
            own = msgspec.json.decode(answer.content, type=_Calls).station_id
        except msgspec.DecodeError:
            raise NoLineError(told(answer), _again_s(answer)) from None
        if own != self._station.name:
            raise NoLineError(f"the key is of station {own}, not of {self._station.name}")
        self._is_ours = True

    async def _record(self, waiting: WaitingCommand, answer: Answer) -> None:
        if answer.is_refusal:
            _log.warning("a command was refused", id=waiting.id, status=answer.status)
        try:
            await run_in_threadpool(self._commands.decide, waiting.seq, answer, self._clock())
        except NoRoomError as error:
            self._tell(self._hearing.pop(waiting.id, []), answer)
            await self._stand_still(NoLineError(str(error)))
            return
        self.trouble = ""
        self._pause_s = _FIRST_PAUSE_S
        self._tell(self._hearing.pop(waiting.id, []), answer)

    async def _stand_still(self, error: NoLineError) -> None:
        """Let everybody know, and wait a while."""
        if self.trouble != str(error):
            _log.warning("commands have to wait", why=str(error))
        self.trouble = str(error)
        self._tell([one for waiting in self._hearing.values() for one in waiting], None)
        await asyncio.sleep(max(self._pause_s, error.again_s))
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    @staticmethod
    def _tell(hearing: Iterable[asyncio.Future[Answer | None]], answer: Answer | None) -> None:
        for heard in hearing:
            if not heard.done():
                heard.set_result(answer)

    async def _prune(self) -> None:
        if time.monotonic() - self._pruned_at < _PRUNE_EVERY_S:
            return
        self._pruned_at = time.monotonic()
        try:
            await run_in_threadpool(self._commands.prune, self._clock() - self._keep_ms)
        except NoRoomError as error:
            _log.warning("what was decided long ago cannot be removed", why=str(error))


def _decides(answer: httpx.Response, id: str) -> bool:
    """Whether an answer is the last word on a command, and of a gateway at all."""
    if not is_of_a_gateway(answer):
        return False
    if answer.status_code == _TAKEN:
        try:
            return msgspec.json.decode(answer.content, type=_Taken).id == id
        except msgspec.DecodeError:
            return False
    is_refusal = 400 <= answer.status_code < 500 and answer.status_code not in _NOT_YET
    return is_refusal and answer.headers["content-type"].startswith("application/problem+json")


def _again_s(answer: httpx.Response) -> float:
    said = answer.headers.get("retry-after", "")
    return min(float(said), _MOST_SAID_S) if said.isdecimal() else 0.0
