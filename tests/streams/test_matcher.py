"""The matcher's order of work, and partitions that come and go."""

import asyncio
import gc
from collections.abc import Sequence

import msgspec
import pytest

from events.emission import emission_position
from events.envelope import Record
from events.facts import ClockTicked, Fact
from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS, OUTCOMES, SNAPSHOTS, partition_of
from events.tracing import TRACEPARENT, begun, trace_of
from tests.matching.scenario import JOB, WORKER
from tests.streams.memory import (
    FOR_EVER,
    Died,
    MemoryTopics,
    expected,
    folded,
    matcher_on,
    outcomes,
)
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of


def _log(*facts: Fact, begin: int = 0) -> list[Record]:
    return [record_of(fact, begin + number) for number, fact in enumerate(facts)]


def _job(number: int) -> Fact:
    return msgspec.structs.replace(JOB, job_id=f"J-{number}")


LOG = _log(ClockTicked(now=NOW), WORKER, JOB, ClockTicked(now=NOW + HOUR), _job(2))


def _feed(topics: MemoryTopics, *batches: Sequence[Record], partitions: int = 1) -> None:
    async def feed() -> None:
        matcher, _ = matcher_on(topics, partitions)
        for batch in batches:
            await matcher.process(batch[0].partition, batch)

    asyncio.run(feed())


def test_what_is_delivered_again_is_applied_once() -> None:
    topics = MemoryTopics(LOG)
    _feed(topics, LOG[:3], LOG[1:4], LOG[2:])
    assert [r.value for r in topics.all(OUTCOMES)] == [e.value for e in _emissions(LOG)]


def test_a_gap_is_read_from_the_log() -> None:
    topics = MemoryTopics(LOG)
    _feed(topics, LOG[:1], LOG[3:])
    assert outcomes(topics) == expected(LOG)[0]


def test_offsets_without_records_are_no_loss() -> None:
    log = [*LOG[:2], *_log(JOB, ClockTicked(now=NOW + HOUR), begin=7)]
    topics = MemoryTopics(log)
    _feed(topics, log)
    assert outcomes(topics) == expected(log)[0]


def test_a_partition_that_another_process_had_meanwhile_goes_on_from_the_log() -> None:
    topics = MemoryTopics(LOG)

    async def hand_over_and_back() -> str:
        mine, _ = matcher_on(topics)
        await mine.process(0, LOG[:2])
        other, _ = matcher_on(topics)
        await other.process(0, LOG[2:4])
        await mine.process(0, LOG[4:])
        return mine.partitions[0].engine.state_hash()

    assert asyncio.run(hand_over_and_back()) == folded(LOG).state_hash()
    assert len(topics.all(OUTCOMES)) == len(outcomes(topics)) == len(expected(LOG)[0])


def test_partitions_that_are_not_kept_are_forgotten() -> None:
    async def give_away() -> None:
        topics = MemoryTopics([*LOG, *(msgspec.structs.replace(r, partition=1) for r in LOG)])
        matcher, _ = matcher_on(topics)
        await matcher.process(0, LOG)
        await matcher.process(1, [msgspec.structs.replace(r, partition=1) for r in LOG])
        matcher.keep({1, 2})
        assert set(matcher.partitions) == {1}

    asyncio.run(give_away())


def test_a_partition_given_away_during_its_rebuild_is_not_held() -> None:
    async def give_away() -> None:
        topics = MemoryTopics(LOG)
        matcher, _ = matcher_on(topics)
        working = asyncio.create_task(matcher.process(0, LOG[4:]))
        await asyncio.sleep(0)
        matcher.keep(set())
        await working
        assert matcher.partitions == {}
        assert outcomes(topics) == expected(LOG)[0]

    asyncio.run(give_away())


def test_a_partition_that_stays_is_held_though_others_move_during_its_rebuild() -> None:
    async def rebalance() -> None:
        matcher, _ = matcher_on(MemoryTopics(LOG))
        working = asyncio.create_task(matcher.process(0, LOG[4:]))
        await asyncio.sleep(0)
        matcher.keep({0, 1})
        await working
        assert set(matcher.partitions) == {0}

    asyncio.run(rebalance())


def test_a_record_in_the_wrong_partition_is_published_to_the_right_one_unchanged() -> None:
    right = partition_of(ZONE, 2)
    wrong = 1 - right
    record = record_of(JOB, 0, partition=wrong)
    topics = MemoryTopics([record])
    _feed(topics, [record], partitions=2)
    (moved,) = topics.all(EVENTS, right)
    assert (moved.key, moved.value, moved.headers) == (record.key, record.value, record.headers)
    assert topics.all(OUTCOMES, wrong) == topics.all(OUTCOMES, right) == []


def test_a_dead_letter_is_safe_before_its_outcome_is_published() -> None:
    garbage = msgspec.structs.replace(LOG[0], value=b"garbage")
    topics = MemoryTopics([garbage])
    topics.lives = 1  # the letter is published, the wait for it fails
    with pytest.raises(Died):
        _feed(topics, [garbage])
    assert len(topics.all(DEAD_LETTERS)) == 1
    assert topics.all(OUTCOMES) == []


def test_a_snapshot_is_taken_only_after_the_outcomes_are_delivered() -> None:
    topics = MemoryTopics(LOG)
    topics.lives = len(_emissions(LOG))  # all are published, the wait for them fails
    with pytest.raises(Died):
        asyncio.run(_with_snapshots(topics))
    assert topics.all(SNAPSHOTS) == []
    topics = MemoryTopics(LOG)
    asyncio.run(_with_snapshots(topics))
    assert [record.key for record in topics.all(SNAPSHOTS)] == [ZONE.encode(), b"*"]


async def _with_snapshots(topics: MemoryTopics) -> None:
    matcher, _ = matcher_on(topics, snapshot_every=len(LOG))
    await matcher.process(0, LOG)


def _emissions(log: Sequence[Record]) -> list[Record]:
    topics = MemoryTopics(log)
    _feed(topics, log)
    return topics.all(OUTCOMES)


def test_what_was_refused_is_not_kept_in_memory() -> None:
    """Its traceback knew the frame that held the batch, and the batch knew the rejection."""
    log = [msgspec.structs.replace(record_of(JOB, n), value=b"?") for n in range(50)]
    topics = MemoryTopics(log)
    gc.collect()
    before = _rejections()
    _feed(topics, log)
    gc.collect()
    assert len(topics.all(DEAD_LETTERS)) == len(log)
    assert _rejections() == before


def _rejections() -> int:
    return sum(isinstance(one, Rejection) for one in gc.get_objects())


def _traced(log: Sequence[Record]) -> list[Record]:
    return [
        msgspec.structs.replace(r, headers=(*r.headers, *begun("/tests", f"{r.offset}").headers))
        for r in log
    ]


def test_outcomes_stay_in_the_trace_of_their_cause_and_nobody_else_is_given_one() -> None:
    log = [*LOG[:2], *_traced(LOG[2:3]), *LOG[3:]]
    topics = MemoryTopics(log)
    _feed(topics, log)
    for outcome in topics.all(OUTCOMES):
        headers = dict(outcome.headers)
        id = headers["ce_id"].decode()
        follows = begun("/tests", "2").then(id) if emission_position(id)[0] == 2 else None
        assert trace_of(outcome.headers) == follows
    assert len({trace_of(outcome.headers) for outcome in topics.all(OUTCOMES)}) > 2


def test_a_matcher_that_died_anywhere_leaves_the_traces_of_one_that_did_not() -> None:
    log = _traced(LOG)
    whole = MemoryTopics(log)
    _feed(whole, log)
    for lives in range(len(whole.all(OUTCOMES))):
        topics = MemoryTopics(log)
        topics.lives = lives
        with pytest.raises(Died):
            _feed(topics, log)
        topics.lives = FOR_EVER
        _feed(topics, log)
        sent = {dict(r.headers)["ce_id"]: r.headers for r in topics.all(OUTCOMES)}
        assert list(sent.values()) == [r.headers for r in whole.all(OUTCOMES)]


@pytest.mark.parametrize("value", [b"", b"\xff", b"00-zz", b"1" * 5_000])
def test_a_trace_that_is_none_hinders_no_match(value: bytes) -> None:
    log = [msgspec.structs.replace(r, headers=(*r.headers, (TRACEPARENT, value))) for r in LOG]
    topics = MemoryTopics(log)
    _feed(topics, log)
    assert outcomes(topics) == expected(LOG)[0]
