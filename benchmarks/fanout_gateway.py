"""A gateway in a process of its own for `live-fanout`: python -m benchmarks.fanout_gateway ..."""

import asyncio
import sys
from collections.abc import Sequence

import uvicorn

from benchmarks.services import many_files
from events.audit import AuditRecorded
from events.facts import Fact
from events.tracing import Trace
from gateway.app import create_app
from gateway.operations import Letter, Replayed
from gateway.parts import Wishes
from gateway.publishing import Landed, PublishError
from gateway.store import open_store

_NO_LIMIT = "1000000/minute"


class NoLog:
    """Nobody says anything here but the reads in the audit."""

    async def fact(self, fact: Fact, *, id: str, source: str, time: int, trace: Trace) -> Landed:
        """Raise PublishError: nobody sends a command here."""
        raise PublishError("no log")

    async def everywhere(self, fact: Fact, *, id: str, source: str, time: int) -> int:
        """Raise PublishError: nobody releases a station here."""
        raise PublishError("no log")

    async def record(self, line: AuditRecorded, *, id: str, source: str) -> Landed:
        """Take a line."""
        return Landed(0, 0)


class NoLetters:
    """Dead letters of which there are none."""

    async def newest(self) -> list[Letter]:
        """None."""
        return []

    async def replay(self, origins: Sequence[str]) -> Replayed:
        """Know none of them."""
        return Replayed(published=[], repeated=[], unknown=list(origins))


def serve(redis_url: str, store: str, port: int) -> None:
    """Serve until asked to stop."""
    many_files()
    wishes = Wishes(
        redis_url=redis_url,
        store=open_store(store),
        publishing=NoLog(),
        dead_letters=NoLetters(),
        signing_keys=("of a benchmark, which signs nothing",),
        rate_anyone=_NO_LIMIT,
        rate_known=_NO_LIMIT,
        rate_sign_in=_NO_LIMIT,
    )
    app = create_app(wishes)
    config = uvicorn.Config(
        app, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=1
    )

    async def answer() -> None:
        await uvicorn.Server(config).serve()
        await wishes.store.close()

    asyncio.run(answer())


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
