"""What somebody does at the command line stands in the audit, too, before it happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from gateway.access.principals import Operator
from gateway.audit import Audit
from gateway.parts import now_ms
from gigmatch.gateway_wishes import DeskPublishing
from producers.desk import Desk

AT_THE_COMMAND_LINE: Final = Operator(name="cli", key_id="", role="operator")


@asynccontextmanager
async def desk_with_audit(
    bootstrap: str, client_id: str
) -> AsyncIterator[tuple[DeskPublishing, Audit]]:
    """What publishes, and the audit on it. Closed at the end."""
    desk = Desk(bootstrap, client_id=client_id)
    publishing = DeskPublishing(desk)
    try:
        yield publishing, Audit(publishing, now_ms)
    finally:
        await desk.close()
