"""What the routes answer from, made once from the gateway's wishes."""

import time
from typing import Final, NamedTuple

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.access.guard import Guard
from gateway.access.keys import Keys
from gateway.access.passes import Passes
from gateway.access.sessions import Lasting, Sessions
from gateway.access.throttle import Throttle
from gateway.advice import AdviceDesk, Advise, no_advice
from gateway.audit import Audit
from gateway.commands import Clerk
from gateway.contacts import Contacts
from gateway.live import Live
from gateway.markets import show_markets
from gateway.noticeboard import Noticeboard
from gateway.operations import DeadLetters
from gateway.ownership import Ownership
from gateway.publishing import Publishing
from gateway.reading import ReadModel
from gateway.registrations import Registrations
from gateway.sealing import ContactKey, Vault
from gateway.store import Store
from gigmatch.figures.monitor import Monitor
from gigmatch.figures.scraping import Target
from gigmatch.redis_address import redis_url
from gigmatch.spans import Spans


class Wishes(NamedTuple):
    """How a gateway is to be. Keys: the newest first. Without a `public_url`, links are paths."""

    redis_url: str
    store: Store
    publishing: Publishing
    dead_letters: DeadLetters
    signing_keys: tuple[str, ...]
    contact_keys: tuple[ContactKey, ...] = ()
    public_url: str = ""
    public_view: bool = True
    link_ttl_s: int = 86_400
    code_ttl_s: int = 600
    session_ttl_s: int = 43_200
    worker_session_ttl_s: int = 2_592_000
    station_session_ttl_s: int = 2_592_000
    rate_anyone: str = "1200/minute"
    rate_known: str = "600/minute"
    rate_sign_in: str = "20/minute"
    scrape: tuple[Target, ...] = ()
    scrape_s: float = 5.0
    advise: Advise = no_advice
    spans: Spans | None = None
    trace_share: float = 0.0

    @property
    def longest_s(self) -> int:
        """How long what lets a worker in may last, and an hour: it may be renewed just now."""
        lasting = (self.worker_session_ttl_s, self.link_ttl_s, self.code_ttl_s)
        return max(lasting) + _HOUR_S


class Parts(NamedTuple):
    """The parts of a running gateway."""

    wishes: Wishes
    redis: Redis
    model: ReadModel
    live: Live
    keys: Keys
    sessions: Sessions
    passes: Passes
    contacts: Contacts
    said: Registrations
    own: Ownership
    board: Noticeboard
    advice: AdviceDesk
    clerk: Clerk
    audit: Audit
    guard: Guard
    monitor: Monitor


_HOUR_S: Final = 3_600
_TIMEOUT_S: Final = 5
_CONNECTIONS: Final = 64
_WAIT_S: Final = 20


def assemble(wishes: Wishes) -> Parts:
    """The parts, none of them connected yet. Raises ValueError for a rate that is none."""
    # Phones that all come back at once wait for each other: a pool that does not wait refuses them.
    pool = BlockingConnectionPool.from_url(
        redis_url(wishes.redis_url),
        max_connections=_CONNECTIONS,
        timeout=_WAIT_S,
        socket_connect_timeout=_TIMEOUT_S,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),  # a connection in the pool may be of a Redis that has ended
    )
    redis = Redis.from_pool(pool)
    model, live, store = ReadModel(redis), Live(redis), wishes.store
    keys = Keys(store, now_ms)
    sessions = Sessions(store, keys, now_ms, _lasting(wishes))
    contacts = Contacts(Vault(store, "contact", wishes.contact_keys))
    said = Registrations(Vault(store, "said", wishes.contact_keys))
    throttle = Throttle(
        redis,
        {
            "anyone": wishes.rate_anyone,
            "known": wishes.rate_known,
            "sign_in": wishes.rate_sign_in,
        },
    )
    return Parts(
        wishes=wishes,
        redis=redis,
        model=model,
        live=live,
        keys=keys,
        sessions=sessions,
        passes=Passes(
            store,
            now_ms,
            wishes.signing_keys,
            link_ttl_s=wishes.link_ttl_s,
            code_ttl_s=wishes.code_ttl_s,
        ),
        contacts=contacts,
        said=said,
        own=Ownership(model, contacts, said, live),
        board=Noticeboard(redis, model, live, store),
        advice=AdviceDesk(wishes.advise),
        clerk=Clerk(store, wishes.publishing),
        audit=Audit(wishes.publishing, now_ms),
        guard=Guard(
            keys, sessions, throttle, origin=wishes.public_url, public_view=wishes.public_view
        ),
        monitor=Monitor(wishes.scrape, wishes.scrape_s, lambda: show_markets(redis)),
    )


def _lasting(wishes: Wishes) -> Lasting:
    return Lasting(
        operator=wishes.session_ttl_s,
        worker=wishes.worker_session_ttl_s,
        station=wishes.station_session_ttl_s,
    )


def now_ms() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000
