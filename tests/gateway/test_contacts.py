"""What is sealed is opened with its key, for its worker, and is nowhere in plain writing."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from gateway.contacts import Contact, Contacts
from gateway.sealing import ContactKey, Sealed, SealedError, Vault, contact_keys, new_contact_key
from gateway.store import Store, open_store
from gigmatch.errors import SaidError

OLD, NEW = ContactKey("old", bytes(32)), ContactKey("new", bytes(range(32)))
CONTACT = Contact(phone="13900001234", id_number="51118119610101001X", name="王大爷")
PLACE = ("511181", "W-1", "511181-05")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:{tmp_path / 'store.db'}")
    yield opened
    await opened.close()


def contacts(store: Store, *keys: ContactKey) -> Contacts:
    return Contacts(Vault(store, "contact", keys))


def files_in(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


async def test_a_contact_is_nowhere_in_plain_writing(store: Store, tmp_path: Path) -> None:
    kept = contacts(store, NEW)
    await kept.put(*PLACE, CONTACT, now=946_684_800_000)
    assert await kept.open("511181", "W-1") == CONTACT
    assert await kept.station_of("511181", "W-1") == "511181-05"
    assert all(CONTACT.phone.encode() not in content for content in files_in(tmp_path))
    assert "139" not in f"{CONTACT!r}{NEW!r}{[CONTACT]}"


async def test_a_box_moved_to_somebody_else_does_not_open(store: Store) -> None:
    kept = contacts(store, NEW)
    await kept.put(*PLACE, CONTACT, now=946_684_800_000)
    stored = await store.get("contact", "511181/W-1")
    assert stored is not None
    await store.put("contact", "511181/W-2", stored)
    await store.put("said", "511181/W-1", stored)
    moved = msgspec.structs.replace(
        msgspec.json.decode(stored, type=Sealed), station_id="511181-06"
    )
    await store.put("contact", "511181/W-3", msgspec.json.encode(moved))
    for worker_id in ("W-2", "W-3"):
        with pytest.raises(SealedError):
            await kept.open("511181", worker_id)
    with pytest.raises(SealedError):
        await Vault(store, "said", [NEW]).open("511181", "W-1")


async def test_keys_are_rotated(store: Store) -> None:
    await contacts(store, OLD).put(*PLACE, CONTACT, now=946_684_800_000)
    with pytest.raises(SealedError, match="key old"):
        await contacts(store, NEW).open("511181", "W-1")
    assert await contacts(store, NEW, OLD).open("511181", "W-1") == CONTACT
    assert await Vault(store, "contact", [NEW, OLD]).seal_again() == 1
    assert await Vault(store, "contact", [NEW, OLD]).seal_again() == 0
    assert await contacts(store, NEW).open("511181", "W-1") == CONTACT


async def test_a_rotation_brings_nothing_back_that_is_erased_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await contacts(store, OLD).put(*PLACE, CONTACT, now=946_684_800_000)
    before = await store.all("contact")
    assert await contacts(store, OLD).erase("511181", "W-1")

    async def as_it_was(kind: str) -> dict[str, bytes]:
        return before

    monkeypatch.setattr(store, "all", as_it_was)
    assert await Vault(store, "contact", [NEW, OLD]).seal_again() == 0
    assert await contacts(store, NEW).open("511181", "W-1") is None


async def test_an_erasure_spares_what_was_stored_after_it(store: Store) -> None:
    kept = contacts(store, NEW)
    await kept.put(*PLACE, CONTACT, now=946_684_800_001)
    assert not await kept.erase("511181", "W-1", until=946_684_800_000)
    assert await kept.erase("511181", "W-1", until=946_684_800_001)
    assert not await kept.erase("511181", "W-1")
    assert await kept.open("511181", "W-1") is None


def test_keys_are_read_as_they_are_made() -> None:
    [key] = contact_keys([new_contact_key()])
    assert len(key.secret) == 32
    for wrong in ("", "a", "a:AAAA", ":" + "A" * 43 + "=", "a:" + "?" * 44):
        with pytest.raises(SaidError, match="contact key 1 is not id:base64"):
            contact_keys([wrong])
