"""Until when a wage claim is to be settled: holidays of China, and weekends worked for them."""

from datetime import UTC, datetime, timedelta

import pytest

from events.facts import ClaimKind
from gigmatch.claim_terms import due_at

ZONE = "511181"


def at(local: str) -> int:
    """A time in China, in UTC milliseconds."""
    moment = datetime.fromisoformat(local).replace(tzinfo=UTC) - timedelta(hours=8)
    return int(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    ("kind", "opened", "last_day"),
    [
        ("simple", "2026-11-27T00:00", "2026-11-27"),
        ("simple", "2026-11-27T23:59", "2026-11-27"),
        ("simple", "2026-11-28T09:00", "2026-11-28"),  # a Saturday: stations are open
        ("larger", "2026-11-27T09:00", "2026-12-04"),
        ("larger", "2026-11-30T09:00", "2026-12-07"),
        ("larger", "2026-09-28T09:00", "2026-10-10"),  # 29, 30, then 8, 9, 10 October
        ("larger", "2026-10-02T09:00", "2026-10-13"),
        ("larger", "2026-02-12T09:00", "2026-02-26"),  # Spring Festival, worked on the 14th
    ],
)
def test_it_is_due_at_the_end_of_a_day_in_china(
    kind: ClaimKind, opened: str, last_day: str
) -> None:
    assert due_at(kind, ZONE, at(opened)) == at(f"{last_day}T00:00") + 24 * 3_600_000 - 1
