"""Phone and ID numbers, sealed, by worker, for their own station's eyes only."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from events.rejections import Rejection
from events.values import Text
from gateway.sealing import Vault

Language = Literal["zh-CN", "en"]
Phone = Annotated[str, Meta(pattern=r"^\+?[0-9][0-9 -]{4,18}[0-9]$(?!\n)")]
IdNumber = Annotated[str, Meta(pattern=r"^[0-9]{17}[0-9X]$(?!\n)")]


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a worker is reached, and who they are in the register.

    `webhook` is what the receiver of webhooks calls them (an OpenID of a WeChat service account),
    `language` what they read.
    """

    phone: Phone
    id_number: IdNumber | None = None
    name: Text = ""
    webhook: Text = ""
    language: Language | None = None

    def __repr__(self) -> str:
        return "Contact(…)"  # what is not shown cannot reach a log


class ContactChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is another now; the rest of a contact stays."""

    phone: Phone | UnsetType = UNSET
    id_number: IdNumber | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    webhook: Text | UnsetType = UNSET
    language: Language | UnsetType = UNSET

    def of(self, known: Contact | None) -> Contact:
        """The contact after them. Raises Rejection when nothing is known, and no phone named."""
        named = {
            name: value
            for name, value in msgspec.structs.asdict(self).items()
            if value is not UNSET
        }
        if known is not None:
            return msgspec.structs.replace(known, **named)
        if self.phone is UNSET:
            raise Rejection("missing_field", "phone")
        return Contact(**named)

    def __repr__(self) -> str:
        return "ContactChanges(…)"


class Contacts:
    """The contacts in a vault. Methods may raise StoreError."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @property
    def is_on(self) -> bool:
        """Whether contacts can be kept."""
        return self._vault.is_on

    async def station_of(self, zone: str, worker_id: str) -> str | None:
        """The station that keeps a worker's contact, or None."""
        sealed = await self._vault.sealed(zone, worker_id)
        return None if sealed is None else sealed.station_id

    async def put(
        self, zone: str, worker_id: str, station_id: str, contact: Contact, *, now: int
    ) -> None:
        """Seal a contact, in place of one that is there."""
        await self._vault.put(zone, worker_id, station_id, msgspec.json.encode(contact), at=now)

    async def open(self, zone: str, worker_id: str) -> Contact | None:
        """A contact as it was, or None. Raises SealedError."""
        plain = await self._vault.open(zone, worker_id)
        return None if plain is None else msgspec.json.decode(plain, type=Contact)

    async def erase(self, zone: str, worker_id: str, *, until: int | None = None) -> bool:
        """Erase a contact, one stored after `until` excepted; whether there was one."""
        return await self._vault.erase(zone, worker_id, until=until)
