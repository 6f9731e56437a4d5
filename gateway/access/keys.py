"""Device keys of stations and keys of operators: made, checked, rotated, revoked.

A key is `gm_<id>_<secret>` with 256 random bits of secret. Only its SHA-256 is stored: nobody can
try 2**256 secrets, so a slow hash, which is for passwords that people think of, would only make
every request slow.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from events.values import Identifier, Millis, Zone
from gateway.access.principals import Operator, Station
from gateway.store import Store

KeyRole = Literal["station", "reader", "operator"]
Clock = Callable[[], int]
"""UTC milliseconds."""

_KEY: Final = re.compile(r"gm_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is stored of a key. `name` says which device or person has it.

    `zones` are an operator's; None for all zones, as every key was before keys had any.
    """

    key_id: str
    role: KeyRole
    name: str
    digest: str
    created_at: Millis
    zone: Zone = ""
    station_id: Identifier = ""
    zones: tuple[Zone, ...] | None = None
    expires_at: Millis | None = None
    revoked_at: Millis | None = None

    def holds(self, now: int) -> bool:
        """Whether the key is good at a time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def principal(self) -> Station | Operator:
        """Whom the key stands for."""
        if self.role == "station":
            return Station(zone=self.zone, station_id=self.station_id, key_id=self.key_id)
        return Operator(name=self.name, key_id=self.key_id, role=self.role, zones=self.zones)

    @property
    def reach(self) -> str:
        """What the key is for: a station, some zones, or all of them: `*`."""
        return self.station_id or ("*" if self.zones is None else ",".join(self.zones))

    @property
    def what(self) -> str:
        """The key in the audit: whose kind it is, and what it is for."""
        return f"{self.role} {self.reach}"

    def is_within(self, operator: Operator) -> bool:
        """Whether nothing that the key is for is outside of what an operator sees."""
        if operator.zones is None:
            return True
        zones = (self.zone,) if self.role == "station" else self.zones
        return zones is not None and all(operator.sees(zone) for zone in zones)


class BadKeyError(Exception):
    """A key that does not let in; `why` is `unknown`, `stale` or `revoked`."""

    def __init__(self, why: Literal["unknown", "stale", "revoked"]) -> None:
        super().__init__(why)
        self.why = why


class Keys:
    """The keys in a store. Every method may raise StoreError."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(
        self,
        role: KeyRole,
        name: str,
        *,
        zone: str = "",
        station_id: str = "",
        zones: tuple[str, ...] | None = None,
    ) -> tuple[KeyRecord, str]:
        """A new key: its record, and the key itself, which is shown this once."""
        key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        record = KeyRecord(
            key_id=key_id,
            role=role,
            name=name,
            digest=_digest(secret),
            created_at=self._clock(),
            zone=zone,
            station_id=station_id,
            zones=zones,
        )
        await self._write(record)
        return record, f"gm_{key_id}_{secret}"

    async def check(self, key: str) -> KeyRecord:
        """The record of a key that is good now. Raises BadKeyError."""
        found = _KEY.fullmatch(key)
        record = None if found is None else await self.get(found[1])
        digest = "" if found is None else _digest(found[2])
        # Compared in the same time whether or not there is such a key.
        is_right = hmac.compare_digest(digest, "" if record is None else record.digest)
        if record is None or not is_right:
            raise BadKeyError("unknown")
        return self._good(record)

    async def still_good(self, key_id: str) -> KeyRecord:
        """The record of a key that a session began with. Raises BadKeyError."""
        record = await self.get(key_id)
        if record is None:
            raise BadKeyError("unknown")
        return self._good(record)

    async def get(self, key_id: str) -> KeyRecord | None:
        """The record of a key by its id."""
        stored = await self._store.get("key", key_id)
        return None if stored is None else _decode(stored)

    async def all(self) -> list[KeyRecord]:
        """Every key there is or was, the oldest first."""
        stored = await self._store.all("key")
        return sorted(map(_decode, stored.values()), key=lambda one: (one.created_at, one.key_id))

    async def rotate(self, key_id: str, *, grace_ms: int) -> tuple[KeyRecord, str] | None:
        """A new key in place of one that goes on for `grace_ms`; None when it is not good now."""
        record, now = await self.get(key_id), self._clock()
        if record is None or not record.holds(now):
            return None
        end = min(now + grace_ms, record.expires_at or now + grace_ms)
        await self._write(msgspec.structs.replace(record, expires_at=end))
        return await self.create(
            record.role,
            record.name,
            zone=record.zone,
            station_id=record.station_id,
            zones=record.zones,
        )

    async def revoke(self, key_id: str) -> KeyRecord | None:
        """End a key at once, and the sessions that began with it; None when there is none."""
        record = await self.get(key_id)
        if record is None or record.revoked_at is not None:
            return record
        revoked = msgspec.structs.replace(record, revoked_at=self._clock())
        await self._write(revoked)
        return revoked

    def _good(self, record: KeyRecord) -> KeyRecord:
        if record.revoked_at is not None:
            raise BadKeyError("revoked")
        if not record.holds(self._clock()):
            raise BadKeyError("stale")
        return record

    async def _write(self, record: KeyRecord) -> None:
        await self._store.put("key", record.key_id, msgspec.json.encode(record))


def _decode(stored: bytes) -> KeyRecord:
    return msgspec.json.decode(stored, type=KeyRecord)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
