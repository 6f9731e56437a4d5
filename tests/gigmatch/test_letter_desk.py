"""Dead letters as the gateway has them: safe to show, sent again once, in bounded memory."""

import base64
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS
from gateway.operations import LettersError
from gigmatch import letter_desk
from gigmatch.letter_desk import LetterDesk, escaped, shown
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from streams.dead_letters import DeadLetter, bury, headers_for, opened, read_all
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


SOURCE_HERE, SOURCE_THERE = b"/zones/511181/stations/05", b"/zones/511123/stations/01"


@pytest.mark.parametrize(
    ("source", "key", "value", "zone"),
    [
        (SOURCE_HERE, b"511181", b"garbage", "511181"),
        (SOURCE_HERE, None, b'{"zone":"511181"}', "511181"),
        (b"/zones/511181", b"511181", b"[" * 100_000, "511181"),
        (SOURCE_HERE, b"511181", b'{"zone":null}', "511181"),
        (SOURCE_HERE, b"511181", b'\xff{"zone":"511123"}', "511181"),
        # Whose it is, is said in two ways, or in none.
        (SOURCE_HERE, b"511123", b"garbage", None),
        (SOURCE_HERE, b"511181", b'{"zone":"511123"}', None),
        (SOURCE_HERE, b"511181", b'{"zone":511181}', None),
        (SOURCE_THERE, b"511181", b'{"zone":"511181"}', None),
        (b"", b"511181", b'{"zone":"511181"}', None),
        (b"/zones/5111810/stations/05", b"511181", b"", None),
        ("/zones/５１１１８１/stations/05".encode(), None, b"", None),
        (b"/zones/511181stations", b"511181", b"", None),
        (b"/zones/511181/\n/zones/511123", b"511181", b"", None),
        (b"/zones/*/stations/05", b"511181", b"", None),
    ],
)
def test_the_zone_of_a_letter_is_what_all_of_it_says(
    source: bytes, key: bytes | None, value: bytes, zone: str | None
) -> None:
    headers = (("ce_source", source), *headers_for(record_of(JOB), WHY))
    buried = msgspec.structs.replace(record_of(JOB), headers=headers, key=key, value=value)
    assert shown(opened(buried)).zone == zone


STRUCTURED = ("content-type", b"application/cloudevents+json; charset=utf-8")
CODED = base64.b64encode(b'{"zone":"511181"}').decode()


@pytest.mark.parametrize(
    ("key", "event", "zone"),
    [
        (b"511181", {"data": {"zone": "511181"}}, "511181"),
        (None, {"data": {"zone": "511181"}, "type": 7}, "511181"),
        (b"511181", {"data": "garbage"}, "511181"),
        (b"511181", {"data_base64": CODED}, "511181"),
        (b"511181", {}, "511181"),
        # Whose it is, is said in two ways, or in none.
        (b"511123", {"data": {"zone": "511181"}}, None),
        (b"511181", {"data": {"zone": "511123"}}, None),
        (b"511123", {"data_base64": CODED}, None),
        (b"511181", {"data_base64": base64.b64encode(b'{"zone":"511123"}').decode()}, None),
        (b"511181", {"data_base64": "?"}, None),
        (b"511181", {"source": 511181}, None),
        (b"511181", {"source": "/zones/511123/stations/01"}, None),
        (b"511181", {"source": "/nowhere", "data": {"zone": "511181"}}, None),
    ],
)
def test_the_zone_of_a_structured_letter_is_what_all_of_its_event_says(
    key: bytes | None, event: dict[str, object], zone: str | None
) -> None:
    value = msgspec.json.encode({"source": SOURCE_HERE.decode(), "type": "t", **event})
    letter = structured(key, value)
    assert shown(letter).zone == zone
    assert shown(structured(key, value, ("CE_Source", SOURCE_THERE))).zone is None
    assert shown(structured(key, value, ("ce_source", SOURCE_HERE))).zone == zone
    if zone:
        assert shown(letter).source == SOURCE_HERE.decode()


@pytest.mark.parametrize(
    "value", [None, b"", b"garbage", b"[]", b"[" * 100_000, b'{"source":"\xff"}']
)
def test_a_structured_letter_that_cannot_be_read_is_nobodys(value: bytes | None) -> None:
    letter = structured(b"511181", value)
    assert (shown(letter).zone, shown(letter).source) == (None, "")
    # A header does not count where the market does not look at it.
    assert shown(structured(b"511181", value, ("ce_source", SOURCE_HERE))).zone is None


def test_json_that_is_not_said_to_be_an_event_says_nothing_of_its_source() -> None:
    value = msgspec.json.encode({"source": SOURCE_HERE.decode(), "data": {"zone": "511181"}})
    record = msgspec.structs.replace(record_of(JOB), headers=(), key=b"511181", value=value)
    assert shown(opened(record)).zone is None


def structured(key: bytes | None, value: bytes | None, *more: tuple[str, bytes]) -> DeadLetter:
    headers = (STRUCTURED, *more, *headers_for(record_of(JOB), WHY))
    return opened(msgspec.structs.replace(record_of(JOB), headers=headers, key=key, value=value))


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
