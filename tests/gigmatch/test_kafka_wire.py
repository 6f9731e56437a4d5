"""The few frames of Kafka's protocol that the gate reads, as recorded from librdkafka and Tansu."""

import struct

import pytest

from gigmatch.kafka_wire import (
    API_VERSIONS,
    FETCH,
    LIST_OFFSETS,
    PRODUCE,
    Asked,
    asked,
    brings_nothing,
    correlation_of,
    fetch_request,
    high_watermark,
    latest_ends,
    leaves_some,
    longest_wait_ms,
    with_end,
    with_wait_ms,
    without_tags,
)

# ListOffsets version 7 from librdkafka: topic "w", partition 1; Tansu's reply says the end is 1
LATEST_ASKED = bytes.fromhex(
    "0000002e0002000700000004000772646b61666b6100ffffffff010202770200000001ffffffffffffffffffffffff000000"
)
EARLIEST_ASKED = LATEST_ASKED.replace(b"\xff" * 8 + bytes(3), b"\xff" * 7 + b"\xfe" + bytes(3))
ENDS_REPLY = bytes.fromhex(
    "0000002a00000004000000000002027702000000010000000001a209793bae000000000000000100000000000000"
)
# The start of Tansu's reply to a Fetch version 4 of the same partition: 1000 records in one batch
FETCH_REPLY = bytes.fromhex(
    "0004bb1e0000000000000000000000010001770000000100000001000000000000000003e800000000000003e8"
)

# Fetch versions 16 from librdkafka and 11 from aiokafka, of a partition with a record of one byte
FETCHES = (
    bytes.fromhex(
        "0000005e0001001000000005000772646b61666b6100000001f400000001032000000100000000ffffffff02"
        "01a21968eef373108d9ab3d6956f18210200000001000000000000000000000001ffffffffffffffffffffff"
        "ff001000000000010100"
    ),
    bytes.fromhex(
        "0000005f0001000b00000005000f61696f6b61666b612d302e31342e30ffffffff000001f400000001032000"
        "000000000000ffffffff000000010001770000000100000001ffffffff0000000000000000ffffffffffffff"
        "ff00100000000000000000"
    ),
)
RECORD = bytes.fromhex(
    "0000000000000000000000390000000002447507b7000000000000000001a21968eef1000001a21968eef1ffff"
    "ffffffffffffffffffffffff000000010e000000010278000000"
)
HEADS = (
    bytes.fromhex(
        "00000000000000000000000201a21968eef373108d9ab3d6956f182102000000010000000000000000000100"
        "00000000000001000000000000000001ffffffff"
    ),
    bytes.fromhex(
        "0000000000000000000000000001000177000000010000000100000000000000000001000000000000000100"
        "0000000000000000000000ffffffff"
    ),
)
ERROR_AT = (33, 25)
TAILS = (bytes.fromhex("000001000101"), b"")


def fetch_reply(kind: int, records: bytes, error: int = 0) -> bytes:
    """A Fetch reply with these records; `kind` is the place in FETCHES of what it answers."""
    head, at = HEADS[kind], ERROR_AT[kind]
    head = head[:at] + struct.pack(">h", error) + head[at + 2 :]
    size = bytes([len(records) + 1]) if kind == 0 else struct.pack(">i", len(records))
    body = struct.pack(">i", 5) + head + size + records + TAILS[kind]
    return struct.pack(">i", len(body)) + body


def api_versions(version: int, entries: int, tags: bytes) -> bytes:
    """An ApiVersions reply of a flexible version, with `tags` at its end."""
    body = struct.pack(">ih", 7, 0) + bytes([entries + 1])
    body += b"".join(struct.pack(">hhhb", api, 0, version, 0) for api in range(entries))
    body += struct.pack(">i", 0) + tags
    return struct.pack(">i", len(body)) + body


def request(frame: bytes) -> Asked:
    found = asked(frame)
    assert found is not None
    return found


def produce(version: int, transaction: bytes, *, acks: int) -> bytes:
    """The beginning of a Produce request; its records do not matter."""
    tags = b"\0" if version >= 9 else b""
    body = struct.pack(">hhih", PRODUCE, version, 9, 1) + b"c" + tags + transaction
    body += struct.pack(">h", acks) + b"records"
    return struct.pack(">i", len(body)) + body


def test_four_kinds_of_request_are_of_interest() -> None:
    assert request(LATEST_ASKED)[:3] == (LIST_OFFSETS, 7, 4)
    assert [request(frame)[:3] for frame in FETCHES] == [(FETCH, 16, 5), (FETCH, 11, 5)]
    assert request(produce(9, b"\0", acks=-1)) == (PRODUCE, 9, 9, b"")
    assert request(produce(3, b"\xff\xff", acks=1)) == (PRODUCE, 3, 9, b"")
    assert asked(struct.pack(">ihhi", 8, API_VERSIONS, 3, 9)) is not None
    assert asked(struct.pack(">ihhi", 8, API_VERSIONS, 2, 9)) is None, "it has no tags"
    assert asked(struct.pack(">ihhi", 8, 3, 9, 9)) is None


@pytest.mark.parametrize(("version", "no_transaction"), [(9, b"\0"), (3, b"\xff\xff"), (2, b"")])
def test_what_asks_for_no_reply_is_not_waited_for(version: int, no_transaction: bytes) -> None:
    assert asked(produce(version, no_transaction, acks=0)) is None


def test_a_reply_names_its_request() -> None:
    assert correlation_of(ENDS_REPLY) == request(LATEST_ASKED).correlation == 4


def test_tags_are_cut_from_api_versions() -> None:
    asking = request(struct.pack(">ihhi", 8, API_VERSIONS, 3, 7))
    tags = bytes.fromhex("040001010108ffffffffffffffff020101030100")
    assert without_tags(asking, api_versions(3, 36, tags)) == api_versions(3, 36, b"\0")


def test_the_stated_end_is_found_and_replaced() -> None:
    [end] = latest_ends(request(LATEST_ASKED), ENDS_REPLY)
    assert (end.topic, end.partition, end.offset) == ("w", 1, 1)
    mended = with_end(ENDS_REPLY, end, 1000)
    assert len(mended) == len(ENDS_REPLY)
    assert [end.offset for end in latest_ends(request(LATEST_ASKED), mended)] == [1000]


def test_the_beginning_of_a_partition_is_left_alone() -> None:
    assert list(latest_ends(request(EARLIEST_ASKED), ENDS_REPLY)) == []


def test_an_empty_partition_is_left_alone() -> None:
    [end] = latest_ends(request(LATEST_ASKED), ENDS_REPLY)
    empty = with_end(ENDS_REPLY, end, 0)
    assert list(latest_ends(request(LATEST_ASKED), empty)) == []


def test_older_versions_of_list_offsets_are_read_too() -> None:
    for version in (1, 2, 4):
        isolation = b"\0" if version >= 2 else b""
        epoch = struct.pack(">i", -1) if version >= 4 else b""
        body = struct.pack(">hhih", LIST_OFFSETS, version, 5, -1) + struct.pack(">i", -1)
        body += isolation + struct.pack(">ihs", 1, 1, b"w")
        body += struct.pack(">ii", 1, 3) + epoch + struct.pack(">q", -1)
        reply = struct.pack(">i", 5) + (struct.pack(">i", 0) if version >= 2 else b"")
        reply += struct.pack(">ihs", 1, 1, b"w") + struct.pack(">iihqq", 1, 3, 0, -1, 42) + epoch
        frames = [struct.pack(">i", len(part)) + part for part in (body, reply)]
        [end] = latest_ends(request(frames[0]), frames[1])
        assert (end.topic, end.partition, end.offset) == ("w", 3, 42)


def test_the_high_watermark_of_a_fetch() -> None:
    assert high_watermark(FETCH_REPLY) == 1000
    assert high_watermark(bytes.fromhex("0000000c000000000000000000000000")) == 0


def test_a_fetch_request_states_its_length() -> None:
    frame = fetch_request("市场", 3, 617)
    assert int.from_bytes(frame[:4]) == len(frame) - 4
    assert struct.pack(">iq", 3, 617) in frame


@pytest.mark.parametrize("frame", FETCHES)
def test_how_long_a_fetch_waits_is_read_and_changed(frame: bytes) -> None:
    assert longest_wait_ms(request(frame)) == 500
    changed = request(with_wait_ms(request(frame), 1))
    assert longest_wait_ms(changed) == 1
    assert with_wait_ms(changed, 500) == frame


@pytest.mark.parametrize("kind", [0, 1])
def test_a_fetch_brings_records_an_error_or_nothing(kind: int) -> None:
    fetch = request(FETCHES[kind])
    assert brings_nothing(fetch, fetch_reply(kind, b""))
    assert not brings_nothing(fetch, fetch_reply(kind, RECORD))
    assert not brings_nothing(fetch, fetch_reply(kind, b"", error=1))


def test_an_empty_reply_leaves_what_there_is_from_where_it_was_to_begin() -> None:
    """Both replies say that the partition ends at 1; the first request begins there."""
    empty = [fetch_reply(kind, b"") for kind in (0, 1)]
    assert [leaves_some(request(FETCHES[kind]), empty[kind]) for kind in (0, 1)] == [False, True]


def test_a_reply_of_another_partition_leaves_nothing() -> None:
    elsewhere = FETCHES[1].replace(b"\0\0\0\1\xff\xff\xff\xff", b"\0\0\0\2\xff\xff\xff\xff")
    assert elsewhere != FETCHES[1]
    assert not leaves_some(request(elsewhere), fetch_reply(1, b""))
