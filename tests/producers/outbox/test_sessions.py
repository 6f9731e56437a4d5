"""Who is signed in is remembered by the hash of the cookie, and as long as it lasts."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from producers.outbox.sessions import Session, Sessions
from producers.outbox.store import Store
from tests.town import NOW

VIEW = msgspec.json.encode(
    {"role": "station", "station_id": "511181-05", "csrf": "token", "expires_at": NOW + 10}
)


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "outbox.db", "511181-05", max_mb=1)
    yield opened
    opened.close()


def test_a_session_is_known_until_it_ends(store: Store, clock: Clock) -> None:
    sessions = Sessions(store.disk, clock)
    session = Session.of(VIEW)
    sessions.keep("cookie", session)
    assert sessions.find("cookie") == session
    assert session.view == VIEW
    assert session.has_token("token")
    assert not session.has_token("tokén")
    assert sessions.find("another") is None
    clock.now += 10
    assert sessions.find("cookie") is None


def test_what_is_forgotten_is_unknown(store: Store, clock: Clock) -> None:
    sessions = Sessions(store.disk, clock)
    sessions.keep("cookie", Session.of(VIEW))
    sessions.forget("cookie")
    assert sessions.find("cookie") is None


def test_sessions_that_are_over_leave_with_the_next(store: Store, clock: Clock) -> None:
    sessions = Sessions(store.disk, clock)
    sessions.keep("first", Session.of(VIEW))
    clock.now += 20
    later = msgspec.structs.replace(Session.of(VIEW), expires_at=NOW + 30)
    sessions.keep("second", later)
    with store.disk.locked() as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (1,)


def test_no_cookie_is_in_the_file(store: Store, clock: Clock) -> None:
    Sessions(store.disk, clock).keep("a-cookie-of-somebody", Session.of(VIEW))
    written = b"".join(one.read_bytes() for one in store.path.parent.glob("outbox.db*"))
    assert VIEW in written
    assert b"a-cookie-of-somebody" not in written
