"""Cursors: there and back, and what they mean in another log."""

import pytest

from gateway.cursor import Cursor

HERE = Cursor("5f3a9c1e", {0: 88121, 12: 7})


def test_there_and_back() -> None:
    assert str(HERE) == "5f3a9c1e~0:88121~12:7"
    assert Cursor.parse(str(HERE)) == HERE


@pytest.mark.parametrize(
    "text",
    ["", "0:1", "5f3a9c1e~", "5f3a9c1e~0:-1", "5f3a9c1e~12345:1", "5F3A9C1E~0:1", "5f3a9c1e~0:1 "],
)
def test_not_a_cursor(text: str) -> None:
    assert Cursor.parse(text) is None


def test_where_somebody_begins() -> None:
    assert HERE.start_from(None) == HERE
    assert HERE.start_from(Cursor("5f3a9c1e", {12: 5})).offsets == {0: 0, 12: 5}
    assert HERE.start_from(Cursor("00000000", {0: 99999})).offsets == {0: 0, 12: 0}
