"""What is refused is kept as it came, says why, and can be sent again."""

import msgspec

from events.envelope import Headers, Record
from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS, MAX_RECORD_BYTES, REPLAY_OF
from streams.dead_letters import DeadLetter, bury, needed_headers, opened, resend
from tests.matching.scenario import JOB
from tests.streams.memory import MemoryTopics
from tests.town import ZONE
from tests.worlds import record_of

REFUSED = msgspec.structs.replace(
    record_of(JOB, 41), value=b"\xff garbage", headers=(("a", b"1"), ("a", b"\xfe"))
)
WHY = Rejection("missing_attribute", "ce_id")
AGAIN: Headers = ((REPLAY_OF, b"market.events/0/41"),)


def _letter(record: Record = REFUSED) -> DeadLetter:
    topics = MemoryTopics()
    bury(topics, record, WHY)
    return opened(topics.all(DEAD_LETTERS, record.partition)[0])


def _resent(record: Record, corrected: bytes | None = None) -> Record:
    topics = MemoryTopics()
    resend(topics, record, corrected, origin="market.events/0/41")
    return topics.all(EVENTS, record.partition)[0]


def test_a_letter_has_the_bytes_and_the_reason() -> None:
    letter = _letter()
    assert (letter.record.key, letter.record.value) == (REFUSED.key, REFUSED.value)
    assert letter.record.headers[:2] == REFUSED.headers
    assert letter.origin == "market.events/0/41"
    assert (letter.code, letter.field) == ("missing_attribute", "ce_id")
    assert letter.reason == WHY.reason("en")
    assert letter.reason_zh == WHY.reason("zh-CN")


def test_forged_reasons_do_not_count() -> None:
    forged: Headers = (("dead_letter.origin", b"market.events/9/9"), ("dead_letter.code", b"x"))
    letter = _letter(msgspec.structs.replace(REFUSED, headers=forged))
    assert (letter.origin, letter.code) == ("market.events/0/41", "missing_attribute")


def test_a_letter_is_sent_again_as_it_came() -> None:
    again = _resent(_letter().record)
    assert (again.key, again.value) == (REFUSED.key, REFUSED.value)
    assert again.headers == REFUSED.headers + AGAIN
    assert again.partition == REFUSED.partition


def test_a_corrected_value_keeps_the_headers_and_brings_its_zone() -> None:
    again = _resent(_letter().record, b'{"zone":"511102"}')
    assert (again.key, again.value) == (b"511102", b'{"zone":"511102"}')
    assert again.headers == REFUSED.headers + AGAIN
    assert _resent(_letter().record, b"[1]").key == ZONE.encode()
    assert _resent(_letter().record, b"no json").value == b"no json"


def test_a_corrected_value_may_be_a_whole_cloud_event() -> None:
    event = b'{"specversion":"1.0","id":"1","type":"t","source":"/s","data":{"zone":"511102"}}'
    again = _resent(_letter().record, event)
    assert again.headers == (("content-type", b"application/cloudevents+json"), *AGAIN)
    assert (again.key, again.value) == (b"511102", event)


def test_what_would_not_fit_is_cut_and_says_so() -> None:
    huge = b"x" * MAX_RECORD_BYTES
    many: Headers = (("ce_id", b"1"), ("h", huge), *((f"h{n}", b"") for n in range(100_000)))
    for record in (
        msgspec.structs.replace(REFUSED, value=huge),
        msgspec.structs.replace(REFUSED, key=huge),
        msgspec.structs.replace(REFUSED, headers=many),
        msgspec.structs.replace(REFUSED, key=huge, value=huge, headers=many),
    ):
        letter = _letter(record).record
        headers = sum(len(name) + len(value) for name, value in letter.headers)
        assert len(letter.key or b"") + len(letter.value or b"") + headers < MAX_RECORD_BYTES
        assert int(dict(letter.headers)["dead_letter.cut_from"]) >= MAX_RECORD_BYTES
    ten = msgspec.structs.replace(REFUSED, value=huge[:10_000_000])
    assert _letter(ten).record.value == ten.value
    assert "dead_letter.cut_from" not in dict(_letter(ten).record.headers)


def test_absurd_headers_lose_what_no_cloud_event_needs() -> None:
    record = record_of(JOB)
    absurd = msgspec.structs.replace(record, headers=(("big", b"x" * 100_000), *record.headers))
    assert needed_headers(absurd) == record.headers
    assert needed_headers(record) == record.headers
