"""A header name that is not UTF-8 costs its record the headers, and nobody anything else."""

import pytest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords

from streams.lenient import LenientRecords

Pairs = list[tuple[str, bytes | None]]


class _Bad(str):
    """A name that a careless client writes."""

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe"


BAD = _Bad("bad")
GOOD: Pairs = [("ce_id", b"\xff"), ("ce_id", None), ("名", b"")]


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
def test_a_bad_name_costs_one_record_its_headers(codec: int) -> None:
    data = _batch(0, [GOOD, [*GOOD, (BAD, b"1")], GOOD], codec) + _batch(3, [GOOD], codec)
    read = _read(LenientRecords(data))
    assert [offset for offset, *_ in read] == [0, 1, 2, 3]
    assert [key for _, key, _, _ in read] == [b"k", b"k", b"k", b"k"]
    assert [value for *_, value, _ in read] == [b"v0", b"v1", b"v2", b"v0"]
    assert [headers for *_, headers in read] == [GOOD, [], GOOD, GOOD]


def test_everything_else_is_as_the_library_reads_it() -> None:
    data = _batch(5, [GOOD, []], 4) + _batch(7, [[]], 0) + b"the beginning of another"
    assert _read(LenientRecords(data)) == _read(MemoryRecords(data))
    assert LenientRecords(data).size_in_bytes() == MemoryRecords(data).size_in_bytes()


def _batch(begin: int, records: list[Pairs], codec: int) -> bytes:
    builder = _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=codec,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1_000_000,
    )
    for number, headers in enumerate(records):
        value = b"v%d" % number
        builder.append(number, 1, b"k", value, headers)
    data = bytearray(builder.build())
    data[:8] = begin.to_bytes(8)
    return bytes(data)


def _read(records: "LenientRecords | MemoryRecords") -> list[tuple[int, bytes, bytes, Pairs]]:
    found = []
    while records.has_next():
        batch = records.next_batch()
        assert batch.validate_crc() in {True, False}
        assert batch.next_offset > batch.base_offset
        found += [(r.offset, r.key, r.value, list(r.headers)) for r in batch]
    return found
