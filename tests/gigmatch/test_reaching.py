"""The sealed contacts as the notifier asks for them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from events.values import Channel
from gateway.contacts import Contact as SealedContact
from gateway.contacts import Contacts as Sealed
from gateway.sealing import Vault, contact_keys, new_contact_key
from gateway.store import Store, open_store
from gigmatch.errors import UserError
from gigmatch.reaching import StoreContacts, contacts_of
from gigmatch.settings import Settings
from streams.notifier.contacts import Contact, ContactsError, FileContacts, NoContacts
from tests.town import NOW, ZONE

STATION = f"{ZONE}-05"
PHONE = "13900001234"
KEY = new_contact_key()


def settings_of(folder: Path, **given: Any) -> Settings:
    return Settings(**{"store": f"sqlite:{folder / 'store.db'}", "contact_keys": KEY} | given)


async def keep(store: Store, **more: Any) -> None:
    sealed = Sealed(Vault(store, "contact", contact_keys([KEY])))
    await sealed.put(ZONE, "W-1", STATION, SealedContact(phone=PHONE, **more), now=NOW)


def found(
    folder: Path, channel: Channel, station_id: str = STATION, *, erase: bool = False, **more: Any
) -> Contact | None:
    async def find() -> Contact | None:
        store = open_store(f"sqlite:{folder / 'store.db'}")
        await keep(store, **more)
        if erase:
            await store.take("contact", f"{ZONE}/W-1")
        await store.close()
        contacts = contacts_of(settings_of(folder))
        return await asyncio.to_thread(contacts.find, "W-1", channel, station_id)

    return asyncio.run(find())


def test_the_phone_that_the_station_stored_is_found(tmp_path: Path) -> None:
    assert found(tmp_path, "sms", language="en") == Contact(PHONE, "en")


def test_a_webhook_is_found_only_where_there_is_one(tmp_path: Path) -> None:
    assert found(tmp_path, "webhook") is None
    assert found(tmp_path, "webhook", webhook="openid-1") == Contact("openid-1")


def test_another_stations_worker_of_the_same_name_is_somebody_else(tmp_path: Path) -> None:
    assert found(tmp_path, "sms", f"{ZONE}-06") is None
    assert found(tmp_path, "sms", "510100-05") is None


def test_an_erased_contact_is_not_found(tmp_path: Path) -> None:
    assert found(tmp_path, "sms", erase=True) is None


def test_a_contact_without_its_key_is_an_error_without_the_number(tmp_path: Path) -> None:
    async def find() -> None:
        store = open_store(f"sqlite:{tmp_path / 'store.db'}")
        await keep(store)
        others = Sealed(Vault(store, "contact", contact_keys([new_contact_key()])))
        contacts = StoreContacts(others, asyncio.get_running_loop())
        try:
            await asyncio.to_thread(contacts.find, "W-1", "sms", STATION)
        finally:
            await store.close()

    with pytest.raises(ContactsError) as raised:
        asyncio.run(find())
    assert PHONE not in str(raised.value)


def test_a_file_comes_before_the_store_and_without_both_nobody_is_known(tmp_path: Path) -> None:
    file = tmp_path / "contacts.json"
    file.write_text('{"W-1": {"sms": "1"}}')
    file.chmod(0o600)
    assert isinstance(contacts_of(settings_of(tmp_path, contacts=file)), FileContacts)
    assert isinstance(contacts_of(settings_of(tmp_path, contact_keys="")), NoContacts)
    with pytest.raises(UserError, match="new-key"):
        contacts_of(settings_of(tmp_path, contact_keys="nonsense"))
