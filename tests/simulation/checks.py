"""What must hold of a world that has come to rest, whatever happened to it.

The reference is made by the same cores without any of the surroundings: one fold of each
partition's log, one projection and one announcement of it, undisturbed.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from fakeredis import FakeRedis, FakeServer

from events.codec import decode, decode_notification
from events.emission import Emission, Sending
from events.envelope import Record
from events.notifications import (
    AnyNotification,
    NotificationCancelled,
    NotificationDropped,
    NotificationDue,
    NotificationErased,
    NotificationSent,
)
from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS, NOTIFICATIONS, OUTCOMES, partition_of
from gigmatch.fold import bytes_of
from gigmatch.logread import LogReader
from gigmatch.settings import Settings
from matching.engine import Engine
from matching.invariants.inspector import Inspector
from matching.invariants.inspector import Violation as BrokenRule
from matching.scorer import rules_only
from streams.notifier.partition import Partition
from streams.notifier.rules import SHOWN
from streams.notifier.state import PartitionState
from streams.projector import Projector
from streams.recovery import Recovery
from tests.projecting import dump_of
from tests.simulation import town
from tests.simulation.broker import PARTITIONS
from tests.simulation.process import Process
from tests.simulation.processes import BROKER, RULES
from tests.town import NOW

if TYPE_CHECKING:
    from tests.simulation.world import World

_TIME_TO_TELL_MS = 600_000
"""So long before its end a notification must be told when nothing goes wrong any more."""
_ALL = 10_000


class Violation(AssertionError):
    """A promise is broken; `promise` names which."""

    def __init__(self, promise: str, how: str) -> None:
        super().__init__(f"{promise}: {how}")
        self.promise = promise


class Undisturbed:
    """One partition's log, folded once from its beginning by one process."""

    def __init__(self, number: int, log: Sequence[Record]) -> None:
        self.engine = Engine(number, PARTITIONS, rules_only)
        self.emissions: list[Emission] = []
        self.sendings: list[Sending] = []
        self.rerouted: list[tuple[int, Record]] = []
        self.refused: dict[str, Record] = {}
        inspector = Inspector(self.engine, sweep_every=len(log) + 1)
        for record in log:
            step = self.engine.step(record)
            self.emissions += step.emissions
            self.sendings += step.sendings
            if step.rejection is not None:
                self.refused[record.origin] = record
            if step.reroute is not None:
                self.rerouted.append((step.reroute, record))
            _inspect(inspector, record, step)
        inspector.finish()


def check(world: "World") -> None:
    """Raise Violation for the first promise that is broken."""
    logs = [world.around.broker.all(EVENTS, number) for number in range(PARTITIONS)]
    undisturbed = []
    for number, log in enumerate(logs):
        try:
            undisturbed.append(Undisturbed(number, log))
        except BrokenRule as error:
            raise Violation("the markets' rules hold", str(error)) from error
    _nothing_is_lost(world, logs)
    for number, (log, reference) in enumerate(zip(logs, undisturbed, strict=True)):
        _outcomes_are_those_of_one_fold(world, number, reference)
        _repetitions_change_nothing(log, number, reference)
        _refusals_are_dead_letters(world, number, reference)
        _markets_are_those_of_one_fold(world, number, reference)
    _what_is_sent_on_arrives(undisturbed, logs)
    _read_model_is_that_of_a_rebuild(world)
    _people_are_told(world)


def _inspect(inspector: Inspector, record: Record, step: object) -> None:
    inspector.inspect(record, step)  # type: ignore[arg-type]


def _nothing_is_lost(world: "World", logs: Sequence[Sequence[Record]]) -> None:
    """Every fact that a station has kept is in the log, and they came in their order."""
    for station in town.STATIONS:
        log = logs[partition_of(station.zone, PARTITIONS)]
        came = _first_ids(log, station.source)
        accepted = world.accepted[station.source]
        if came != accepted:
            missing = [id for id in accepted if id not in came]
            raise Violation(
                "nothing is lost and order is kept",
                f"{station.name} kept {accepted}, the log has {came}, missing {missing}",
            )


def _outcomes_are_those_of_one_fold(world: "World", number: int, fold: Undisturbed) -> None:
    found: dict[str, bytes] = {}
    for record in world.around.broker.all(OUTCOMES, number):
        id = dict(record.headers)["ce_id"].decode()
        content = _content(record)
        if found.setdefault(id, content) != content:
            raise Violation("a repeated outcome repeats its bytes", id)
    expected = {emission.id: bytes_of(emission) for emission in fold.emissions}
    if list(found) != list(expected) or found != expected:
        missing = [id for id in expected if id not in found]
        more = [id for id in found if id not in expected]
        other = [id for id in expected if id in found and found[id] != expected[id]]
        raise Violation(
            "outcomes are those of an undisturbed fold",
            f"partition {number}: missing {missing}, beyond it {more}, different {other}",
        )


def _repetitions_change_nothing(log: Sequence[Record], number: int, fold: Undisturbed) -> None:
    """Leave out of the log what repeats an accepted fact: the same outcomes, to the byte."""
    engine = Engine(number, PARTITIONS, rules_only)
    taken: set[tuple[str, str]] = set()
    said: list[bytes] = []
    for record in log:
        try:
            event = decode(record)
        except Rejection:
            said += map(bytes_of, engine.step(record).emissions)
            continue
        is_for_one = event.fact.zone != "*"
        if is_for_one and (event.source, event.id) in taken:
            continue
        step = engine.step(record)
        if is_for_one and step.rejection is None and step.reroute is None:
            taken.add((event.source, event.id))
        said += map(bytes_of, step.emissions)
    if said != list(map(bytes_of, fold.emissions)):
        raise Violation("a repeated fact changes nothing", f"partition {number}")


def _refusals_are_dead_letters(world: "World", number: int, fold: Undisturbed) -> None:
    buried = {
        dict(record.headers)["dead_letter.origin"].decode(): record
        for record in world.around.broker.all(DEAD_LETTERS, number)
    }
    if buried.keys() != fold.refused.keys():
        raise Violation(
            "what is refused is a dead letter",
            f"buried {sorted(buried)}, refused {sorted(fold.refused)}",
        )
    for origin, record in fold.refused.items():
        if (buried[origin].key, buried[origin].value) != (record.key, record.value):
            raise Violation("what is refused is a dead letter", f"{origin} has other bytes")


def _markets_are_those_of_one_fold(world: "World", number: int, fold: Undisturbed) -> None:
    """In the process that owns the partition, and in one that begins now from snapshots."""
    expected = fold.engine.state_hash()
    end = world.around.broker.end(EVENTS, number)
    engines = (one.engines() for one in world.matchers)
    held = [held[number] for held in engines if number in held]
    for engine in held:
        if engine.state_hash() != expected:
            raise Violation("a matcher's markets are those of one fold", f"partition {number}")
    if not held:
        raise Violation("a matcher's markets are those of one fold", f"nobody has {number}")
    if world.committed(number) != end:
        raise Violation(
            "everything is passed", f"{world.committed(number)} of {end} in partition {number}"
        )

    def restored() -> str:
        recovery = Recovery(lambda: LogReader(BROKER), lambda n: Engine(n, PARTITIONS, rules_only))
        return recovery.rebuild(number, end).engine.state_hash()

    if _auditor(world).within(restored) != expected:
        raise Violation("a restored market is that of one fold", f"partition {number}")


def _what_is_sent_on_arrives(
    folds: Sequence[Undisturbed], logs: Sequence[Sequence[Record]]
) -> None:
    """Notices and misplaced facts are in the logs they belong to; notices in their order."""
    for number, log in enumerate(logs):
        notices = [
            sending
            for fold in folds
            for sending in fold.sendings
            if partition_of(sending.notice.zone, PARTITIONS) == number
        ]
        for zone in (town.HOME, town.OTHER):
            source = f"/zones/{zone}/market"
            expected = [one.id for one in notices if one.notice.from_zone == zone]
            came = _first_ids(log, source)
            if came != expected:
                raise Violation(
                    "notices arrive", f"partition {number}: {came}, expected {expected}"
                )
        by_id = {one.id: one.value for one in notices}
        for record in log:
            id = dict(record.headers).get("ce_id", b"").decode()
            if by_id.get(id, record.value) != record.value:
                raise Violation("notices arrive", f"{id} has other bytes")
    for fold in folds:
        for number, record in fold.rerouted:
            if not any(_is_same(record, other) for other in logs[number]):
                raise Violation("misplaced facts are sent on", record.origin)


def _read_model_is_that_of_a_rebuild(world: "World") -> None:
    rebuilt = FakeServer()
    kept, world.around.redis = world.around.redis, rebuilt
    try:
        _auditor(world).within(_project_all)
    finally:
        world.around.redis = kept
    found, expected = (
        dump_of(FakeRedis(server=server, decode_responses=True)) for server in (kept, rebuilt)
    )
    if found != expected:
        differing = sorted(
            key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)
        )
        raise Violation(
            "the read model is that of a rebuild",
            "; ".join(f"{key}: {found.get(key)} not {expected.get(key)}" for key in differing[:3]),
        )


def _project_all() -> None:
    from tests.simulation.process import current

    projector = Projector(_settings())
    process = current()
    process.most = _ALL
    idle = 0
    while idle < 3:
        idle = 0 if projector.run_once() else idle + 1


def _settings() -> Settings:
    from tests.simulation.world import SETTINGS

    return SETTINGS


def _people_are_told(world: "World") -> None:
    said = list(_notifications(world))
    by_id: dict[str, AnyNotification] = {}
    for id, message in said:
        by_id.setdefault(id, message)
    expected = dict(_announced(world))
    for id, message in expected.items():
        if by_id.get(id) != message:
            raise Violation("what is due is announced", f"{id}: {by_id.get(id)} not {message}")
    announcing = (NotificationDue, NotificationCancelled, NotificationErased)
    for id, message in said:
        if isinstance(message, announcing) and id not in expected:
            raise Violation("what is due is announced", f"{id} is not due")
    _everybody_hears_once(world, said)
    for due in (one for one in expected.values() if isinstance(one, NotificationDue)):
        _heard_or_ended(world, due, by_id)


def _everybody_hears_once(world: "World", said: Sequence[tuple[str, AnyNotification]]) -> None:
    receiver = world.around.receiver
    messages: dict[str, str] = {}
    sent_at = _sent_at(world)
    for asked in receiver.asked:
        for id in asked.notifications if receiver.taken[asked.message_id] else ():
            if messages.setdefault(id, asked.message_id) != asked.message_id:
                raise Violation("told once", f"{id} under {messages[id]} and {asked.message_id}")
        number, offset = sent_at.get(asked.message_id, (0, 1 << 60))
        if asked.read.get(number, 0) > offset:
            raise Violation("told once", f"{asked.message_id} by {asked.who}, who had read it")
    for _, message in said:
        is_out = isinstance(message, NotificationSent) and message.channel not in SHOWN
        if is_out and not receiver.taken[message.message_id]:  # type: ignore[union-attr]
            raise Violation("told at least once", f"{message} was not taken")


def _heard_or_ended(
    world: "World", due: NotificationDue, by_id: dict[str, AnyNotification]
) -> None:
    id = due.notification_id
    if f"{id}-cancelled" in by_id or _is_erased(due, by_id):
        return
    told = any(
        isinstance(one, NotificationSent) and id in one.notifications for one in by_id.values()
    )
    dropped = by_id.get(f"{id}-dropped")
    if told:
        return
    if not isinstance(dropped, NotificationDropped):
        raise Violation("told at least once", f"{id} has no end")
    disturbed_until = world.mended_at + _TIME_TO_TELL_MS
    if due.at > world.mended_at and due.expires_at - due.at > RULES.gather_ms * 10:
        raise Violation("told at least once", f"{id} dropped in peace: {dropped.reason}")
    if dropped.reason != "channels_failed" and due.expires_at > disturbed_until:
        raise Violation("told at least once", f"{id} dropped with time left: {dropped.reason}")


def _is_erased(due: NotificationDue, by_id: dict[str, AnyNotification]) -> bool:
    return any(
        isinstance(one, NotificationErased) and one.worker_id == due.worker_id
        for one in by_id.values()
    )


def _announced(world: "World") -> Iterator[tuple[str, AnyNotification]]:
    """What an undisturbed notifier would announce."""
    broker = world.around.broker
    for number in range(PARTITIONS):
        partition = Partition(number, PARTITIONS, PartitionState(), RULES, 0)
        for topic in (EVENTS, OUTCOMES):
            for record in broker.all(topic, number):
                partition.take(record)
        for telling in partition.announce(broker.end(EVENTS, number), NOW):
            yield telling.id, telling.message


def _notifications(world: "World") -> Iterator[tuple[str, AnyNotification]]:
    for number in range(PARTITIONS):
        for record in world.around.broker.all(NOTIFICATIONS, number):
            envelope, message = decode_notification(record)
            yield envelope.id, message


def _sent_at(world: "World") -> dict[str, tuple[int, int]]:
    """Where the log says for the first time that a message has been sent."""
    found: dict[str, tuple[int, int]] = {}
    for number in range(PARTITIONS):
        for record in world.around.broker.all(NOTIFICATIONS, number):
            _, message = decode_notification(record)
            if isinstance(message, NotificationSent):
                found.setdefault(message.message_id, (number, record.offset))
    return found


def _auditor(world: "World") -> Process:
    """A process that looks at what is there and that nothing disturbs."""
    return Process("auditor", 0, world.around)


def _first_ids(log: Iterable[Record], source: str) -> list[str]:
    """The ids that a source has said, each where it came first."""
    ids = []
    for record in log:
        headers = dict(record.headers)
        if headers.get("ce_source") == source.encode():
            ids.append(headers["ce_id"].decode())
    return list(dict.fromkeys(ids))


def _is_same(record: Record, other: Record) -> bool:
    return (record.value, record.headers) == (other.value, other.headers)


def _content(record: Record) -> bytes:
    """An outcome's record as `bytes_of` gives it."""
    headers = b"".join(name.encode() + b"=" + value + b"\n" for name, value in record.headers)
    id = dict(record.headers)["ce_id"]
    return id + b"\n" + headers + (record.value or b"") + b"\n"
