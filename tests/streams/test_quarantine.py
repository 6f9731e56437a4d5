"""A station that sends only garbage is refused unread; the others notice nothing."""

import asyncio
from collections.abc import Iterable

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import Record
from events.facts import ClockTicked, Fact, StationQuarantined, StationReleased
from events.topics import DEAD_LETTERS, EVENTS
from gigmatch.fold import bytes_of
from matching.engine import Step
from streams.dead_letters import opened
from streams.quarantine import MOST_QUARANTINED, MOST_SUSPECTS, WINDOW_S, Quarantine
from tests.matching.scenario import JOB
from tests.streams.memory import MemoryTopics, buried, expected, folded, matcher_on, outcomes
from tests.town import NOW, ZONE
from tests.worlds import record_of, worlds

AFTER = 20
BAD_SOURCE = f"/zones/{ZONE}/stations/09"
BAD = f"{ZONE}-09"
BAD_JOB = msgspec.structs.replace(JOB, station_id=BAD)


def garbage(offset: int, *, source: str = BAD_SOURCE, structured: bool = False) -> Record:
    record = record_of(JOB, offset, source=source, structured=structured)
    return msgspec.structs.replace(record, value=b"\xff%d" % offset)


def in_order(records: Iterable[Record]) -> list[Record]:
    return [msgspec.structs.replace(record, offset=n) for n, record in enumerate(records)]


def run(topics: MemoryTopics) -> MemoryTopics:
    """A matcher reads all that comes, what it writes itself included."""

    async def work() -> None:
        matcher, _ = matcher_on(topics, quarantine_after=AFTER)
        position = 0
        while batch := topics.all(EVENTS)[position:]:
            await matcher.process(0, batch)
            position += len(batch)

    asyncio.run(work())
    return topics


def codes(topics: MemoryTopics) -> list[str]:
    return [opened(letter).code for letter in topics.all(DEAD_LETTERS)]


def _written(topics: MemoryTopics) -> list[str]:
    return [
        dict(r.headers)["ce_type"].decode()
        for r in topics.all(EVENTS)
        if dict(r.headers).get("ce_source") == b"/matcher"
    ]


def test_garbage_by_the_hundred_puts_its_station_into_quarantine_and_no_other() -> None:
    log = in_order([record_of(ClockTicked(now=NOW)), *map(garbage, range(3 * AFTER))])
    topics = run(MemoryTopics(log))
    assert _written(topics) == ["station.quarantined.v1"]
    held = record_of(BAD_JOB)
    for record in (held, record_of(JOB)):
        topics.publish(EVENTS, record.value, key=record.key, headers=record.headers, partition=0)
    run(topics)
    last = opened(topics.all(DEAD_LETTERS)[-1])
    assert (last.code, last.record.value) == ("quarantined", held.value)
    assert len(set(buried(topics))) == 3 * AFTER + 1
    assert sum(b"match.ranked" in text for text in outcomes(topics)) == 1


def test_a_station_of_which_a_tenth_is_taken_is_left_alone() -> None:
    mixed: list[Record] = []
    for number in range(4 * AFTER):
        job = msgspec.structs.replace(BAD_JOB, job_id=f"J-{number}")
        mixed += [garbage(0)] * 5
        mixed.append(record_of(job, id=f"j-{number}"))
    topics = run(MemoryTopics(in_order(mixed)))
    assert _written(topics) == []


def test_what_the_market_refuses_is_no_garbage() -> None:
    """A station that was cut off says much that is over: it is read, and answered."""
    late = StationReleased(station_id=BAD)
    stale = [
        record_of(msgspec.structs.replace(BAD_JOB, expires_at=NOW - 1), id=f"{n}")
        for n in range(2 * AFTER)
    ]
    topics = run(MemoryTopics(in_order([record_of(ClockTicked(now=NOW)), record_of(late), *stale])))
    assert _written(topics) == []


def test_a_release_is_an_event_and_what_was_held_back_can_be_sent_again() -> None:
    held = record_of(BAD_JOB, id="held")
    log = in_order(
        [
            record_of(StationQuarantined(station_id=BAD, refused=AFTER), id="in"),
            held,
            record_of(StationReleased(station_id=BAD), id="out"),
            held,
        ]
    )
    topics = run(MemoryTopics(log))
    (letter,) = map(opened, topics.all(DEAD_LETTERS))
    assert (letter.code, letter.origin) == ("quarantined", "market.events/0/1")
    assert letter.record.value == held.value
    assert [dict(r.headers)["ce_type"] for r in topics.all("market.outcomes")][:2] == [
        b"event.rejected.v1",
        b"match.ranked.v1",
    ]


def test_in_structured_mode_the_envelope_names_the_station() -> None:
    quarantined = record_of(StationQuarantined(station_id=BAD))
    log = in_order([quarantined, record_of(BAD_JOB, structured=True)])
    assert codes(run(MemoryTopics(log))) == ["quarantined"]


@settings(max_examples=40)
@given(world=worlds(max_size=25), data=st.data())
def test_any_quarantine_is_replayed_the_same_from_any_snapshot(
    world: tuple[Record, ...], data: st.DataObject
) -> None:
    ends: list[Fact] = [
        StationQuarantined(station_id=f"{ZONE}-05"),
        StationReleased(station_id=f"{ZONE}-05"),
    ]
    mixed = list(world)
    for fact in data.draw(st.lists(st.sampled_from(ends), min_size=1, max_size=4)):
        at = data.draw(st.integers(0, len(mixed)))
        mixed.insert(at, record_of(fact, id=f"{fact.TYPE}-{len(mixed)}", source="/matcher"))
    log = in_order(mixed)
    cut = data.draw(st.integers(0, len(log)))
    straight = folded(log[:cut])
    restored = folded([])
    restored.restore(straight.snapshot())
    for record in log[cut:]:
        assert _bytes(restored.step(record)) == _bytes(straight.step(record))
    assert restored.state_hash() == straight.state_hash()
    topics = run(MemoryTopics(log))
    assert outcomes(topics) == expected(log)[0]
    assert buried(topics) == expected(log)[1]


def _bytes(step: Step) -> list[bytes]:
    return [bytes_of(emission) for emission in step.emissions]


def test_counts_begin_again_after_a_minute() -> None:
    now = [0.0]
    topics = MemoryTopics()
    quarantine = Quarantine(topics, after=AFTER, clock=lambda: now[0])
    for number in range(3 * AFTER):
        now[0] += 2 * WINDOW_S / AFTER
        quarantine.look(0, [(garbage(number), Step(malformed=True))], ())
    assert topics.all(EVENTS) == []


def _block(names: Iterable[str], times: int = 2) -> list[tuple[Record, Step]]:
    sources = [f"/zones/{ZONE}/stations/{name}" for name in names for _ in range(times)]
    return [
        (garbage(offset, source=source), Step(malformed=True))
        for offset, source in enumerate(sources)
    ]


def test_a_block_of_more_names_than_there_is_room_for_fills_it_and_no_more() -> None:
    topics, now = MemoryTopics(), [0.0]
    quarantine = Quarantine(topics, after=2, clock=lambda: now[0])
    known = {f"{ZONE}-k{n}" for n in range(MOST_QUARANTINED - 3)}
    quarantine.look(0, _block(f"x{n}" for n in range(20)), known)
    for _ in range(3):  # the log is long: minutes pass until it names those
        now[0] += 2 * WINDOW_S
        quarantine.look(0, _block(f"y{n}" for n in range(20)), known)
    named = {record.value for record in topics.all(EVENTS)}
    assert len(named) == len(topics.all(EVENTS)) == 3
    known |= {f"{ZONE}-x{n}" for n in range(3)}
    now[0] += 2 * WINDOW_S
    quarantine.look(0, _block(["z"]), known)
    assert len(topics.all(EVENTS)) == 3
    known.pop()
    now[0] += 2 * WINDOW_S
    quarantine.look(0, _block(["z"]), known)
    assert len(topics.all(EVENTS)) == 4


def test_whoever_gave_a_partition_away_does_not_wait_for_what_its_log_says() -> None:
    topics = MemoryTopics()
    quarantine = Quarantine(topics, after=2, clock=lambda: 0.0)
    known = {f"{ZONE}-k{n}" for n in range(MOST_QUARANTINED - 1)}
    quarantine.look(0, _block(["x"]), known)
    quarantine.keep({1})
    quarantine.look(0, _block(["y"]), known)
    assert len(topics.all(EVENTS)) == 2


def test_one_block_of_many_refusals_accuses_once_and_counts_them_rightly() -> None:
    topics = MemoryTopics()
    quarantine = Quarantine(topics, after=AFTER, clock=lambda: 0.0)
    quarantine.look(0, _block(["09"], times=50 * AFTER), ())
    (said,) = topics.all(EVENTS)
    assert msgspec.json.decode(said.value or b"")["refused"] == AFTER


def test_made_up_names_cost_no_memory_and_put_nobody_into_quarantine() -> None:
    topics = MemoryTopics()
    quarantine = Quarantine(topics, after=2, clock=lambda: 0.0)
    names = [f"/zones/{ZONE}/stations/x{n}" for n in range(2 * MOST_SUSPECTS)]
    steps = [(garbage(n, source=name), Step(malformed=True)) for n, name in enumerate(names)]
    quarantine.look(0, steps, ())
    assert len(quarantine._suspects) == MOST_SUSPECTS
    markets = [garbage(n, source=f"/zones/{ZONE}/market") for n in range(AFTER)]
    quarantine.look(0, [(record, Step(malformed=True)) for record in markets], ())
    assert topics.all(EVENTS) == []
