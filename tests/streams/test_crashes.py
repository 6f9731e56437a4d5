"""Whatever the moment of death, the next process goes on as if nothing had happened."""

import asyncio

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import Record
from events.topics import EVENTS, OUTCOMES, SNAPSHOTS
from tests.streams.memory import FOR_EVER, MemoryTopics, buried, expected, folded, outcomes, run
from tests.town import ZONE
from tests.worlds import worlds

OTHER_ZONE = "511102"
GARBAGE = Record(topic=EVENTS, partition=0, offset=0, timestamp=7, key=None, value=b"\xff\x00")


@st.composite
def logs(draw: st.DrawFn) -> list[Record]:
    """Two zones' worlds, garbage here and there, and offsets without records between."""
    one, other = draw(worlds(max_size=15)), draw(worlds(OTHER_ZONE, max_size=8))
    mixed = [*one, *other]
    order = draw(st.permutations(range(len(mixed))))
    left = {True: iter(one), False: iter(other)}
    found: list[Record] = []
    offset = 0
    for place in order:
        record = next(left[place < len(one)])
        found.append(msgspec.structs.replace(record, offset=offset))
        offset += 1 + draw(st.sampled_from((0, 0, 0, 0, 1, 2)))
        if draw(st.integers(0, 7)) == 0:
            found.append(msgspec.structs.replace(GARBAGE, offset=offset))
            offset += 1
    return found


WHOLE = 1_000
SHARES = st.integers(0, WHOLE)
"""What is drawn must not depend on how far a process came: snapshots are written by a thread."""


@settings(max_examples=60)
@given(log=logs(), snapshot_every=st.sampled_from((2, 5, 1000)), data=st.data())
def test_any_deaths_leave_the_outcomes_of_an_undisturbed_process(
    log: list[Record], snapshot_every: int, data: st.DataObject
) -> None:
    topics = MemoryTopics(log)
    end = log[-1].offset + 1
    committed = 0
    for _ in range(data.draw(st.integers(1, 4), label="deaths")):
        topics.lives = data.draw(st.integers(0, 60), label="lives")
        chunks = _chunks(data, committed, end)
        _, reached = asyncio.run(run(topics, chunks, snapshot_every=snapshot_every))
        # What was acked is committed a little later, or never; the last record always comes again.
        committed = data.draw(st.sampled_from((min(reached, end - 1), committed)), label="commit")
        _harm(topics, data)
    topics.lives = FOR_EVER
    matcher, _ = asyncio.run(
        run(topics, _chunks(data, committed, end), snapshot_every=snapshot_every)
    )

    expected_outcomes, expected_buried = expected(log)
    assert sorted(outcomes(topics)) == sorted(expected_outcomes)
    assert buried(topics) == expected_buried
    assert matcher.partitions[0].engine.state_hash() == folded(log).state_hash()


def _harm(topics: MemoryTopics, data: st.DataObject) -> None:
    """What else happens to topics: spoilt and lost snapshots, lost outcomes."""
    harms = ("none", "none", "none", "spoil", "lose a snapshot", "lose outcomes")
    match data.draw(st.sampled_from(harms), label="harm"):
        case "spoil":
            zone = data.draw(st.sampled_from((ZONE, "*")))
            topics.publish_free(SNAPSHOTS, b"spoilt", key=zone.encode())
        case "lose a snapshot":
            count = len(topics.all(SNAPSHOTS))
            topics.lose_one(SNAPSHOTS, _part_of(max(0, count - 1), data.draw(SHARES)))
        case "lose outcomes":
            count = len(topics.all(OUTCOMES))
            topics.lose(OUTCOMES, keep=_part_of(count, data.draw(SHARES)))


def _chunks(data: st.DataObject, begin: int, end: int) -> list[int]:
    cuts = data.draw(st.lists(SHARES, max_size=5), label="chunks")
    return [begin, *sorted(begin + _part_of(end - begin, share) for share in cuts), end]


def _part_of(count: int, share: int) -> int:
    return round(count * share / WHOLE)
