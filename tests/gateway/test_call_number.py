"""Three digits for somebody in the hall."""

from collections import Counter

from gateway.call_number import call_number


def test_a_worker_has_the_same_three_digits_every_day() -> None:
    assert call_number("511181", "W-1") == call_number("511181", "W-1")
    assert call_number("511181", "W-1") != call_number("511102", "W-1")


def test_numbers_are_spread_over_all_there_are() -> None:
    found = Counter(call_number("511181", f"W-{number}") for number in range(20_000))
    assert set(found) == {f"{number:03d}" for number in range(1_000)}
    assert max(found.values()) < 50
