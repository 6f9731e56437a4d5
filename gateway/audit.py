"""The audit: every line to the log of the process, and to `market.audit`."""

import asyncio
import secrets
from typing import Final

import structlog

from events.audit import Action, AuditRecorded
from events.personal import masked
from events.topics import ALL_ZONES
from gateway.access.keys import Clock
from gateway.access.principals import Anyone, Operator, Principal
from gateway.publishing import PublishError, Publishing

SOURCE: Final = "/gateway"
MOST_WAITING: Final = 10_000
_LONGEST: Final = 200
_log = structlog.get_logger()


class Audit:
    """Records what happens: a refusal in the background; what must be known is awaited."""

    def __init__(self, publishing: Publishing, clock: Clock) -> None:
        self._publishing = publishing
        self._clock = clock
        self._waiting: set[asyncio.Task[None]] = set()

    async def record(
        self, who: Principal, action: Action, *, subject: str = "", what: str = "", why: str = ""
    ) -> None:
        """Return when the broker has the line. Raises PublishError."""
        line = self._line(who, action, subject, what, why)
        await self._publishing.record(line, id=secrets.token_hex(16), source=SOURCE)

    def note(
        self, who: Principal, action: Action, *, subject: str = "", what: str = "", why: str = ""
    ) -> None:
        """The same without waiting; when the broker has no line, the process's log has it."""
        line = self._line(who, action, subject, what, why)
        if len(self._waiting) >= MOST_WAITING:
            return  # in the log of the process it is already
        task = asyncio.get_running_loop().create_task(self._send(line))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def drain(self) -> None:
        """Return when nothing is on its way any more."""
        while self._waiting:
            await asyncio.wait(set(self._waiting))

    async def _send(self, line: AuditRecorded) -> None:
        try:
            await self._publishing.record(line, id=secrets.token_hex(16), source=SOURCE)
        except PublishError as error:
            _log.error("audit line not published", action=line.action, why=str(error))

    def _line(
        self, who: Principal, action: Action, subject: str, what: str, why: str
    ) -> AuditRecorded:
        line = AuditRecorded(
            zone=_zone_of(who),
            at=self._clock(),
            action=action,
            actor=_safe(who.actor),
            subject=_safe(subject),
            what=_safe(what),
            why=why,
        )
        _log.info(
            "audit",
            action=line.action,
            actor=line.actor,
            subject=line.subject,
            what=line.what,
            why=line.why,
        )
        return line


def _zone_of(who: Principal) -> str:
    """The zone that a line is of: whoever is of several, or of none, is on all of them."""
    match who:
        case Anyone():
            return ALL_ZONES
        case Operator(zones=zones):
            return zones[0] if zones is not None and len(zones) == 1 else ALL_ZONES
        case _:
            return who.zone


def _safe(text: str) -> str:
    """Text from outside, short, printable, and without phone or ID numbers."""
    shown = "".join(c if c.isprintable() else "?" for c in text[: _LONGEST * 2])
    return masked(shown)[:_LONGEST]
