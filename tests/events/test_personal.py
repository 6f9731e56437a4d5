"""Phone and ID numbers among the many numbers that are neither. None is written out here."""

import hashlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.personal import holds_personal_data, masked, plain
from tests.events.bad_fields import ID_NUMBER, PHONE

A, B, C = PHONE[:3], PHONE[3:7], PHONE[7:]
CHECK = ID_NUMBER[17]


@pytest.mark.parametrize(
    "text",
    [
        PHONE,
        f"+86{PHONE}",
        f"+86 {PHONE}",
        f"0086{PHONE}",
        f"{A} {B} {C}",
        f"{A}-{B}-{C}",
        f"电话{PHONE}。",
        f"W-{PHONE}",
        f"tel{PHONE}x",
        f"1{PHONE[1:]}, 2",
        f"{A}00{PHONE}"[5:],
        ID_NUMBER,
        f"身份证：{ID_NUMBER}",
    ],
)
def test_numbers_of_persons(text: str) -> None:
    assert holds_personal_data(plain(text.encode()))
    assert masked(text) != text
    assert C not in masked(text) or ID_NUMBER in text
    assert "***" in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "1805155200000",
        '{"start":1805155200000,"end":1805187600000}',
        f'{{"amount_fen":{PHONE}}}',
        f"0.{PHONE}",
        f"103.{PHONE}",
        f"9{PHONE}",
        f"{PHONE}9",
        f"{A}-{B}{C}",
        "J-511181-20270315-0007",
        "51118120270315" + "0007",
        ID_NUMBER[:17] + ("0" if CHECK != "0" else "1"),
        f"550e8400-e29b-41d4-a716-4{PHONE}",
        "9f2c" * 8 + f"a{PHONE}b",
        "184467440737095516",
        "",
    ],
)
def test_other_numbers(text: str) -> None:
    assert not holds_personal_data(plain(text.encode()))
    assert masked(text) == text


@given(st.binary())
def test_no_hash_is_a_phone_number(data: bytes) -> None:
    digest = hashlib.sha256(data).hexdigest()
    assert not holds_personal_data(f'{{"release":"sha256:{digest}"}}'.encode())


@given(st.uuids(version=4))
def test_no_uuid_is_a_phone_number(one: uuid.UUID) -> None:
    assert not holds_personal_data(f'{{"ce_id":"{one}"}}'.encode())


@given(st.text(), st.text())
def test_masking_leaves_no_number_and_never_fails(before: str, after: str) -> None:
    text = masked(f"{before} {PHONE} {after}")
    assert not holds_personal_data(plain(text.encode(errors="replace")))


@given(st.binary())
def test_plain_writing_never_fails(data: bytes) -> None:
    assert isinstance(plain(data), bytes)
