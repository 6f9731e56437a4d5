"""A rebuild reads snapshots and as little of the log as it may."""

import asyncio
import threading

import msgspec
import pytest

from events.envelope import Record
from events.facts import ClockTicked, Fact, ModelPromoted
from events.outcomes import MatchRanked
from events.refusals import promotes
from events.topics import EVENTS, OUTCOMES, SNAPSHOTS
from matching.engine import Engine, Step
from matching.scorer import (
    RULES,
    MissingReleaseError,
    OpenScorer,
    rules_only,
)
from streams.matcher import Matcher
from streams.recovery import Interrupted, LogTruncatedError, Recovery, step_again
from tests.matching.scenario import JOB, WORKER
from tests.named_rules import NAMED, knows_both
from tests.streams.memory import MemoryTopics, expected, folded, matcher_on, outcomes
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

FACTS: list[Fact] = [
    ClockTicked(now=NOW),
    WORKER,
    JOB,
    *(ClockTicked(now=NOW + n * HOUR) for n in range(1, 9)),
]
LOG = [record_of(fact, offset) for offset, fact in enumerate(FACTS)]


def _matched(snapshot_every: int = 4) -> MemoryTopics:
    """The topics after a process has seen the whole log."""
    topics = MemoryTopics(LOG)

    async def work() -> None:
        matcher, _ = matcher_on(topics, snapshot_every=snapshot_every)
        for record in LOG:
            await matcher.process(0, [record])

    asyncio.run(work())
    return topics


def test_the_replay_starts_after_the_newest_snapshot() -> None:
    topics = _matched(snapshot_every=4)
    _, recovery = matcher_on(topics)
    rebuilt = recovery.rebuild(0, len(LOG))
    assert rebuilt.replayed == len(LOG) - 8
    assert rebuilt.engine.state_hash() == folded(LOG).state_hash()
    assert rebuilt.unsent is None


def test_only_the_newest_set_is_read() -> None:
    topics = _matched(snapshot_every=2)
    assert len(topics.all(SNAPSHOTS)) >= 2 * 4
    outcomes, log = len(topics.all(OUTCOMES)), len(LOG)
    _, recovery = matcher_on(topics)
    rebuilt = recovery.rebuild(0, log)
    assert recovery.progress == outcomes + 2 + rebuilt.replayed  # a zone, and the mark


def test_a_set_that_is_half_written_leaves_the_one_before() -> None:
    topics = _matched(snapshot_every=4)
    zone, mark = topics.all(SNAPSHOTS)[-2:]
    assert (zone.key, mark.key) == (ZONE.encode(), b"*")
    topics.publish(SNAPSHOTS, zone.value, key=zone.key, headers=zone.headers, partition=0)
    _, recovery = matcher_on(topics)
    assert recovery.rebuild(0, len(LOG)).replayed == len(LOG) - 8


@pytest.mark.parametrize("key", [ZONE, "*"])
def test_a_spoilt_snapshot_costs_a_whole_replay(key: str) -> None:
    topics = _matched()
    topics.publish(SNAPSHOTS, b"spoilt", key=key.encode(), partition=0)
    _, recovery = matcher_on(topics)
    rebuilt = recovery.rebuild(0, len(LOG))
    assert rebuilt.replayed == len(LOG)
    assert rebuilt.engine.state_hash() == folded(LOG).state_hash()


def test_a_snapshot_of_bytes_that_do_not_unpack_costs_a_whole_replay() -> None:
    topics = _matched()
    spoilt = topics.all(SNAPSHOTS)[-2]
    topics.publish(SNAPSHOTS, b"spoilt", key=spoilt.key, headers=spoilt.headers, partition=0)
    _, recovery = matcher_on(topics)
    assert recovery.rebuild(0, len(LOG)).replayed == len(LOG)


def test_lost_outcomes_are_published_again_from_the_start() -> None:
    topics = _matched()
    topics.lose(OUTCOMES, keep=1)
    matcher, recovery = matcher_on(topics)
    assert recovery.rebuild(0, len(LOG)).unsent is not None
    asyncio.run(matcher.process(0, LOG[-1:]))
    assert outcomes(topics) == expected(LOG)[0]


def test_outcomes_that_a_zombie_has_repeated_are_not_taken_for_lost() -> None:
    """More than are looked at: all was published again, and on a log cut off nothing began."""
    topics = _matched(snapshot_every=4)
    topics.cut_off(EVENTS, before=8)
    first = topics.all(OUTCOMES)[0]
    for _ in range(300):
        topics.publish(OUTCOMES, first.value, key=first.key, headers=first.headers, partition=0)
    _, recovery = matcher_on(topics)
    assert recovery.rebuild(0, len(LOG)).engine.last_offset >= 8


def test_a_log_cut_off_before_its_snapshots_is_as_good_as_whole() -> None:
    topics = _matched(snapshot_every=4)
    topics.cut_off(EVENTS, before=8)
    _, recovery = matcher_on(topics)
    assert recovery.rebuild(0, len(LOG)).engine.state_hash() == folded(LOG).state_hash()


def test_a_log_cut_off_beyond_its_snapshots_is_refused_and_no_other_market_is_begun() -> None:
    topics = _matched(snapshot_every=4)
    topics.cut_off(EVENTS, before=8)
    topics.publish(SNAPSHOTS, b"spoilt", key=b"*", partition=0)
    _, recovery = matcher_on(topics)
    with pytest.raises(LogTruncatedError, match="begins at offset 8"):
        recovery.rebuild(0, len(LOG))


def test_memory_older_than_the_log_is_refused() -> None:
    topics = _matched(snapshot_every=4)
    topics.cut_off(EVENTS, before=8)
    _, recovery = matcher_on(topics)
    with pytest.raises(LogTruncatedError, match="ends before 3"):
        recovery.catch_up(0, 3, len(LOG))


def test_an_outcome_of_somebody_else_is_passed_over() -> None:
    topics = _matched()
    topics.publish(OUTCOMES, b"{}", headers=(("ce_id", b"not-ours"),), partition=0)
    topics.publish(OUTCOMES, b"{}", headers=(("ce_id", b"\xff"),), partition=0)
    _, recovery = matcher_on(topics)
    assert recovery.rebuild(0, len(LOG)).unsent is None


def test_outcomes_repeated_late_by_a_zombie_do_not_count_as_the_newest() -> None:
    topics = _matched()
    first = topics.all(OUTCOMES)[0]
    topics.publish(OUTCOMES, first.value, headers=first.headers, partition=0)
    _, recovery = matcher_on(topics)
    assert recovery.rebuild(0, len(LOG)).unsent is None


def test_a_set_of_snapshots_longer_than_the_first_look_is_found() -> None:
    topics = _matched()
    for _ in range(100):
        mark = topics.all(SNAPSHOTS)[0]
        topics.publish(SNAPSHOTS, mark.value, key=mark.key, headers=mark.headers, partition=0)
    _, recovery = matcher_on(topics)
    # The zone's newest blob is now older than its set: not complete, however far one looks.
    assert recovery.rebuild(0, len(LOG)).replayed == len(LOG)
    sets = topics.all(SNAPSHOTS)[:4]
    for record in sets:
        topics.publish(SNAPSHOTS, record.value, key=record.key, headers=record.headers, partition=0)
    for _ in range(100):
        topics.publish(SNAPSHOTS, sets[2].value, key=b"x", headers=sets[2].headers, partition=0)
    assert recovery.rebuild(0, len(LOG)).replayed == len(LOG) - 8


def test_what_lies_between_comes_in_order_and_ends() -> None:
    topics = MemoryTopics(LOG)
    _, recovery = matcher_on(topics)
    assert recovery.catch_up(0, 3, 6).records == LOG[3:6]
    assert recovery.catch_up(0, len(LOG), len(LOG) + 5).records == []


def test_a_rebuild_ends_when_the_process_ends() -> None:
    topics = _matched()
    _, recovery = matcher_on(topics)
    recovery.stop()
    with pytest.raises(Interrupted):
        recovery.rebuild(0, len(LOG))


def test_progress_is_counted_for_the_watchdog() -> None:
    topics = MemoryTopics(LOG)
    _, recovery = matcher_on(topics)
    recovery.rebuild(0, 5)
    assert recovery.progress == 2  # it stopped at the first outcome that was not published
    assert topics.all(EVENTS) == list[Record](LOG)


def _promoted(open_scorer: OpenScorer, snapshot_every: int) -> MemoryTopics:
    """The topics after a process that opens releases so has seen a promotion, and more."""
    topics = MemoryTopics(PROMOTED)

    async def work() -> None:
        recovery = Recovery(topics.open, lambda number: Engine(number, 1, open_scorer))
        matcher = Matcher(topics, recovery, snapshot_every=snapshot_every, quarantine_after=0)
        for record in PROMOTED:
            await matcher.process(0, [record])

    asyncio.run(work())
    return topics


PROMOTED = [
    record_of(fact, offset)
    for offset, fact in enumerate((*FACTS[:2], ModelPromoted(release=NAMED), *FACTS[2:]))
]


@pytest.mark.parametrize("snapshot_every", [4, 1000])
def test_a_node_without_the_release_at_work_does_not_answer_otherwise(snapshot_every: int) -> None:
    topics = _promoted(knows_both, snapshot_every)
    _, recovery = matcher_on(topics)
    with pytest.raises(MissingReleaseError, match=r"aaaa was at work .* bring its folder back"):
        recovery.rebuild(0, len(PROMOTED))


def test_nor_does_one_that_reads_the_promotion_after_its_recovery() -> None:
    """Whoever had it at work died before the commit: the promotion is delivered once more."""
    topics = _promoted(knows_both, 1000)
    matcher, _ = matcher_on(topics)
    with pytest.raises(MissingReleaseError, match="was at work"):
        asyncio.run(matcher.process(0, PROMOTED[2:]))


@pytest.mark.parametrize("snapshot_every", [4, 1000])
def test_a_promotion_that_was_refused_is_refused_again(snapshot_every: int) -> None:
    topics = _promoted(rules_only, snapshot_every)
    _, recovery = matcher_on(topics)
    rebuilt = recovery.rebuild(0, len(PROMOTED))
    assert rebuilt.unsent is None
    assert rebuilt.engine.state_hash() == folded(PROMOTED).state_hash()


@pytest.mark.parametrize("snapshot_every", [2, 4, 1000])
def test_so_it_is_where_the_release_has_come_since(snapshot_every: int) -> None:
    """Outcomes by the rules are published: whoever reads the log again must not score otherwise."""
    topics = _promoted(rules_only, snapshot_every)
    recovery = Recovery(topics.open, lambda number: Engine(number, 1, knows_both))
    rebuilt = recovery.rebuild(0, len(PROMOTED))
    assert rebuilt.unsent is None
    assert rebuilt.engine.state_hash() == folded(PROMOTED).state_hash()
    step = rebuilt.engine.step(record_of(ModelPromoted(release=NAMED), len(PROMOTED), id="again"))
    assert step.rejection is None
    assert rebuilt.engine.markets[ZONE].state.release == NAMED


@pytest.mark.parametrize("repeated", [3000, 9000])
def test_its_refusal_is_found_behind_whatever_came_after_and_was_repeated(repeated: int) -> None:
    """Behind more than were looked at first it was taken for none."""
    topics = _promoted(rules_only, 1000)
    first, *_, last = topics.all(OUTCOMES)
    for again in (*[last] * 3000, *[first] * repeated):
        topics.publish(OUTCOMES, again.value, key=again.key, headers=again.headers, partition=0)
    recovery = Recovery(topics.open, lambda number: Engine(number, 1, knows_both))
    engine = Engine(0, 1, knows_both)
    for record in PROMOTED:
        step_again(engine, record, was_refused=recovery.was_refused(record))
    assert engine.state_hash() == folded(PROMOTED).state_hash()


def test_and_where_the_refused_promotion_is_delivered_once_more() -> None:
    topics = _promoted(rules_only, 1000)
    said = list(topics.all(OUTCOMES))
    recovery = Recovery(topics.open, lambda number: Engine(number, 1, knows_both))
    matcher = Matcher(topics, recovery, snapshot_every=1000, quarantine_after=0)
    asyncio.run(matcher.process(0, PROMOTED[2:]))
    assert topics.all(OUTCOMES) == said
    assert matcher.partitions[0].engine.state_hash() == folded(PROMOTED).state_hash()


def test_a_promotion_that_is_delivered_once_more_is_applied_where_all_is() -> None:
    """In a thread beside the loop's, whose ticker looks at deadlines while they are changed."""
    topics = _promoted(knows_both, 1000)
    threads: set[int] = set()

    class Watched(Engine):
        def step(self, record: Record, *, is_refused: bool = False) -> Step:
            if promotes(record):
                threads.add(threading.get_ident())
            return super().step(record, is_refused=is_refused)

    recovery = Recovery(topics.open, lambda number: Watched(number, 1, knows_both))
    matcher = Matcher(topics, recovery, snapshot_every=1000, quarantine_after=0)
    asyncio.run(matcher.process(0, PROMOTED[2:]))
    assert threads == {threading.get_ident()}


def test_a_zones_own_promotion_is_refused_as_it_was() -> None:
    promotion = ModelPromoted(release=NAMED, zone=ZONE)
    log = [record_of(fact, offset) for offset, fact in enumerate((*FACTS[:3], promotion))]
    lacking, having = Engine(0, 1, rules_only), Engine(0, 1, knows_both)
    for record in log[:-1]:
        assert lacking.step(record) == having.step(record)
    one, other = lacking.step(log[-1]), having.step(log[-1], is_refused=True)
    assert one.emissions == other.emissions
    assert str(one.rejection) == str(other.rejection)
    assert lacking.state_hash() == having.state_hash()
    assert having.markets[ZONE].state.release == RULES


def test_every_match_names_what_scored_it() -> None:
    """No model: rules; with one: the model; and back to the rules by one more event."""
    facts = (
        *FACTS[:3],
        ModelPromoted(release=NAMED),
        msgspec.structs.replace(JOB, job_id="J-2"),
        ModelPromoted(release=RULES),
        msgspec.structs.replace(JOB, job_id="J-3"),
    )
    engine = Engine(0, 1, knows_both)
    outcomes = [
        emission.outcome
        for offset, fact in enumerate(facts)
        for emission in engine.step(record_of(fact, offset)).emissions
    ]
    ranked = [
        one.model for one in outcomes if isinstance(one, MatchRanked) and one.subject == "job"
    ]
    assert ranked == [RULES, NAMED, RULES]
