"""What a gateway needs of the settings: its keys, its store, and a publisher."""

import secrets
from pathlib import Path

import structlog
from pydantic import SecretStr

from events.audit import AuditRecorded
from events.facts import Fact
from events.tracing import Trace
from gateway.operations import DeadLetters
from gateway.parts import Wishes
from gateway.publishing import Landed, PublishError
from gateway.sealing import contact_keys
from gateway.store import Store, open_store
from gigmatch.advice import advise
from gigmatch.errors import SaidError, system_says
from gigmatch.figures.scraping import targets_of
from gigmatch.settings import Settings
from gigmatch.spans import Spans
from producers.desk import Desk
from producers.publisher import DeliveryError

_SHORTEST_KEY = 32
_log = structlog.get_logger()


class DeskPublishing:
    """The producers' desk as the gateway wants it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def fact(self, fact: Fact, *, id: str, source: str, time: int, trace: Trace) -> Landed:
        """Publish a fact to `market.events`. Raises PublishError."""
        try:
            return Landed(
                *await self._desk.fact(fact, id=id, source=source, time=time, trace=trace)
            )
        except DeliveryError as error:
            raise PublishError(str(error)) from error

    async def everywhere(self, fact: Fact, *, id: str, source: str, time: int) -> int:
        """Publish a fact for all zones to each partition; how many. Raises PublishError."""
        try:
            return await self._desk.everywhere(fact, id=id, source=source, time=time)
        except DeliveryError as error:
            raise PublishError(str(error)) from error

    async def record(self, line: AuditRecorded, *, id: str, source: str) -> Landed:
        """Publish a line of the audit. Raises PublishError."""
        try:
            return Landed(*await self._desk.record(line, id=id, source=source))
        except DeliveryError as error:
            raise PublishError(str(error)) from error


def gateway_wishes(
    settings: Settings,
    store: Store,
    desk: Desk,
    letters: DeadLetters,
    spans: Spans | None = None,
) -> Wishes:
    """The wishes of the settings. Raises UserError for keys that are none."""
    contacts = contact_keys(listed(settings.contact_keys, settings.contact_keys_file))
    return Wishes(
        redis_url=settings.redis,
        store=store,
        publishing=DeskPublishing(desk),
        dead_letters=letters,
        signing_keys=_signing_keys(settings),
        contact_keys=tuple(contacts),
        public_url=settings.public_url,
        public_view=settings.public_view,
        link_ttl_s=settings.link_ttl_s,
        code_ttl_s=settings.code_ttl_s,
        session_ttl_s=settings.session_ttl_s,
        worker_session_ttl_s=settings.worker_session_ttl_s,
        station_session_ttl_s=settings.station_session_ttl_s,
        rate_anyone=settings.rate_anyone,
        rate_known=settings.rate_known,
        rate_sign_in=settings.rate_sign_in,
        scrape=tuple(targets_of(settings.scrape)),
        scrape_s=settings.scrape_s,
        advise=advise,
        spans=spans,
        trace_share=settings.sampled_share,
    )


def store_of(settings: Settings) -> Store:
    """The store of the settings. Raises UserError when it cannot be opened."""
    return open_store(settings.store)


def listed(secret: SecretStr, file: Path | None) -> list[str]:
    """The keys of a setting or of its file, the newest first. Raises UserError."""
    written = secret.get_secret_value().replace(",", "\n")
    if file is not None:
        try:
            written = file.read_text(encoding="utf-8")
        except OSError as error:
            raise SaidError("error.keys_unread", path=file, why=system_says(error)) from error
    return [line.strip() for line in written.splitlines() if line.strip()]


def _signing_keys(settings: Settings) -> tuple[str, ...]:
    keys = tuple(listed(settings.signing_keys, settings.signing_keys_file))
    if any(len(key) < _SHORTEST_KEY for key in keys):
        raise SaidError("error.short_key", limit=_SHORTEST_KEY)
    if keys:
        return keys
    _log.warning("no GIGMATCH_SIGNING_KEYS: links and codes end with this process")
    return (secrets.token_urlsafe(_SHORTEST_KEY),)
