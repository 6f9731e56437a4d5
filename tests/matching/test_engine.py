"""One partition: rejections, reroutes, ticks for all, snapshots, and never an exception."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.emission import emission_position
from events.envelope import Record
from events.facts import ClockTicked, ModelPromoted, OfferDeclined, PolicyChanged
from events.notices import AnyFact, BookingRequested, VisitorAnnounced, market_source
from events.outcomes import EventRejected, OfferMade
from events.topics import partition_of
from events.values import Policy
from matching.engine import NOTHING, Engine, Step
from matching.scorer import rules_only
from matching.snapshots import SnapshotError
from tests.matching.scenario import JOB, WORKER
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of, worlds


def engine() -> Engine:
    return Engine(0, 1, rules_only)


@given(
    st.binary(max_size=200) | st.none(),
    st.binary(max_size=8) | st.none(),
    st.lists(
        st.tuples(
            st.sampled_from(("ce_type", "ce_id", "content-type", "x")), st.binary(max_size=20)
        )
    ),
)
def test_no_bytes_raise(
    value: bytes | None, key: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    record = Record(
        topic="market.events",
        partition=0,
        offset=0,
        timestamp=NOW,
        key=key,
        value=value,
        headers=tuple(headers),
    )
    step = engine().step(record)
    assert step.rejection is not None
    assert isinstance(step.emissions[0].outcome, EventRejected)


@given(worlds(max_size=25), st.integers(0, 25))
def test_a_replay_from_any_snapshot_gives_the_same_bytes(log: tuple[Record, ...], cut: int) -> None:
    straight, stopped = engine(), engine()
    expected = [[e.value for e in straight.step(record).emissions] for record in log]
    found = [[e.value for e in stopped.step(record).emissions] for record in log[:cut]]
    restored = engine()
    restored.restore(stopped.snapshot())
    assert restored.replay_from() == min(cut, len(log))
    found += [[e.value for e in restored.step(record).emissions] for record in log[cut:]]
    assert found == expected
    assert restored.state_hash() == straight.state_hash()


def test_a_station_cannot_enter_another_zone() -> None:
    """Whoever may write to the topic could post jobs in every county as their own station."""
    running = engine()
    forged = record_of(JOB, 0, source="/zones/511102/stations/05")
    step = running.step(forged)
    assert step.rejection is not None
    assert step.rejection.code == "source_is_other_zone"
    (emission,) = step.emissions
    assert isinstance(emission.outcome, EventRejected)
    assert (emission.outcome.zone, emission.outcome.field) == (ZONE, "ce_source")
    assert running.markets == {}
    other = record_of(JOB, 1, source=f"/zones/{ZONE}/stations/06")
    rejection = running.step(other).rejection
    assert rejection is not None
    assert rejection.code == "source_is_other_station"


def test_a_zone_of_another_partition_is_sent_on() -> None:
    owner = partition_of(ZONE, 4)
    for partition in range(4):
        step = Engine(partition, 4, rules_only).step(record_of(JOB, 0))
        assert step.reroute == (None if partition == owner else owner)
        assert bool(step.emissions) == (partition == owner)


def test_a_tick_reaches_every_zone_and_a_new_zone_starts_with_the_clock() -> None:
    running = engine()
    running.step(record_of(JOB, 0))
    running.step(record_of(ClockTicked(now=NOW), 1))
    running.step(record_of(PolicyChanged(policy=Policy(ranking_size=1)), 2))
    other = WORKER.__class__(
        **{name: getattr(WORKER, name) for name in WORKER.__struct_fields__} | {"zone": "511102"}
    )
    running.step(record_of(other, 3))
    assert {zone: market.state.now for zone, market in running.markets.items()} == {
        ZONE: NOW,
        "511102": NOW,
    }
    assert running.markets["511102"].state.policy.ranking_size == 1


def test_a_late_repetition_for_all_zones_brings_nothing_back() -> None:
    running = engine()
    running.step(record_of(JOB, 0))
    old, new = PolicyChanged(policy=Policy(ranking_size=1)), PolicyChanged(policy=Policy())
    running.step(record_of(old, 1, id="old"))
    running.step(record_of(new, 2, id="new"))
    restored = engine()
    restored.restore(running.snapshot())
    for one in (running, restored):
        one.step(record_of(old, 3, id="old"))
        assert one.markets[ZONE].state.policy == Policy()
        assert one.snapshot()["*"] == running.snapshot()["*"]
    assert restored.state_hash() == running.state_hash()


def test_an_unknown_model_is_refused_and_the_old_one_stays() -> None:
    running = engine()
    running.step(record_of(JOB, 0))
    step = running.step(record_of(ModelPromoted(release="sha256:" + "0" * 64), 1))
    assert step.rejection is not None
    assert step.rejection.code == "unknown_release"
    assert running.markets[ZONE].state.release == "rules:v1"


def test_the_next_deadline_is_when_a_tick_would_end_something() -> None:
    running = engine()
    assert running.next_deadline() is None
    running.step(record_of(ClockTicked(now=NOW), 0))
    running.step(record_of(WORKER, 1))
    assert running.next_deadline() == WORKER.windows[0].end
    running.step(record_of(JOB, 2))
    assert running.next_deadline() == NOW + Policy().tier_ms
    running.step(record_of(ClockTicked(now=NOW + Policy().tier_ms), 3))
    assert running.next_deadline() == NOW + 2 * Policy().tier_ms
    step = running.step(record_of(ClockTicked(now=NOW + HOUR), 4))
    assert [emission.outcome.TYPE for emission in step.emissions][:1] == ["offer.expired"]


@pytest.mark.parametrize("spoil", [b"", b"GMS1", b"x" * 100])
def test_a_spoilt_snapshot_is_refused_and_leaves_an_empty_engine(spoil: bytes) -> None:
    running = engine()
    running.step(record_of(JOB, 0))
    blobs = running.snapshot()
    again = engine()
    with pytest.raises(SnapshotError):
        again.restore({**blobs, ZONE: spoil + blobs[ZONE][len(spoil) + 40 :]})
    with pytest.raises(SnapshotError):
        again.restore({ZONE: blobs[ZONE]})
    assert again.replay_from() == 0
    assert again.markets == {}


def test_outcome_ids_and_times_come_from_the_cause() -> None:
    step = engine().step(record_of(JOB, 7, time=NOW + 5))
    (ranked, _) = step.emissions
    assert ranked.id == f"{ZONE}-7-0"
    assert ranked.time == NOW + 5
    assert ranked.key == ZONE.encode()
    assert ranked.outcome.cause.offset == 7


def test_what_is_refused_elsewhere_has_no_id_of_the_zones_own_partition() -> None:
    garbage = record_of(ClockTicked(now=NOW), 5)
    ids = set()
    for partition in range(4):
        record = msgspec.structs.replace(garbage, partition=partition, value=b"\xff")
        for key in (ZONE.encode(), None):
            keyed = msgspec.structs.replace(record, key=key)
            (refused,) = Engine(partition, 4, rules_only).step(keyed).emissions
            assert emission_position(refused.id)[0] == 5
            ids.add(refused.id)
    assert len(ids) == 8
    assert f"{ZONE}-5-0" in ids


def test_what_is_refused_makes_no_market() -> None:
    """Any six digits were a market for ever, in memory, in snapshots and at every tick."""
    running = engine()
    running.step(record_of(ClockTicked(now=NOW), 0))
    for zone in range(100_000, 100_050):
        nobody = OfferDeclined(offer_id="O-1", worker_id="W-1", zone=str(zone))
        assert running.step(record_of(nobody, zone)).rejection is not None
    assert running.markets == {}


NOWHERE = "999999"


def visitor(version: int, *, looks: bool = True, until: int = NOW + 5 * HOUR) -> VisitorAnnounced:
    """The usual worker is announced in a zone that nobody has spoken for."""
    available = msgspec.structs.replace(WORKER, other_zones=(NOWHERE,), valid_until=until)
    return VisitorAnnounced(
        worker_id="W-1",
        zone=NOWHERE,
        from_zone=ZONE,
        version=version,
        since=NOW,
        available=available if looks else None,
        valid_until=until if looks else None,
    )


def heard(running: Engine, offset: int, fact: AnyFact) -> Step:
    is_notice = isinstance(fact, VisitorAnnounced | BookingRequested)
    source = market_source(ZONE) if is_notice else None
    return running.step(record_of(fact, offset, source=source))


@pytest.mark.parametrize("withdrawn", [True, False])
def test_a_market_for_visitors_alone_goes_with_the_last_of_them(withdrawn: bool) -> None:
    """A zone that a slip of the pen had named was a market for ever, in every snapshot."""
    running = engine()
    heard(running, 0, ClockTicked(now=NOW))
    heard(running, 1, visitor(1))
    assert list(running.markets) == [NOWHERE]
    if withdrawn:
        heard(running, 2, visitor(2, looks=False))
    running.restore(running.snapshot())
    heard(running, 3, ClockTicked(now=NOW + (2 if withdrawn else 6) * HOUR))
    assert running.markets == {}
    assert running.next_deadline() is None
    fresh = engine()
    heard(fresh, 0, ClockTicked(now=running.now))
    fresh.last_offset = running.last_offset
    assert list(fresh.snapshot()) == list(running.snapshot())


def test_what_was_told_to_a_market_that_ended_is_not_news_to_the_next() -> None:
    """Somebody who had gone was a visitor again, and was offered work."""
    running = engine()
    heard(running, 0, ClockTicked(now=NOW))
    first = record_of(visitor(1), 1, id="told", source=market_source(ZONE))
    running.step(first)
    heard(running, 2, visitor(2, looks=False))
    heard(running, 3, ClockTicked(now=NOW + 2 * HOUR))
    assert running.markets == {}
    here = msgspec.structs.replace(WORKER, worker_id="W-2", other_zones=(NOWHERE,))
    heard(running, 4, msgspec.structs.replace(visitor(4), worker_id="W-2", available=here))
    running.restore(running.snapshot())
    assert running.step(msgspec.structs.replace(first, offset=5)) == NOTHING
    assert running.markets[NOWHERE].state.visitors == ["W-2"]


def test_a_market_that_opens_later_knows_who_has_been_announced() -> None:
    running = engine()
    heard(running, 0, ClockTicked(now=NOW))
    heard(running, 1, visitor(1, until=NOW + 48 * HOUR))
    heard(running, 2, ClockTicked(now=NOW + 2 * HOUR))
    step = heard(running, 3, msgspec.structs.replace(JOB, zone=NOWHERE, station_id=f"{NOWHERE}-05"))
    offers = [one.outcome for one in step.emissions if isinstance(one.outcome, OfferMade)]
    assert [offer.worker_id for offer in offers] == ["W-1"]
    heard(running, 4, ClockTicked(now=NOW + 100 * HOUR))
    assert list(running.markets) == [NOWHERE]  # somebody of its own has spoken


def test_what_is_asked_of_a_zone_without_a_market_is_answered_and_makes_none() -> None:
    running = engine()
    heard(running, 0, ClockTicked(now=NOW))
    asked = BookingRequested(
        worker_id="W-1", zone=NOWHERE, from_zone=ZONE, offer_id="O-1", job=JOB, places=1
    )
    step = heard(running, 1, asked)
    denied = [one.notice.denied for one in step.sendings]  # type: ignore[union-attr]
    assert denied == ["unavailable"]
    heard(running, 2, visitor(1, looks=False))
    assert running.markets == {}
