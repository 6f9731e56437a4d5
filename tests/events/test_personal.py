"""Phone and ID numbers among the many numbers that are neither. None is written out here."""

import hashlib
import sys
import unicodedata
import uuid
from datetime import UTC, date, datetime, timedelta
from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.codec import encode
from events.examples import FACTS, OUTCOMES
from events.first_look import is_dubious
from events.personal import holds_personal_data, masked, plain
from tests.events.bad_fields import ID_NUMBER, PHONE
from tests.projecting import town_log

A, B, C = PHONE[:3], PHONE[3:7], PHONE[7:]
CHECK = ID_NUMBER[17]
LOCAL = "552" + "2111"
CITY = "6234" + "5678"
"""Of a landline what stands after the area code: of a small place, and of a large one."""
ZEROS = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.decimal(chr(n), None) == 0]
"""The zero of every script; its other digits follow it."""
NUMERALS = (
    "〇一二三四五六七八九",
    "零壹贰叁肆伍陆柒捌玖",
    "○幺二三四五六七八九",
    "零壹貳參肆伍陸柒捌玖",
)


def written_in(digits: str, text: str) -> str:
    """A text with other signs for its digits, from 0 to 9."""
    return text.translate({48 + digit: sign for digit, sign in enumerate(digits)})


def of_script(zero: str, text: str) -> str:
    return written_in("".join(chr(ord(zero) + digit) for digit in range(10)), text)


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
        # Written by hand: other signs between, full-width, with the country.
        *(f"{A}{sign}{B}{sign}{C}" for sign in ".—－–−·•・ー．\u00a0\u3000\u2009\u202f"),
        f"{A} - {B} - {C}",
        f"{A}——{B}——{C}",
        " ".join(PHONE),
        "-".join(PHONE),
        "".join(chr(ord(digit) + 0xFEE0) for digit in PHONE),
        f"+86-{A}-{B}-{C}",
        # In two groups.
        *(f"{A}{sign}{B}{C}" for sign in ("-", " ", " - ", "—", "－", "\u00a0", "\u3000")),
        f"电话：{A}-{B}{C}。",
        f"tel:{A}-{B}{C}",
        *(f"{code}{A}-{B}{C}" for code in ("86", "+86 ", "86-", "0086", "(+86) ", "(86)")),
        # In signs that are digits among others, and beside such.
        *(written_in(signs, PHONE) for signs in (*NUMERALS, "⓪①②③④⑤⑥⑦⑧⑨", "⁰¹²³⁴⁵⁶⁷⁸⁹")),
        *(
            written_in(NUMERALS[0], text)
            for text in (f"{A} {B} {C}", f"{A}-{B}{C}", " ".join(PHONE))
        ),
        written_in(NUMERALS[0], f"{A}—{B}—{C}"),
        written_in(NUMERALS[0], f"(0833){LOCAL}"),
        written_in(NUMERALS[0], ID_NUMBER),
        f"{A}{written_in(NUMERALS[0], B)}{C}",
        f"{PHONE[:-1]}{written_in(NUMERALS[0], PHONE[-1])}",
        f"{A} {B} {C[:-1]}{written_in(NUMERALS[0], C[-1])}",
        f"①{PHONE} ②{PHONE}",
        f"周一{PHONE}",
        *(f"{before}{written_in(NUMERALS[0], PHONE)}" for before in ("①", "周一", "第二", "零")),
        f"①{written_in(NUMERALS[0], ID_NUMBER[:17])}{ID_NUMBER[17]}" if CHECK.isdigit() else PHONE,
        of_script("０", f"①{PHONE}"),
        f"20m²{PHONE}",
        f"{A}一{B}一{C}",
        "".join(f"{digit}\ufe0f\u20e3" for digit in PHONE),
        f"+86.{PHONE}",
        f"(+86){PHONE}",
        f"（0086）{A} {B} {C}",
        f"{ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:]}",
        f"{ID_NUMBER[:6]}-{ID_NUMBER[6:14]}-{ID_NUMBER[14:]}",
        # Landlines.
        *(f"0833{sign}{LOCAL}" for sign in ("", "-", " ", ".", " - ", "——", "－", "\u00a0")),
        *(f"{opened}0833{closed}{LOCAL}" for opened, closed in ("()", "（）")),
        *(f"{code}833-{LOCAL}" for code in ("+86 ", "+86-", "0086 ", "(+86)", "+86 (0)", "＋86 0")),
        f"+86833{LOCAL}",
        f"010-{CITY}",
        f"010{CITY}",
        f"(021) {CITY[:4]} {CITY[4:]}",
        f"0571-{CITY}",
        f"0833-{LOCAL[:3]} {LOCAL[3:]}",
        f"0833-{LOCAL[:4]}-{LOCAL[4:]}",
        f"电话:0833-{LOCAL}转8001",
        f"tel0833-{LOCAL}",
        f"Tel.0833-{LOCAL}",
        f"０８３３-{LOCAL}",
        f'{{"note":"来电\\n0833-{LOCAL}"}}',
        f'{{"note":"0833\\u2014{LOCAL}"}}',
    ],
)
def test_numbers_of_persons(text: str) -> None:
    assert holds_personal_data(plain(text.encode()))
    assert is_dubious(text.encode())
    assert LOCAL not in masked(text)
    assert CITY not in masked(text)
    assert masked(text) != text
    assert C not in masked(text) or ID_NUMBER in text
    assert not holds_personal_data(plain(masked(text).encode()))
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
        "J-511181-20270315-0007",
        # Three digits and eight that are an id, an amount and a day, a place.
        f"J-{A}-{B}{C}",
        f"No{A}-{B}{C}",
        f"{A}.{B}{C}",
        f"{A},{B}{C}",
        "150-20270315-0007",
        "日薪150 20270315",
        "150-180 20270315",
        f"511181-{A}-{B}{C}",
        # Numerals as they stand in postings.
        "二〇二七年三月十五日",
        "二〇二七〇三一五",
        "138号二楼三单元一零一室",
        f"一{A}二{B}三{C}",
        "每天一百三十八元，一三五七号休息",
        "120一150元/天 08:00一17:00",
        *("13600一16800", "150一1200", "188一2000元", "月薪13000一15000", "1500一200000"),
        *("综合工资15000一18000元/月，包吃住", "①30000②4500", "①3000②45000"),
        *("QQ群一3812345678", "室一3501100000", "150 07001900", "130-08001700"),
        "①采茶②炒茶③包装 138㎡",
        "51118120270315" + "0007",
        ID_NUMBER[:17] + ("0" if CHECK != "0" else "1"),
        f"550e8400-e29b-41d4-a716-4{PHONE}",
        "9f2c" * 8 + f"a{PHONE}b",
        "184467440737095516",
        "",
        # What looks like a landline and is part of an id, a day, a time, a place, nobody's number.
        f"J-0833-{LOCAL}",
        f"J0833-{LOCAL}",
        f"a:0833{LOCAL}",
        f"0.0833{LOCAL}",
        f"29.0833{LOCAL}",
        "0511-20270315",
        "0511-2027-0315-0007",
        # From when to when, and for how much.
        "0830-2100 300元",
        "0730－2030　200元",
        "0930-2130 4000",
        "J-0511-20270315-0007",
        "0830-1730",
        "2027-03-15T08:33:55+0833",
        f"0800-{LOCAL}",
        f"0099-{LOCAL}",
        "0833-1" + LOCAL[1:],
        f"0833-{LOCAL}99",
        "0833-12333",
        "400-800-" + "1234",
        f"{ID_NUMBER[:6]}-2019{ID_NUMBER[10:14]}-0007",
        f"3 {' '.join(PHONE)}",
        f"{' '.join(PHONE)} 5",
        f"{A}.{B}-{C}",
    ],
)
def test_other_numbers(text: str) -> None:
    assert not holds_personal_data(plain(text.encode()))
    assert masked(text) == text


@pytest.mark.parametrize("zero", ZEROS, ids=unicodedata.name)
def test_digits_of_every_script_are_digits(zero: str) -> None:
    for text in (PHONE, f"{A}-{B}-{C}", f"0833-{LOCAL}", ID_NUMBER):
        written = of_script(zero, f"W {text}").encode()
        assert is_dubious(written) or zero == "0"
        assert holds_personal_data(plain(written))


def test_whatever_is_one_digit_is_a_digit() -> None:
    signs = [chr(n) for n in range(sys.maxunicode + 1)]
    ones = [one for one in signs if unicodedata.digit(one, None) == 1]
    ones += [one for one in signs if unicodedata.normalize("NFKC", one) in {"一", "幺", "〡"}]
    assert len(ones) > 80
    for one in ones:
        written = f"13{9 * one}".encode()
        assert is_dubious(written) or one == "1"
        assert holds_personal_data(plain(written)), one


@given(st.binary())
def test_no_hash_is_a_phone_number(data: bytes) -> None:
    digest = hashlib.sha256(data).hexdigest()
    assert not holds_personal_data(f'{{"release":"sha256:{digest}"}}'.encode())


@given(st.uuids(version=4))
def test_no_uuid_is_a_phone_number(one: uuid.UUID) -> None:
    assert not holds_personal_data(f'{{"ce_id":"{one}"}}'.encode())


NUMBERS = st.integers(0, 9999)
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))
TIMES = st.integers(0, 2_000_000_000).map(
    lambda s: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(0, s)
)
COORDINATES = st.tuples(st.floats(18, 54), st.floats(73, 136), st.integers(1, 15))


@given(DAYS, TIMES, NUMBERS, COORDINATES, st.integers(1, 100_000_000), st.integers(10, 9999))
def test_what_facts_say_is_nobodys_number(
    day: date,
    time: datetime,
    number: int,
    place: tuple[float, float, int],
    fen: int,
    others: int,
) -> None:
    lat, lon, places = place
    said = {
        "job_id": f"J-511181-{day:%Y%m%d}-{number:04}",
        "ids": [f"J-511181-{time:%Y%m%d-%H%M%S}-{number:04}", f"O-511181-{number}-1"],
        "worker_id": f"W-{number:05}",
        "station_id": f"511181-{number:02}",
        "at": round(time.timestamp() * 1000),
        "days": [str(day), f"{time:%Y-%m-%dT%H:%M:%SZ}", f"{time:%Y%m%d}", f"{time:%H:%M}—18:00"],
        "pay": {"amount_fen": fen, "pieces_per_day": others},
        "place": {"lat": lat, "lon": lon, "name": f"{others}号"},
        "near": f"{lat:.{places}f},{lon:.{places}f} {lon:.{places}f} {lat:.{places}f}",
        "title": f"{fen / 100:.2f}元 {number}-{others} 08:00-18:00 {others}.{number}",
    }
    assert not holds_personal_data(plain(msgspec.json.encode(said)))


@cache
def everyday() -> list[bytes]:
    """What the examples and a simulated town of some days say, and the keys and ids beside it."""
    examples = [encode(one) for one in (*FACTS.values(), *OUTCOMES.values())]
    records = town_log(hours=48, registered=150)
    headers = [value for record in records for _, value in record.headers]
    return [*examples, *headers, *(one.value for one in records if one.value is not None)]


def test_nothing_of_an_ordinary_town_is_a_phone_number() -> None:
    assert len(everyday()) > 5_000
    assert [said for said in everyday() if holds_personal_data(plain(said))] == []


def test_numbers_in_different_writing_are_all_masked_and_nothing_else_is_changed() -> None:
    numerals = written_in(NUMERALS[0], PHONE)
    assert masked(f"{A}一{B}一{C}，另{numerals}") == "***，另***"
    assert masked(f"一组{PHONE}；二组{numerals}") == "一组***；二组***"
    assert masked(f"周一到周三，15000一18000，{PHONE}") == "周一到周三，15000一18000，***"


@given(st.text(), st.text())
def test_masking_leaves_no_number_and_never_fails(before: str, after: str) -> None:
    text = masked(f"{before} {PHONE} {after}")
    assert not holds_personal_data(plain(text.encode(errors="replace")))


@given(st.binary())
def test_plain_writing_never_fails(data: bytes) -> None:
    assert isinstance(plain(data), bytes)
