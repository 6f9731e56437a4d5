"""Addresses: from a file of their own, shown to nobody."""

import os
from pathlib import Path

import pytest

from streams.notifier.channels import Letter
from streams.notifier.contacts import Contact, ContactsError, FileContacts, NoContacts
from tests.streams.notifier.world import DUE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.json"
    write(path, '{"W-1": {"sms": "+86 000", "language": "en"}}', 1)
    return path


def write(path: Path, text: str, at: int) -> None:
    path.write_text(text)
    path.chmod(0o600)
    os.utime(path, ns=(at, at))


def test_a_worker_is_found_on_the_channels_they_have(file: Path) -> None:
    contacts = FileContacts(file)
    assert contacts.find("W-1", "sms", "511181-05") == Contact("+86 000", "en")
    assert contacts.find("W-1", "webhook", "511181-05") is None
    assert contacts.find("W-2", "sms", "511181-05") is None
    assert NoContacts().find("W-1", "sms", "511181-05") is None


def test_a_change_is_noticed(file: Path) -> None:
    contacts = FileContacts(file)
    write(file, '{"W-2": {"sms": "+86 001"}}', 2)
    assert contacts.find("W-1", "sms", "511181-05") is None
    assert contacts.find("W-2", "sms", "511181-05") == Contact("+86 001")


def test_a_file_that_others_can_read_is_refused(file: Path) -> None:
    file.chmod(0o640)
    with pytest.raises(ContactsError, match="chmod 600"):
        FileContacts(file)


def test_a_file_that_others_can_read_later_is_refused_though_it_says_the_same(file: Path) -> None:
    contacts = FileContacts(file)
    file.chmod(0o604)
    with pytest.raises(ContactsError, match="chmod 600"):
        contacts.find("W-1", "sms", "511181-05")
    file.chmod(0o600)
    assert contacts.find("W-1", "sms", "511181-05") == Contact("+86 000", "en")


def test_a_file_that_others_can_replace_is_refused(file: Path) -> None:
    file.parent.chmod(0o777)
    with pytest.raises(ContactsError, match="chmod o-w"):
        FileContacts(file)
    file.parent.chmod(0o1777)  # as /tmp: of their own files alone
    FileContacts(file)


@pytest.mark.parametrize("text", ["{", "[]", '{"W-1": "+86 000"}', "\x80"])
def test_a_broken_file_is_refused_without_quoting_it(file: Path, text: str) -> None:
    write(file, text, 2)
    with pytest.raises(ContactsError, match="correct it") as caught:
        FileContacts(file)
    assert "000" not in str(caught.value)


def test_no_address_is_shown_by_accident() -> None:
    letter = Letter(
        message_id="m",
        worker_id="W-1",
        address="+86 000",
        language="en",
        text="+86 000",
        items=(DUE,),
        patience_s=1.0,
    )
    for shown in (repr(letter), str(letter), repr(Contact("+86 000")), f"{[letter]}"):
        assert "000" not in shown
