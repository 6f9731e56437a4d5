"""As much of Kafka's wire protocol as the gate before the embedded broker must read and write.

Frames are whole messages with their 4-byte length. Source: the Kafka protocol guide; a "flexible"
version has compact lengths and tagged fields.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

PRODUCE: Final = 0
FETCH: Final = 1
LIST_OFFSETS: Final = 2
API_VERSIONS: Final = 18

LATEST: Final = -1
_FETCH_BYTES: Final = 1024 * 1024
_FLEXIBLE_FROM: Final = {PRODUCE: 9, FETCH: 12, LIST_OFFSETS: 6, API_VERSIONS: 3}
_OF_INTEREST_FROM: Final = {PRODUCE: 0, FETCH: 4, LIST_OFFSETS: 1, API_VERSIONS: 3}


class Asked(NamedTuple):
    """A request whose reply may need mending, or tells that there is something new."""

    api: int
    version: int
    correlation: int
    frame: bytes

    @property
    def flexible(self) -> bool:
        """Whether the version has compact lengths and tags."""
        return self.version >= _FLEXIBLE_FROM[self.api]


class End(NamedTuple):
    """The end of a partition as a reply states it, and where in the frame it stands."""

    topic: str
    partition: int
    offset: int
    position: int


Place = tuple[bytes, int]
"""A topic, by its name or its id, and a partition."""


class Fetched(NamedTuple):
    """What a Fetch reply has of a partition: how many bytes of records, and where it ends."""

    place: Place
    error: int
    end: int
    size: int


class Cursor:
    """Reads the fields of a frame one after the other."""

    def __init__(self, frame: bytes, position: int, *, flexible: bool) -> None:
        self.frame = frame
        self.position = position
        self.flexible = flexible

    def integer(self, size: int) -> int:
        """A signed big-endian integer of `size` bytes."""
        start, self.position = self.position, self.position + size
        return int.from_bytes(self.frame[start : self.position], signed=True)

    def varint(self) -> int:
        """An unsigned variable-length integer."""
        value = shift = 0
        while True:
            byte = self.frame[self.position]
            self.position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def count(self) -> int:
        """The length of an array; a null one has none."""
        return max(0, self.varint() - 1 if self.flexible else self.integer(4))

    def text(self) -> str:
        """A string; a null one is empty."""
        size = max(0, self.varint() - 1 if self.flexible else self.integer(2))
        start, self.position = self.position, self.position + size
        return self.frame[start : self.position].decode()

    def tags(self) -> None:
        """Skip tagged fields, if this version has them."""
        if self.flexible:
            for _ in range(self.varint()):
                self.varint()
                size = self.varint()
                self.position += size


def asked(frame: bytes) -> Asked | None:
    """The request in a frame when its reply is of interest."""
    api, version, correlation = struct.unpack_from(">hhi", frame, 4)
    if version < _OF_INTEREST_FROM.get(api, version + 1):
        return None
    request = Asked(api, version, correlation, frame)
    if api != PRODUCE:
        return request
    # Without acks there is no reply; megabytes of records are not kept until there is one.
    return request._replace(frame=b"") if _acks(request) else None


def correlation_of(reply: bytes) -> int:
    """Which request a reply answers."""
    return int.from_bytes(reply[4:8], signed=True)


def without_tags(request: Asked, reply: bytes) -> bytes:
    """An ApiVersions reply without its tagged fields."""
    cursor = Cursor(reply, 4 + 4 + 2, flexible=request.flexible)
    for _ in range(cursor.count()):
        cursor.position += 6
        cursor.tags()
    cursor.position += 4
    body = reply[4 : cursor.position] + b"\0"
    return struct.pack(">i", len(body)) + body


def latest_ends(request: Asked, reply: bytes) -> Iterator[End]:
    """The ends of partitions in a ListOffsets reply, where the request asked for the latest."""
    latest = {place for place, timestamp in _timestamps(request) if timestamp == LATEST}
    for end in _offsets(request, reply):
        if (end.topic, end.partition) in latest and end.offset > 0:
            yield end


def with_end(reply: bytes, end: End, offset: int) -> bytes:
    """A ListOffsets reply that states another end of a partition."""
    return reply[: end.position] + struct.pack(">q", offset) + reply[end.position + 8 :]


def fetch_request(topic: str, partition: int, offset: int) -> bytes:
    """A Fetch (version 4) of the batch that holds an offset, and whatever else fits in 1 MiB."""
    name = topic.encode()
    body = struct.pack(">hhih", FETCH, 4, 0, -1)
    body += struct.pack(">iiiib", -1, 100, 1, _FETCH_BYTES, 0)
    body += struct.pack(">ih", 1, len(name)) + name
    body += struct.pack(">iiqi", 1, partition, offset, _FETCH_BYTES)
    return struct.pack(">i", len(body)) + body


def high_watermark(reply: bytes) -> int:
    """The offset after the last record in the Fetch (version 4) reply of one partition, or 0."""
    cursor = Cursor(reply, 4 + 4 + 4, flexible=False)
    if not cursor.count():
        return 0
    cursor.text()
    cursor.position += 4 + 4 + 2
    return cursor.integer(8)


def longest_wait_ms(request: Asked) -> int:
    """How long a Fetch request is willing to wait for its first record."""
    position = _wait_position(request)
    return int.from_bytes(request.frame[position : position + 4], signed=True)


def with_wait_ms(request: Asked, wait: int) -> bytes:
    """A Fetch request that waits otherwise."""
    position = _wait_position(request)
    return request.frame[:position] + struct.pack(">i", wait) + request.frame[position + 4 :]


def brings_nothing(request: Asked, reply: bytes) -> bool:
    """Whether a Fetch reply has neither a record nor an error."""
    return not any(found.error or found.size for found in _fetched(request, reply))


def leaves_some(request: Asked, reply: bytes) -> bool:
    """Whether there are records from where a Fetch was to begin, by the ends in its reply."""
    begins = dict(_begins(request))
    return any(found.end > begins.get(found.place, found.end) for found in _fetched(request, reply))


def _fetched(request: Asked, reply: bytes) -> Iterator[Fetched]:
    """What a Fetch reply has of each partition; of none when it is all an error."""
    cursor = Cursor(reply, 8, flexible=request.flexible)
    cursor.tags()
    cursor.position += 4
    if request.version >= 7:
        error = cursor.integer(2)
        cursor.position += 4
        if error:
            yield Fetched((b"", -1), error, -1, 0)
    for _ in range(cursor.count()):
        topic = _topic(request, cursor)
        for _ in range(cursor.count()):
            yield _fetched_of(request, topic, cursor)
        cursor.tags()


def _fetched_of(request: Asked, topic: bytes, cursor: Cursor) -> Fetched:
    partition = cursor.integer(4)
    error, end = cursor.integer(2), cursor.integer(8)
    cursor.position += 8 + (8 if request.version >= 5 else 0)
    for _ in range(cursor.count()):  # aborted transactions
        cursor.position += 8 + 8
        cursor.tags()
    cursor.position += 4 if request.version >= 11 else 0
    size = cursor.count()
    cursor.position += size
    cursor.tags()
    return Fetched((topic, partition), error, end, size)


def _begins(request: Asked) -> Iterator[tuple[Place, int]]:
    """From which offset on a Fetch request asks."""
    cursor = Cursor(request.frame, _wait_position(request) + 4, flexible=request.flexible)
    cursor.position += 4 + 4 + 1 + (8 if request.version >= 7 else 0)
    for _ in range(cursor.count()):
        topic = _topic(request, cursor)
        for _ in range(cursor.count()):
            partition = cursor.integer(4)
            cursor.position += 4 if request.version >= 9 else 0
            yield (topic, partition), cursor.integer(8)
            cursor.position += 4 if request.version >= 12 else 0
            cursor.position += 4 + (8 if request.version >= 5 else 0)
            cursor.tags()
        cursor.tags()


def _topic(request: Asked, cursor: Cursor) -> bytes:
    """A topic's name, or its id of 16 bytes, in a Fetch or its reply."""
    if request.version < 13:
        return cursor.text().encode()
    cursor.position += 16
    return cursor.frame[cursor.position - 16 : cursor.position]


def _acks(request: Asked) -> int:
    """How many brokers must have what a Produce request brings; 0 asks for no reply."""
    cursor = _body(request)
    if request.version >= 3:
        cursor.text()  # the id of a transaction
    return cursor.integer(2)


def _wait_position(request: Asked) -> int:
    """Where in a Fetch request its longest wait stands; until version 14 after a replica's id."""
    return _body(request).position + (4 if request.version < 15 else 0)


def _body(request: Asked) -> Cursor:
    """A cursor behind a request's header."""
    cursor = Cursor(request.frame, 12, flexible=False)
    cursor.text()  # the client id is never compact
    cursor.flexible = request.flexible
    cursor.tags()
    return cursor


def _timestamps(request: Asked) -> Iterator[tuple[tuple[str, int], int]]:
    """What a ListOffsets request asks: ((topic, partition), timestamp)."""
    cursor = _body(request)
    cursor.position += 4 + (1 if request.version >= 2 else 0)
    for _ in range(cursor.count()):
        topic = cursor.text()
        for _ in range(cursor.count()):
            partition = cursor.integer(4)
            cursor.position += 4 if request.version >= 4 else 0
            yield (topic, partition), cursor.integer(8)
            cursor.tags()
        cursor.tags()


def _offsets(request: Asked, reply: bytes) -> Iterator[End]:
    """What a ListOffsets reply states."""
    cursor = Cursor(reply, 8, flexible=request.flexible)
    cursor.tags()
    cursor.position += 4 if request.version >= 2 else 0
    for _ in range(cursor.count()):
        topic = cursor.text()
        for _ in range(cursor.count()):
            partition = cursor.integer(4)
            cursor.position += 2 + 8
            position = cursor.position
            yield End(topic, partition, cursor.integer(8), position)
            cursor.position += 4 if request.version >= 4 else 0
            cursor.tags()
        cursor.tags()
