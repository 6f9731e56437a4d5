"""Who is awake changes nothing."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from unittest.mock import patch
from weakref import WeakSet

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


def share_of(awake: int) -> AbstractContextManager[object]:
    """Every market may keep so many awake."""
    return patch.multiple("matching.roster", AWAKE=awake, AT_LEAST=awake)


def fold(log: Sequence[Record], awake: int) -> tuple[list[bytes], str]:
    engine = Engine(0, 1, rules_only)
    with share_of(awake):
        values = [emission.value for record in log for emission in engine.step(record).emissions]
    return values, engine.state_hash()


@given(st.lists(facts(), max_size=60))
def test_a_market_whose_workers_all_rest_says_the_same(stream: list[Fact]) -> None:
    log = [record_of(fact, offset) for offset, fact in enumerate(stream)]
    assert fold(log, awake=0) == fold(log, awake=1_000)


def test_a_roster_is_like_a_dict() -> None:
    roster = Roster()
    roster["W-1"], roster["W-2"] = Worker(since=1), Worker(since=2)
    with share_of(1):
        roster.rest()
    assert (len(roster), sorted(roster), "W-1" in roster, "W-3" in roster) == (
        2,
        ["W-1", "W-2"],
        True,
        False,
    )
    roster["W-1"].since = 7
    with share_of(0):
        roster.rest()
    assert roster["W-1"].since == 7
    del roster["W-1"]
    assert roster.get("W-1") is None
    for gone in ("W-1", "W-3"):
        with pytest.raises(KeyError):
            del roster[gone]
        with pytest.raises(KeyError):
            roster[gone]


@pytest.mark.parametrize(("markets", "awake"), [(1, 60), (2, 30), (9, 8)])
def test_markets_share_who_may_be_awake_and_each_keeps_a_few(markets: int, awake: int) -> None:
    workers = {f"W-{number}": Worker(since=number) for number in range(100)}
    with (
        patch.multiple("matching.roster", AWAKE=60, AT_LEAST=8),
        patch("matching.roster._ROSTERS", WeakSet[Roster]()),
    ):
        rosters = [Roster() for _ in range(markets)]
        for worker_id, worker in workers.items():
            rosters[0][worker_id] = worker
            rosters[0].rest()
        is_awake = [rosters[0][worker_id] is worker for worker_id, worker in workers.items()]
    assert is_awake == [False] * (100 - awake) + [True] * awake


def test_who_goes_to_rest_goes_with_others() -> None:
    """In a large share: passing the gaps of those who left took longer than the rest of it all."""
    workers = [Worker(since=number) for number in range(1_030)]
    roster = Roster()
    with share_of(1_024):
        for number, worker in enumerate(workers):
            roster[f"W-{number}"] = worker
            roster.rest()
    assert [roster[f"W-{number}"] is worker for number, worker in enumerate(workers[:7])] == [
        *([False] * 5),
        True,
        True,
    ]


def sealed(count: int) -> Roster:
    """A roster just read back from a dump of workers who rest."""
    roster = Roster()
    for number in range(count):
        roster[f"W-{number}"] = Worker(since=number)
    again = Roster()
    again.load(roster.dump())
    return again


def test_a_roster_read_back_is_the_same_whoever_is_looked_for_first() -> None:
    for roster in (sealed(1_000), sealed(1_000)):
        assert roster["W-7"].since == 7
        assert "W-1000" not in roster
        assert roster.get("W-1001") is None
    assert len(sealed(1_000)) == 1_000
    assert sealed(1_000).canonical() == sealed(1_000).canonical()
    assert sorted(sealed(3)) == ["W-0", "W-1", "W-2"]


@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from(["set", "drop", "change"]))))
def test_what_is_done_before_a_group_is_read_is_kept(done: list[tuple[int, str]]) -> None:
    roster, model = sealed(500), {f"W-{number}": number for number in range(500)}
    for number, what in done:
        worker_id = f"W-{number}"
        if what == "set":
            roster[worker_id] = Worker(since=-1)
            model[worker_id] = -1
        elif worker_id in model and what == "drop":
            del roster[worker_id]
            del model[worker_id]
        elif worker_id in model:
            roster[worker_id].since += 1
            model[worker_id] += 1
    again = Roster()
    again.load(roster.dump())
    for one in (roster, again):
        assert {worker_id: worker.since for worker_id, worker in one.items()} == model


def test_a_dump_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="3 groups"):
        Roster().load([memoryview(b"")] * 3)


def test_a_roster_that_has_grown_is_sealed_in_more_groups() -> None:
    roster = sealed(3)
    assert len(roster.dump()) == 1
    for number in range(2_000):
        roster[f"W-{number}"] = Worker(since=number)
    assert len(roster.dump()) == 8
    again = Roster()
    again.load(roster.dump())
    assert len(again) == 2_000
