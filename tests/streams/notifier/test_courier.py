"""Messages under way: one task each, called back, resumed, and never reported twice."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from events.notifications import NotificationAttempted, NotificationFailed, NotificationSent
from events.values import Channel
from streams.notifier.channels import Adapter, Letter
from streams.notifier.contacts import Contact, Contacts, ContactsAwayError, ContactsError
from streams.notifier.courier import Courier, Result
from streams.notifier.ledger import Attempt
from streams.notifier.sms_file import SmsConsole, SmsFile
from tests.streams.notifier.world import due
from tests.town import NOW


class Book:
    """Knows everybody by a number, and W-en to read English."""

    def find(self, worker_id: str, channel: Channel, station_id: str) -> Contact | None:
        if worker_id == "W-unknown":
            return None
        return Contact(f"to-{worker_id}", "en" if worker_id == "W-en" else None)


class AwayBook(Book):
    """A store that does not answer for a while, as one that is started again."""

    def __init__(self, times: int) -> None:
        self.left = times

    def find(self, worker_id: str, channel: Channel, station_id: str) -> Contact | None:
        self.left -= 1
        if self.left >= 0:
            raise ContactsAwayError("notifier.contacts_store", why="away")
        return super().find(worker_id, channel, station_id)


class Held:
    """An adapter that waits until it is let go."""

    needs_address = True

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.go = asyncio.Event()

    async def send(self, letter: Letter) -> int:
        self.letters.append(letter)
        await self.go.wait()
        return 3

    async def close(self) -> None:
        self.go.set()

    async def has(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.letters) < count:
                await asyncio.sleep(0.01)


def attempt(worker_id: str = "W-1", number: int = 1, **changes: object) -> Attempt:
    item = due(number, worker_id=worker_id, **changes)
    message = NotificationAttempted(
        worker_id=worker_id,
        at=NOW,
        message_id=f"{item.notification_id}.sms",
        channel="sms",
        notifications=(item.notification_id,),
    )
    return Attempt(message, (item,))


def courier(adapter: Adapter, book: Contacts | None = None) -> Courier:
    return Courier({"sms": adapter}, book or Book(), "zh-CN")


async def ended(one: Courier, *attempts: Attempt) -> Result:
    one.carry(attempts, NOW)
    await one.finished.wait()
    (telling,) = one.results(NOW + 1)
    assert isinstance(telling.message, Result)
    return telling.message


async def test_a_message_is_started_once_and_reported_once() -> None:
    held = Held()
    one = courier(held)
    for _ in range(3):
        one.carry([attempt()], NOW)
        await asyncio.sleep(0.05)
    held.go.set()
    result = await ended(one, attempt())
    assert isinstance(result, NotificationSent)
    assert (result.tries, result.at) == (3, NOW + 1)
    one.carry([attempt()], NOW)  # its `sent` has not been read back yet
    assert one.under_way == 0
    assert len(held.letters) == 1
    await one.close()


async def test_what_is_to_go_out_otherwise_begins_again() -> None:
    """Of two zones' offers one has been erased while the message was tried again and again."""
    held = Held()
    one = courier(held)
    both = attempt()
    both = msgspec.structs.replace(both, items=(*both.items, due(2, zone="511100")))
    one.carry([both], NOW)
    await held.has(1)
    left = msgspec.structs.replace(both, items=both.items[1:])
    for _ in range(2):
        one.carry([left], NOW)
        await asyncio.sleep(0.05)
    await held.has(2)
    assert [[item.zone for item in letter.items] for letter in held.letters] == [
        [both.items[0].zone, "511100"],
        ["511100"],
    ]
    assert one.results(NOW) == []
    held.go.set()
    assert isinstance(await ended(one, left), NotificationSent)
    await one.close()


async def test_what_is_called_back_stops() -> None:
    held = Held()
    one = courier(held)
    one.carry([attempt()], NOW)
    await asyncio.sleep(0.05)
    one.carry([], NOW)
    assert one.under_way == 0
    assert one.results(NOW) == []
    await one.close()


@pytest.mark.parametrize(
    ("worker_id", "expires_at", "reason"),
    [("W-unknown", NOW + 1_000, "no_address"), ("W-1", NOW, "too_late")],
)
async def test_what_cannot_go_out_has_failed(worker_id: str, expires_at: int, reason: str) -> None:
    one = courier(Held())
    result = await ended(one, attempt(worker_id, expires_at=expires_at))
    assert isinstance(result, NotificationFailed)
    assert result.reason == reason
    await one.close()


async def test_a_worker_is_written_to_in_their_language() -> None:
    held = Held()
    held.go.set()
    one = courier(held)
    await ended(one, attempt("W-en"))
    await ended(one, attempt("W-zh", 2))
    assert ["Answer by" in letter.text for letter in held.letters] == [True, False]
    await one.close()


async def test_an_sms_is_a_line_of_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "sms.jsonl"
    one = courier(SmsFile(path))
    await ended(one, attempt())
    await ended(one, attempt("W-2", 2))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["to"] for line in lines] == ["to-W-1", "to-W-2"]
    assert path.stat().st_mode & 0o777 == 0o600
    await one.close()


async def test_half_a_line_of_a_full_disk_swallows_no_other(tmp_path: Path) -> None:
    path = tmp_path / "sms.jsonl"
    path.write_bytes(b'{"message_id":"half')
    one = courier(SmsFile(path))
    await ended(one, attempt())
    await ended(one, attempt("W-2", 2))
    _, *lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["to"] for line in lines] == ["to-W-1", "to-W-2"]
    await one.close()


async def test_a_file_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    one = courier(SmsFile(tmp_path / "nowhere" / "sms.jsonl"))
    result = await ended(one, attempt())
    assert isinstance(result, NotificationFailed)
    assert result.reason == "unwritable"
    await one.close()


async def test_the_console_shows_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    one = courier(SmsConsole())
    await ended(one, attempt())
    await ended(one, attempt("W-unknown", 2))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["worker_id"] for line in lines] == ["W-1", "W-unknown"]
    assert all("to-" not in json.dumps(line) for line in lines)
    await one.close()


async def test_a_store_of_contacts_that_comes_back_costs_no_message() -> None:
    held = Held()
    held.go.set()
    one = courier(held, AwayBook(2))
    assert isinstance(await ended(one, attempt()), NotificationSent)
    assert [letter.address for letter in held.letters] == ["to-W-1"]
    await one.close()


async def test_a_store_that_stays_away_leaves_time_for_another_channel() -> None:
    one = courier(Held(), AwayBook(1_000_000))
    result = await ended(one, attempt(expires_at=NOW + 1_000))
    assert isinstance(result, NotificationFailed)
    assert (result.reason, result.tries) == ("no_contacts", 0)
    await one.close()


async def test_what_has_run_out_is_not_told_and_holds_up_nothing_else() -> None:
    """One offer of two had ended while the notifier was away: neither was told."""
    held = Held()
    held.go.set()
    one = courier(held)
    over, standing = attempt(expires_at=NOW), due(2, expires_at=NOW + 60_000)
    both = msgspec.structs.replace(over, items=(*over.items, standing))
    assert isinstance(await ended(one, both), NotificationSent)
    assert [letter.items for letter in held.letters] == [(standing,)]
    await one.close()


async def test_contacts_that_cannot_be_opened_are_not_waited_for() -> None:
    class Locked(Book):
        asked = 0

        def find(self, worker_id: str, channel: Channel, station_id: str) -> Contact | None:
            self.asked += 1
            raise ContactsError("notifier.contacts_store", why="SealedError")

    book = Locked()
    one = courier(Held(), book)
    result = await ended(one, attempt())
    assert isinstance(result, NotificationFailed)
    assert (result.reason, book.asked) == ("no_contacts", 1)
    await one.close()
