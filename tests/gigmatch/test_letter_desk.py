"""Dead letters as the gateway has them: safe to show, sent again once, in bounded memory."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS
from gateway.operations import LettersError
from gigmatch import letter_desk
from gigmatch.letter_desk import LetterDesk, escaped
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from streams.dead_letters import bury, headers_for, read_all
from tests.brokers import MemoryBroker
from tests.matching.scenario import JOB
from tests.town import NOW
from tests.worlds import record_of

HOSTILE = b'\xff\x00<script>alert(1)</script>\xe2\x80\xaetxt 13912345678 "' + b"x" * 5000
WHY = Rejection("not_json", "value", at=0)


@pytest.fixture
def broker() -> Iterator[MemoryBroker]:
    started = MemoryBroker()
    started.start()
    ensure_topics(started.bootstrap, 1, 1)
    yield started
    started.stop()


def bury_all(broker: MemoryBroker, values: list[bytes]) -> None:
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for offset, value in enumerate(values):
        bury(publisher, msgspec.structs.replace(record_of(JOB, offset), value=value), WHY)
    publisher.close()


def sent(broker: MemoryBroker) -> list[bytes | None]:
    with LogReader(broker.bootstrap) as reader:
        return [record.value for record in reader.read(EVENTS, 0)]


async def test_a_letter_is_shown_safely_and_sent_again_once(broker: MemoryBroker) -> None:
    bury_all(broker, [HOSTILE, b"second"])
    desk = LetterDesk(broker.bootstrap)
    letters = {letter.origin: letter for letter in await desk.newest()}
    hostile = letters["market.events/0/0"]
    assert hostile.size == len(HOSTILE)
    assert hostile.cut
    assert hostile.preview.startswith(r"\xff\x00<script>alert(1)</script>\u202etxt ***")
    assert len(hostile.preview) < 1_000
    assert (hostile.code, hostile.source) == ("not_json", "/zones/511181/stations/05")
    told = await desk.replay(["market.events/0/0", "market.events/0/9"])
    assert (told.published, told.unknown) == (["market.events/0/0"], ["market.events/0/9"])
    assert sent(broker) == [HOSTILE]
    again = await desk.replay(["market.events/0/0"])
    assert (again.published, again.repeated) == ([], ["market.events/0/0"])
    assert sent(broker) == [HOSTILE]
    # Another gateway, and the command line, know it from the log.
    marked = {one.origin: one.replayed_at for one in await LetterDesk(broker.bootstrap).newest()}
    assert marked["market.events/0/0"] is not None
    assert marked["market.events/0/1"] is None
    assert {one.origin: one.replayed_at for one in read_all(broker.bootstrap)} == marked


async def test_old_letters_of_one_partition_hide_none_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(letter_desk, "KEPT", 3)
    broker = MemoryBroker()
    broker.start()
    ensure_topics(broker.bootstrap, 2, 1)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for offset, (partition, time) in enumerate(
        [(0, NOW), (1, NOW - 9), (1, NOW - 8), (1, NOW - 7)]
    ):
        letter = msgspec.structs.replace(record_of(JOB, offset), partition=partition)
        publisher.publish(
            DEAD_LETTERS,
            b"x",
            headers=headers_for(letter, WHY),
            partition=partition,
            timestamp=time,
        )
    publisher.close()
    shown = [one.origin for one in await LetterDesk(broker.bootstrap).newest()]
    broker.stop()
    assert shown == ["market.events/0/0", "market.events/1/3", "market.events/1/2"]


async def test_a_flood_of_letters_is_kept_in_bounded_memory(
    broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_desk, "KEPT", 20)
    monkeypatch.setattr(letter_desk, "MOST_MARKS", 5)
    bury_all(broker, [b"%d" % number for number in range(120)])
    desk = LetterDesk(broker.bootstrap)
    newest = await desk.newest()
    assert len(newest) == 20
    assert {one.preview for one in newest} == {str(number) for number in range(100, 120)}
    await desk.replay([f"market.events/0/{number}" for number in range(100, 112)])
    await desk.newest()
    assert len(desk._replayed) == 5
    assert len(desk._kept) == 20


async def test_a_broker_that_is_away_is_an_error(
    broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = LetterDesk(broker.bootstrap)
    assert await desk.newest() == []
    monkeypatch.setattr("gigmatch.logread.TIMEOUT_S", 1.0)
    broker.stop()
    with pytest.raises(LettersError):
        await desk.newest()


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_they_become_printable_text(value: bytes) -> None:
    shown = escaped(value)
    assert all(c.isprintable() or c == "\n" for c in shown)
