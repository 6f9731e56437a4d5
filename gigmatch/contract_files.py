"""Every file of the contract: the log's (events/) and the gateway's (openapi.yaml)."""

from typing import Final

from events.audit import AuditRecorded
from events.contract import as_yaml
from events.contract import files as files_of_the_log
from events.facts import Fact
from events.tracing import Trace
from gateway.app import create_app
from gateway.parts import Wishes
from gateway.publishing import Landed, PublishError
from gateway.store import open_store
from gigmatch.letter_desk import LetterDesk

_NOTE: Final = "# Written from the routes of gateway/ by `make contract`; do not edit.\n"
_NOWHERE: Final = "redis://127.0.0.1:6379/0"


def files() -> dict[str, str]:
    """Path in the checkout to text. The same for the same types and routes."""
    return {**files_of_the_log(), "openapi.yaml": _NOTE + as_yaml(_openapi())}


class _Unpublished:
    """The document needs the routes, not what they answer from."""

    async def fact(self, fact: Fact, *, id: str, source: str, time: int, trace: Trace) -> Landed:
        """Raise PublishError."""
        raise PublishError("only described")

    async def everywhere(self, fact: Fact, *, id: str, source: str, time: int) -> int:
        """Raise PublishError."""
        raise PublishError("only described")

    async def record(self, line: AuditRecorded, *, id: str, source: str) -> Landed:
        """Raise PublishError."""
        raise PublishError("only described")


def _openapi() -> object:
    wishes = Wishes(
        redis_url=_NOWHERE,
        store=open_store(_NOWHERE),  # connects when it is asked
        publishing=_Unpublished(),
        dead_letters=LetterDesk(""),  # the same
        signing_keys=("only described",),
    )
    return create_app(wishes).openapi()
