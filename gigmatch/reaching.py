"""The gateway's sealed contacts as the notifier asks for them: neither knows the other."""

import asyncio
from typing import Final

from events.values import Channel
from gateway.contacts import Contact as SealedContact
from gateway.contacts import Contacts as Sealed
from gateway.sealing import SealedError, Vault, contact_keys
from gateway.store import StoreError
from gigmatch.gateway_wishes import listed, store_of
from gigmatch.settings import Settings
from streams.notifier.bootstrap import seals_contacts
from streams.notifier.contacts import (
    Contact,
    Contacts,
    ContactsAwayError,
    ContactsError,
    FileContacts,
    NoContacts,
)

_PATIENCE_S: Final = 30.0


class StoreContacts:
    """Phone and webhook of workers in the store that the gateway seals them in."""

    def __init__(self, sealed: Sealed, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` runs, and the store is asked in it."""
        self._sealed = sealed
        self._loop = loop

    def find(self, worker_id: str, channel: Channel, station_id: str) -> Contact | None:
        """The address that a worker's own station has stored. Raises ContactsError."""
        asked = asyncio.run_coroutine_threadsafe(self._find(worker_id, station_id), self._loop)
        try:
            found = asked.result(_PATIENCE_S)
        except (StoreError, TimeoutError) as error:
            raise ContactsAwayError("notifier.contacts_store", why=type(error).__name__) from None
        except SealedError as error:
            raise ContactsError("notifier.contacts_store", why=type(error).__name__) from None
        if found is None:
            return None
        address = {"sms": found.phone, "webhook": found.webhook}.get(channel, "")
        return Contact(address, found.language) if address else None

    async def _find(self, worker_id: str, station_id: str) -> SealedContact | None:
        zone = station_id.rpartition("-")[0]
        if await self._sealed.station_of(zone, worker_id) != station_id:
            return None  # somebody else of that name, or somebody who has moved
        return await self._sealed.open(zone, worker_id)


def contacts_of(settings: Settings) -> Contacts:
    """Who knows the addresses: a file if there is one, else the store. Call it in the event loop.

    Raises ContactsError, UserError and OSError.
    """
    if settings.contacts is not None:
        return FileContacts(settings.contacts)
    if not seals_contacts(settings):
        return NoContacts()
    keys = contact_keys(listed(settings.contact_keys, settings.contact_keys_file))
    vault = Vault(store_of(settings), "contact", keys)
    return StoreContacts(Sealed(vault), asyncio.get_running_loop())
