"""One partition of the notifier, fed with records, without Kafka."""

from collections.abc import Sequence

import msgspec

from events.emission import Telling
from events.envelope import Record
from events.facts import ClockTicked, WorkerForgotten
from events.notifications import NotificationDue, NotificationErased, NotificationSent
from events.topics import NOTIFICATIONS, partition_of
from streams.notifier.ledger import KEEP_MS
from streams.notifier.partition import Partition
from streams.notifier.state import PartitionState
from tests.matching.scenario import JOB, WORKER
from tests.projecting import answered
from tests.streams.notifier.world import DUE, RULES
from tests.town import NOW, ZONE
from tests.worlds import record_of

LOG = answered(
    [
        record_of(ClockTicked(now=NOW), 0),
        record_of(WORKER, 1),
        record_of(JOB, 2),
        record_of(ClockTicked(now=NOW + 1_000), 3),
    ]
)


def partition(
    state: PartitionState | None = None, *, number: int = 0, partitions: int = 1, end: int = 0
) -> Partition:
    return Partition(number, partitions, state or PartitionState(), RULES, end)


def fed(one: Partition, log: Sequence[Record] = LOG, now: int = NOW) -> list[Telling]:
    for record in log:
        one.take(record)
    return list(one.announce(len(log), now))


def noted(one: Telling, offset: int) -> Record:
    return Record(
        topic=NOTIFICATIONS,
        partition=0,
        offset=offset,
        timestamp=0,
        key=one.key,
        value=one.value,
        headers=one.headers,
    )


def test_what_is_due_is_told_when_it_has_been_read_back() -> None:
    one = partition()
    (due,) = fed(one)
    assert one.plan(NOW) == []
    one.take(noted(due, 0))
    (sent,) = one.plan(NOW)
    assert isinstance(sent.message, NotificationSent)
    assert one.plan(NOW) == []
    assert one.waiting == 1
    one.take(noted(sent, 1))
    assert one.waiting == 0
    assert one.clock == NOW + 1_000


def test_nothing_is_told_before_all_that_was_there_has_been_read() -> None:
    one = partition(end=2)
    due = Telling(id="d", message=msgspec.structs.replace(DUE, channels=("page",)))
    one.take(noted(due, 0))
    assert one.left == 1
    assert one.plan(NOW) == []
    assert one.attempts(NOW) == []
    one.take(noted(due, 1))
    assert len(one.plan(NOW)) == 1


def test_a_fact_that_landed_in_a_wrong_partition_waits_for_its_own() -> None:
    partitions = 4
    wrong = (partition_of(ZONE, partitions) + 1) % partitions
    one = partition(number=wrong, partitions=partitions)
    assert fed(one, LOG) == []


def test_what_nobody_remembers_is_not_announced() -> None:
    assert fed(partition(), now=NOW + KEEP_MS + 10 * 3_600_000) == []


def test_a_kept_state_goes_on_where_it_was() -> None:
    whole, first = partition(), partition()
    expected = fed(whole)
    told = fed(first, LOG[:3])  # the worker, and what the market answers
    kept = msgspec.msgpack.encode(first.state())
    second = partition(msgspec.msgpack.decode(kept, type=PartitionState))
    told += fed(second)
    assert told == expected
    assert isinstance(told[0].message, NotificationDue)
    assert second.next_offsets == whole.next_offsets


def test_what_is_no_notification_is_passed_over() -> None:
    one = partition(end=1)
    one.take(msgspec.structs.replace(LOG[0], topic=NOTIFICATIONS, offset=0))
    assert one.left == 0
    assert one.next_offsets[NOTIFICATIONS] == 1


def test_what_an_erasure_has_left_of_a_worker_is_kept_at_once() -> None:
    """Their channels and their place were in the last state that was kept, perhaps for days."""
    one = partition()
    fed(one)
    assert not one.has_erased
    forgotten = record_of(WorkerForgotten(worker_id="W-1", zone=ZONE), 4)
    one.take(forgotten)
    assert [type(each.message) for each in one.announce(5, NOW)] == [NotificationErased]
    assert one.has_erased
