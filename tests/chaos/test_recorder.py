"""The recorder is not blind: it says of each broken stream of answers what is wrong with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
import pytest

from events.codec import encode, event_headers
from events.emission import NOTIFIER, Emission, emission_id, emission_position
from events.envelope import Record
from events.notifications import NotificationDropped, NotificationDue
from events.outcomes import AnyOutcome, BookingCancelled, BookingConfirmed, OfferMade
from events.topics import NOTIFICATIONS, OUTCOMES
from events.values import Interval
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from models.registry import Registry
from producers.publisher import Publisher
from tests.brokers import MemoryBroker
from tests.chaos.ends import ends
from tests.chaos.kept import wait_for
from tests.chaos.oracle import Oracle
from tests.chaos.recorder import READ, Recorder
from tests.system.matchers import make_topics, publish, town_log
from tests.town import NOW


@pytest.fixture(scope="module")
def log() -> list[Record]:
    return town_log(0.5, registered=150)


@pytest.fixture(scope="module")
def answers(log: list[Record]) -> list[Emission]:
    engine = Engine(0, 1, Registry(PACKAGED_RELEASES).open)
    return [emission for record in log for emission in engine.step(record).emissions]


@pytest.fixture
def broker() -> Iterator[MemoryBroker]:
    broker = MemoryBroker()
    broker.start()
    yield broker
    broker.stop()


@contextmanager
def recorded(
    broker: MemoryBroker, log: Sequence[Record], answers: Sequence[Emission]
) -> Iterator[Recorder]:
    """A recorder that has read all of a log and of such answers to it."""
    make_topics(broker, 1)
    publish(broker, log)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for answer in answers:
        publisher.publish(
            OUTCOMES, answer.value, key=answer.key, headers=answer.headers, partition=0
        )
        if isinstance(answer.outcome, OfferMade):
            _tell(publisher, answer.id, answer.outcome)
    publisher.close()
    oracle = Oracle(broker.bootstrap, 1)
    recorder = Recorder(broker.bootstrap, 1, oracle)

    def all_is_read() -> bool:
        oracle.read()
        recorder.read()
        return oracle.ends() == [len(log)] and not recorder.left(ends(broker.bootstrap, READ, 1))

    try:
        wait_for(all_is_read, "all is read")
        yield recorder
    finally:
        oracle.close()
        recorder.close()


def judged(
    broker: MemoryBroker, log: Sequence[Record], answers: Sequence[Emission]
) -> tuple[set[str], set[str], set[str]]:
    """What is lost, double and diverged of such answers to a log."""
    with recorded(broker, log, answers) as recorder:
        return recorder.lost(), recorder.double(), recorder.strange()


def test_answers_as_an_undisturbed_market_gives_them_are_sound_however_often_they_are_repeated(
    broker: MemoryBroker, log: list[Record], answers: list[Emission]
) -> None:
    assert any(isinstance(answer.outcome, BookingConfirmed) for answer in answers)
    with recorded(broker, log, [*answers, *answers[-20:]]) as recorder:
        assert (recorder.lost(), recorder.double(), recorder.strange()) == (set(), set(), set())
        assert recorder.repeats == 20


def test_an_answer_that_is_missing_is_lost(
    broker: MemoryBroker, log: list[Record], answers: list[Emission]
) -> None:
    at = len(answers) // 2
    gone = answers[at]
    lost, double, diverged = judged(broker, log, [*answers[:at], *answers[at + 1 :]])
    assert f"outcome {gone.id}" in lost
    assert not double
    assert not diverged


def test_an_offer_that_nobody_was_told_of_is_lost(
    broker: MemoryBroker, log: list[Record], answers: list[Emission]
) -> None:
    offer = next(answer for answer in answers if isinstance(answer.outcome, OfferMade))
    others = [answer for answer in answers if answer is not offer]
    lost, _, _ = judged(broker, log, others)
    assert lost == {f"outcome {offer.id}", f"notification {offer.id}"}


def test_an_answer_of_other_bytes_has_diverged(
    broker: MemoryBroker, log: list[Record], answers: list[Emission]
) -> None:
    first, last = answers[0], answers[-1]
    instead = msgspec.structs.replace(first, time=first.time + 1)
    again = msgspec.structs.replace(last, time=last.time + 1)
    found = judged(broker, log, [instead, *answers[1:], again])
    assert found == (
        set(),
        set(),
        {
            f"outcome {first.id} is not what the log folds to",
            f"outcome {last.id} has two contents",
        },
    )


def test_a_worker_booked_twice_for_one_job_is_double(
    broker: MemoryBroker, log: list[Record], answers: list[Emission]
) -> None:
    said, booking = first_booking(answers)
    again = after(booking, msgspec.structs.replace(said, offer_id="again"))
    lost, double, diverged = judged(broker, log, [*answers, again])
    assert not lost
    assert any(finding.startswith("booked twice") for finding in double)
    assert diverged == {f"outcome {again.id} should not be"}


def test_a_booking_repeated_after_its_cancellation_does_not_come_back(
    broker: MemoryBroker, log: list[Record], answers: list[Emission]
) -> None:
    said, booking = first_booking(answers)
    off = BookingCancelled(
        offer_id=said.offer_id,
        job_id=said.job_id,
        worker_id=said.worker_id,
        zone=said.zone,
        at=said.at,
        cause=said.cause,
        reason="worker_declined",
    )
    cancelled = after(booking, off)
    again = after(cancelled, msgspec.structs.replace(said, offer_id="again"))
    repeated = [*answers, cancelled, again, booking]
    _, double, diverged = judged(broker, log, repeated)
    assert not double
    assert diverged == {f"outcome {one.id} should not be" for one in (cancelled, again)}


def first_booking(answers: Sequence[Emission]) -> tuple[BookingConfirmed, Emission]:
    return next((a.outcome, a) for a in answers if isinstance(a.outcome, BookingConfirmed))


def after(emission: Emission, outcome: AnyOutcome) -> Emission:
    """Another outcome of the same cause, which nobody expects."""
    offset, zone, index = emission_position(emission.id)
    id = emission_id(zone, offset, index + 50)
    return msgspec.structs.replace(emission, id=id, outcome=outcome)


def _tell(publisher: Publisher, id: str, offer: OfferMade) -> None:
    """Say that a worker has to be told of an offer, and that it was too late for that."""
    due = NotificationDue(
        worker_id=offer.worker_id,
        at=NOW,
        notification_id=id,
        kind="offer",
        zone=offer.zone,
        station_id=f"{offer.zone}-01",
        offer_id=offer.offer_id,
        job_id=offer.job_id,
        channels=("page",),
        title="",
        place="",
        first_shift=Interval(start=NOW, end=offer.expires_at),
        shifts=1,
        pay_fen_day=0,
        expires_at=offer.expires_at,
    )
    dropped = NotificationDropped(
        worker_id=offer.worker_id, at=NOW, notification_id=id, reason="expired"
    )
    for message in (due, dropped):
        headers = event_headers(message, id=f"{id}.{message.TYPE}", source=NOTIFIER, time=NOW)
        publisher.publish(
            NOTIFICATIONS, encode(message), key=offer.worker_id.encode(), headers=headers
        )
