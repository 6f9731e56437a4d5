"""What stands on the topics: every fact once, the outcomes and letters of one fold, the notices."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from events.codec import decode
from events.envelope import Record
from events.rejections import Rejection
from events.topics import DEAD_LETTERS, OUTCOMES, partition_of
from gigmatch.fold import bytes_of
from matching.engine import Engine
from matching.scorer import rules_only
from tests.simulation import town
from tests.simulation.broker import PARTITIONS
from tests.simulation.checks.undisturbed import Undisturbed
from tests.simulation.checks.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World


def nothing_is_lost(world: "World", logs: Sequence[Sequence[Record]]) -> None:
    """Every fact that a station has kept is in the log, and they came in their order."""
    for station in town.STATIONS:
        log = logs[partition_of(station.zone, PARTITIONS)]
        came = first_ids(log, station.source)
        accepted = world.accepted[station.source]
        if came != accepted:
            missing = [id for id in accepted if id not in came]
            raise Violation(
                "nothing is lost and order is kept",
                f"{station.name} kept {accepted}, the log has {came}, missing {missing}",
            )


def outcomes_are_those_of_one_fold(world: "World", number: int, fold: Undisturbed) -> None:
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


def repetitions_change_nothing(log: Sequence[Record], number: int, fold: Undisturbed) -> None:
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


def refusals_are_dead_letters(world: "World", number: int, fold: Undisturbed) -> None:
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


def what_is_sent_on_arrives(folds: Sequence[Undisturbed], logs: Sequence[Sequence[Record]]) -> None:
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
            came = first_ids(log, source)
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


def first_ids(log: Iterable[Record], source: str) -> list[str]:
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
