"""Whatever the moment of death, the next process goes on as if nothing had happened."""

import asyncio

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import Record
from events.topics import EVENTS, SNAPSHOTS
from tests.streams.memory import FOR_EVER, MemoryTopics, buried, expected, folded, outcomes, run
from tests.worlds import worlds

GARBAGE = Record(topic=EVENTS, partition=0, offset=0, timestamp=7, key=None, value=b"\xff\x00")


@st.composite
def logs(draw: st.DrawFn) -> list[Record]:
    """A world with garbage here and there and, as after transactions, offsets without records."""
    offset = 0
    found: list[Record] = []
    for record in draw(worlds(min_size=3, max_size=25)):
        found.append(msgspec.structs.replace(record, offset=offset))
        offset += 1 + draw(st.sampled_from((0, 0, 0, 0, 1, 2)))
        if draw(st.integers(0, 7)) == 0:
            found.append(msgspec.structs.replace(GARBAGE, offset=offset))
            offset += 1
    return found


@settings(max_examples=150)
@given(log=logs(), snapshot_every=st.sampled_from((2, 5, 1000)), data=st.data())
def test_any_deaths_leave_the_outcomes_of_an_undisturbed_process(
    log: list[Record], snapshot_every: int, data: st.DataObject
) -> None:
    topics = MemoryTopics(log)
    end = log[-1].offset + 1
    committed = 0
    for _ in range(data.draw(st.integers(0, 4), label="deaths")):
        topics.lives = data.draw(st.integers(0, 60), label="lives")
        chunks = _chunks(data, committed, end)
        _, reached = asyncio.run(run(topics, chunks, snapshot_every=snapshot_every))
        # What was acked is committed a little later, or never.
        committed = data.draw(st.sampled_from((reached, committed)), label="committed")
        if data.draw(st.integers(0, 5), label="spoil") == 0:
            topics.publish_free(SNAPSHOTS, b"spoilt", key=b"511181")
    topics.lives = FOR_EVER
    matcher, _ = asyncio.run(
        run(topics, _chunks(data, committed, end), snapshot_every=snapshot_every)
    )

    expected_outcomes, expected_buried = expected(log)
    assert outcomes(topics) == expected_outcomes
    assert buried(topics) == expected_buried
    if committed < end:
        assert matcher.partitions[0].engine.state_hash() == folded(log).state_hash()


def _chunks(data: st.DataObject, begin: int, end: int) -> list[int]:
    cuts = data.draw(st.lists(st.integers(begin, end), max_size=5), label="chunks")
    return [begin, *sorted(cuts), end]
