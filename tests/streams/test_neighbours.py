"""Thirteen stations beside one that sends only garbage: what is done for them, and when.

No clock: what a record costs is counted in calls, and what it waits for in records.
"""

import asyncio
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, Final

import msgspec
import pytest

from events.envelope import Record
from events.facts import StationQuarantined
from events.topics import DEAD_LETTERS, OUTCOMES
from matching.engine import Engine
from matching.scorer import rules_only
from streams import matcher as matchers
from tests.matching.scenario import JOB
from tests.streams.memory import MemoryTopics, expected, matcher_on, outcomes
from tests.system.matchers import town_log
from tests.town import ZONE
from tests.worlds import record_of

SAID: Final = 150
GARBAGE: Final = 10
"""So many records of the fourteenth station before each one of the others."""
BAD: Final = "99"
AFTER: Final = 100
_PYTHONS_OWN: Final = 8


@pytest.fixture(scope="module")
def alone() -> list[Record]:
    """What the thirteen say, at the places that it has beside the garbage."""
    said = town_log(days=0.1)[:SAID]
    assert len({dict(one.headers)["ce_source"] for one in said}) > 10
    places = range(GARBAGE + 1, (GARBAGE + 1) * (len(said) + 1), GARBAGE + 1)
    return [_at(place, record) for place, record in zip(places, said, strict=False)]


@pytest.fixture(scope="module")
def beside(alone: Sequence[Record]) -> list[Record]:
    """The same with the garbage."""
    good = {record.offset: record for record in alone}
    return [good.get(place) or _garbage(place) for place in range(alone[-1].offset + 1)]


def _at(place: int, record: Record) -> Record:
    return msgspec.structs.replace(record, offset=place)


def _garbage(place: int) -> Record:
    """All in order but what it says, of which there is more and more."""
    source = f"/zones/{ZONE}/stations/{BAD}"
    value = b'{"job_id": "%d", "zone": "511181", "shifts": [' % place + b"1, " * (place % 1_000)
    return msgspec.structs.replace(record_of(JOB, place, source=source), value=value)


def _quarantined() -> Engine:
    """A market that has the fourteenth station in quarantine already."""
    engine = Engine(0, 1, rules_only)
    fact = StationQuarantined(station_id=f"{ZONE}-{BAD}", refused=AFTER)
    engine.step(record_of(fact, 0, id="in"))
    return engine


class Calls:
    """Counts the calls that the interpreter makes."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, engine: Engine, record: Record) -> int:
        """How many applying a record takes."""
        self.count = 0
        sys.setprofile(self._seen)
        try:
            engine.step(record)
        finally:
            sys.setprofile(None)
        return self.count

    def _seen(self, frame: FrameType, event: str, argument: Any) -> None:
        self.count += event in ("call", "c_call")


def _work(records: Sequence[Record]) -> dict[int, int]:
    engine, calls = _quarantined(), Calls()
    return {one.offset: calls.of(engine, one) for one in records if one.offset > 0}


def test_the_thirteens_records_cost_what_they_cost_alone_and_garbage_next_to_nothing(
    alone: list[Record], beside: list[Record]
) -> None:
    """What is read costs more the more of it there is; what is not, always the same.

    A few calls are Python's own, when a cache of its is full, and none of the record.
    """
    _work(beside)  # whatever is remembered from one time to the next is by then
    undisturbed, disturbed = _work(alone), _work(beside)
    for place, calls in undisturbed.items():
        assert abs(disturbed[place] - calls) <= _PYTHONS_OWN, place
    _, *garbage = (count for place, count in disturbed.items() if place not in undisturbed)
    assert len(garbage) == GARBAGE * len(alone) - 1
    # After the first, which makes the zone's own lines.
    assert max(garbage) - min(garbage) <= _PYTHONS_OWN
    assert max(garbage) < min(undisturbed.values())


def test_each_of_the_thirteen_is_answered_in_its_turn_with_what_it_is_answered_alone(
    alone: list[Record], beside: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matcher has found out by itself; what it wrote of that comes at the end of the log."""
    monkeypatch.setattr(matchers, "BATCH_S", 60.0)  # cut by nothing but what is given
    topics, letters_at = MemoryTopics(beside), dict[int, int]()

    async def work() -> None:
        matcher, _ = matcher_on(topics, snapshot_every=10**9, quarantine_after=AFTER)
        for begin in range(0, len(beside), 500):
            batch, drains = beside[begin : begin + 500], topics.drains
            await matcher.process(0, batch)
            assert topics.drains - drains <= 2  # once for what is buried, once for the answers
            letters_at[batch[-1].offset] = len(topics.all(DEAD_LETTERS))

    asyncio.run(work())
    theirs = [one for one in topics.all(OUTCOMES) if b"event.rejected" not in _type(one)]
    answered = expected(alone)[0]
    assert [content for content in outcomes(topics) if content in set(answered)] == answered
    assert len(theirs) == len(answered)
    # After each batch exactly its garbage is buried: none was put first, none is left for later.
    good = {record.offset for record in alone}
    for end, letters in letters_at.items():
        assert letters == sum(place not in good for place in range(end + 1))


def _type(outcome: Record) -> bytes:
    return dict(outcome.headers)["ce_type"]
