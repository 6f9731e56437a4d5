"""What is sealed with AES-GCM: bytes that belong to a worker, bound to whom they are for."""

import base64
import binascii
import os
import secrets
from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.values import Identifier, Millis
from gateway.store import Store
from gigmatch.errors import SaidError

SealedKind = Literal["contact", "said"]
SEALED_KINDS: Final[tuple[SealedKind, ...]] = ("contact", "said")

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class ContactKey(msgspec.Struct, frozen=True):
    """A key that seals, with the name it is known by in what it sealed."""

    key_id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"ContactKey({self.key_id!r}, …)"


class SealedError(SaidError):
    """A contact that cannot be opened: its key is gone, or it is not what was sealed."""


class Sealed(msgspec.Struct, frozen=True):
    """What is stored. The box also binds kind, worker and station."""

    station_id: Identifier
    key_id: str
    nonce: bytes
    box: bytes
    at: Millis


class Vault:
    """Sealed bytes of one kind, by worker. Methods may raise StoreError."""

    def __init__(self, store: Store, kind: SealedKind, keys: Sequence[ContactKey]) -> None:
        """`keys`: the newest first; it seals, all of them open. Without one nothing can be kept."""
        self._store = store
        self._kind: SealedKind = kind
        self._keys = {key.key_id: AESGCM(key.secret) for key in keys}
        self._newest = keys[0].key_id if keys else None

    @property
    def is_on(self) -> bool:
        """Whether there is a key."""
        return self._newest is not None

    async def sealed(self, zone: str, worker_id: str) -> Sealed | None:
        """What is stored of a worker, unopened."""
        stored = await self._store.get(self._kind, _name(zone, worker_id))
        return None if stored is None else msgspec.json.decode(stored, type=Sealed)

    async def put(
        self, zone: str, worker_id: str, station_id: str, plain: bytes, *, at: int
    ) -> None:
        """Seal bytes, in place of those that are there."""
        name = _name(zone, worker_id)
        await self._store.put(self._kind, name, self._box(name, station_id, plain, at))

    async def open(self, zone: str, worker_id: str) -> bytes | None:
        """The bytes as they were, or None. Raises SealedError."""
        sealed = await self.sealed(zone, worker_id)
        return None if sealed is None else self._opened(_name(zone, worker_id), sealed)

    async def erase(self, zone: str, worker_id: str, *, until: int | None = None) -> bool:
        """Remove what is stored, but nothing newer than `until`; whether there was something."""
        sealed = await self.sealed(zone, worker_id)
        if sealed is None or (until is not None and sealed.at > until):
            return False
        return await self._store.take(self._kind, _name(zone, worker_id)) is not None

    async def keys_used(self) -> set[str]:
        """The ids of the keys that seal what is there."""
        stored = (await self._store.all(self._kind)).values()
        return {msgspec.json.decode(one, type=Sealed).key_id for one in stored}

    async def seal_again(self) -> int:
        """Seal with the newest key what an older one sealed; how many. Raises SealedError.

        What is erased meanwhile stays erased, and what is new stays new.
        """
        changed = 0
        for name in await self._store.all(self._kind):
            stored = await self._store.get(self._kind, name)
            if stored is None:
                continue
            sealed = msgspec.json.decode(stored, type=Sealed)
            if sealed.key_id != self._newest:
                plain = self._opened(name, sealed)
                again = self._box(name, sealed.station_id, plain, sealed.at)
                changed += await self._store.replace(self._kind, name, again)
        return changed

    def _box(self, name: str, station_id: str, plain: bytes, at: int) -> bytes:
        assert self._newest is not None
        nonce = os.urandom(_NONCE_BYTES)
        box = self._keys[self._newest].encrypt(nonce, plain, self._bound(name, station_id))
        return msgspec.json.encode(Sealed(station_id, self._newest, nonce, box, at))

    def _opened(self, name: str, sealed: Sealed) -> bytes:
        key = self._keys.get(sealed.key_id)
        if key is None:
            raise SealedError("sealed.key_missing", sealed_with=sealed.key_id)
        try:
            return key.decrypt(sealed.nonce, sealed.box, self._bound(name, sealed.station_id))
        except InvalidTag:
            raise SealedError("sealed.changed", sealed_with=sealed.key_id) from None

    def _bound(self, name: str, station_id: str) -> bytes:
        return f"{self._kind}:{name}@{station_id}".encode()


def new_contact_key() -> str:
    """A random key as `contact_keys` reads it."""
    return f"{secrets.token_hex(4)}:{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}"


def contact_keys(lines: Sequence[str]) -> list[ContactKey]:
    """The keys written `id:base64 of 32 bytes`. Raises SaidError, without the key."""
    keys = []
    for number, line in enumerate(lines, start=1):
        key_id, _, written = line.partition(":")
        try:
            secret = base64.b64decode(written, validate=True)
        except binascii.Error:
            secret = b""
        if not key_id or len(secret) != _KEY_BYTES:
            raise SaidError("contacts.bad_key", number=number, size=_KEY_BYTES)
        keys.append(ContactKey(key_id, secret))
    return keys


def _name(zone: str, worker_id: str) -> str:
    return f"{zone}/{worker_id}"
