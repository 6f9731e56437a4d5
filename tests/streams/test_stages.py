"""The stages of an event are timed, and timing changes nothing."""

import threading

import msgspec
from prometheus_client import CollectorRegistry, generate_latest

from events.envelope import Record
from events.facts import Fact
from events.topics import EVENTS
from gigmatch.figures.scraping import parsed
from matching.engine import Engine
from matching.scorer import rules_only
from streams.ages import OLDEST, Ages
from streams.quick_histogram import Buckets, QuickHistograms
from streams.stages import CANDIDATES, DECODE, RANK, RANKING, SCORE, TimedEngine, count_answers
from tests.matching.scenario import JOB, WORKER
from tests.projecting import town_log
from tests.streams.memory import MemoryTopics
from tests.worlds import record_of

STAGES = (DECODE, CANDIDATES, SCORE, RANK)


def timed(every_s: float = 0.0) -> TimedEngine:
    return TimedEngine(0, 1, rules_only, thread=threading.get_ident(), every_s=every_s)


def at(timestamp: int, fact: Fact, offset: int = 0) -> Record:
    return msgspec.structs.replace(record_of(fact, offset), timestamp=timestamp)


def counts() -> list[int]:
    return [sum(watch.counts) for watch in STAGES]


def test_a_timed_engine_says_the_same_bytes() -> None:
    events = [record for record in town_log(hours=8) if record.topic == EVENTS]
    plain, watched = Engine(0, 1, rules_only), timed()
    for record in events:
        assert watched.step(record) == plain.step(record)
    assert watched.state_hash() == plain.state_hash()


def test_a_restored_one_says_the_same_bytes_too() -> None:
    """A pool that has been loaded has methods of its own: found by the simulation, seed 22."""
    events = [record for record in town_log(hours=8) if record.topic == EVENTS]
    half = len(events) // 2
    plain, watched = Engine(0, 1, rules_only), timed()
    for record in events[:half]:
        plain.step(record)
    watched.restore(plain.snapshot())
    for record in events[half:]:
        assert watched.step(record) == plain.step(record)


def test_each_stage_is_counted_once_an_event() -> None:
    before, engine = counts(), timed()
    facts: tuple[Fact, ...] = (WORKER, JOB)
    for offset, fact in enumerate(facts):
        engine.step(record_of(fact, offset))
    engine.step(msgspec.structs.replace(record_of(JOB, 2), value=b"garbage"))
    decoded, looked, scored, ranked = (a - b for a, b in zip(counts(), before, strict=True))
    assert decoded == 3
    assert looked >= 2
    assert scored >= 1
    assert ranked >= 1
    assert all(watch.total > 0 for watch in STAGES)


def test_of_events_in_a_rush_some_are_timed() -> None:
    before, engine = counts(), timed(every_s=3600.0)
    for offset in range(3):
        engine.step(record_of(WORKER, offset))
    decoded, looked, *_ = (a - b for a, b in zip(counts(), before, strict=True))
    assert (decoded, looked) == (1, 1)


def test_who_asks_is_told_of_each_stage_of_every_event() -> None:
    told: list[tuple[str, float]] = []
    engine = TimedEngine(
        0, 1, rules_only, thread=threading.get_ident(), on_stage=lambda *one: told.append(one)
    )
    engine.step(record_of(WORKER))
    told.clear()
    engine.step(record_of(JOB, 1))
    names = [name for name, _ in told]
    assert names[:3] == ["decode", "candidates", "score"]
    assert all(took >= 0 for _, took in told)


def test_what_another_thread_rebuilds_is_not_counted() -> None:
    engine, before = timed(), counts()
    rebuild = threading.Thread(target=lambda: engine.step(record_of(WORKER)))
    rebuild.start()
    rebuild.join()
    assert engine.last_offset == 0
    assert counts() == before
    engine.step(record_of(JOB, 1))
    assert counts() > before


def test_a_posting_waits_from_its_publication_to_its_ranking() -> None:
    before, total = sum(RANKING.counts), RANKING.total
    posted = at(10_000, JOB)
    accepted = msgspec.structs.replace(posted, headers=(("ce_type", b"offer.accepted.v1"),))
    count_answers([posted, accepted], 12_500)
    assert sum(RANKING.counts) == before + 1
    assert round(RANKING.total - total, 6) == 2.5


def test_histograms_by_label_are_one_metric_of_prometheus() -> None:
    registry, watch = CollectorRegistry(), Buckets((0.1, 1.0))
    QuickHistograms("gigmatch_test_seconds", "Of a test", "stage", {"a": watch}, registry)
    for seconds in (0.05, 0.1, 0.5, 7.0):
        watch.observe(seconds)
    said = parsed(generate_latest(registry).decode())
    buckets = {dict(labels)["le"]: n for labels, n in said["gigmatch_test_seconds_bucket"].items()}
    assert buckets == {"0.1": 2.0, "1.0": 3.0, "+Inf": 4.0}
    assert said["gigmatch_test_seconds_count"][("stage", "a"),] == 4.0
    assert said["gigmatch_test_seconds_sum"][("stage", "a"),] == 7.65


def test_the_age_of_the_oldest_event_that_waits() -> None:
    topics = MemoryTopics(at(1_000 * n, WORKER, n) for n in range(5))
    ages = Ages(clock=lambda: 10.0)
    ages.look(topics, {0: 3}, {0: 5})
    assert age(0) == 7.0
    ages.look(topics, {0: 5}, {0: 5})
    assert age(0) == 0.0
    ages.look(topics, {}, {})
    assert age(0) is None


def age(partition: int) -> float | None:
    found = {
        sample.labels["partition"]: sample.value for sample in next(iter(OLDEST.collect())).samples
    }
    return found.get(str(partition))
