"""Who is awake changes nothing."""

from collections.abc import Sequence
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Record
from events.facts import Fact
from matching.engine import Engine
from matching.roster import Roster
from matching.scorer import rules_only
from matching.state import Worker
from tests.strategies import facts
from tests.worlds import record_of


def fold(log: Sequence[Record], awake: int) -> tuple[list[bytes], str]:
    engine = Engine(0, 1, rules_only)
    with patch("matching.roster.AWAKE", awake):
        values = [emission.value for record in log for emission in engine.step(record).emissions]
    return values, engine.state_hash()


@given(st.lists(facts(), max_size=60))
def test_a_market_whose_workers_all_rest_says_the_same(stream: list[Fact]) -> None:
    log = [record_of(fact, offset) for offset, fact in enumerate(stream)]
    assert fold(log, awake=0) == fold(log, awake=1_000)


def test_a_roster_is_like_a_dict() -> None:
    roster = Roster()
    roster["W-1"], roster["W-2"] = Worker(since=1), Worker(since=2)
    with patch("matching.roster.AWAKE", 1):
        roster.rest()
    assert (len(roster), sorted(roster), "W-1" in roster, "W-3" in roster) == (
        2,
        ["W-1", "W-2"],
        True,
        False,
    )
    roster["W-1"].since = 7
    with patch("matching.roster.AWAKE", 0):
        roster.rest()
    assert roster["W-1"].since == 7
    del roster["W-1"]
    assert roster.get("W-1") is None
    for gone in ("W-1", "W-3"):
        with pytest.raises(KeyError):
            del roster[gone]
        with pytest.raises(KeyError):
            roster[gone]
