"""The quick look lets nothing pass that the thorough one would find."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from events import first_look
from events.first_look import PROTECTED, is_dubious
from events.forbidden import forbid
from events.nesting import is_too_deep
from events.personal import holds_personal_data, plain
from tests.events.bad_fields import ID_NUMBER, PHONE
from tests.refused import refused

PIECES = (
    *PROTECTED,
    *(name.upper() for name in PROTECTED),
    *('"', '":', '" :', "\\u0067", "\\", "{", "[", "]" * 3, "[" * 40, "{" * 65, " ", "-", ".", ","),
    *(PHONE, ID_NUMBER, "86", "0086", "+86", "1", "13", "0" * 17, "1805068800000", "x", "X"),
    *(f"{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}", f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}"),
    *(
        "0833",
        "010",
        "(0833)",
        "（0833）",
        "552" + "2111",
        "6234" + "5678",
        "00",
        "(0)",
        "tel",
        ")",
    ),
    *(ID_NUMBER[:6], ID_NUMBER[6:14], ID_NUMBER[14:], PHONE[:3], PHONE[3:7], PHONE[7:], "--"),
    *("—", "－", "\xa0", "\u3000", "・", "·", " - ", "+", "\n", "\\n", *"138"),
    *("\u200b", "\uff11", "\U0001d7ce", "\xad", "\ufeff", "\uff47", "采茶工", "_fen", '_fen":'),
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@given(TEXTS)
@example(f'{{"a": {PHONE}}}')
@example(f"86{PHONE}")
@example(f"0086{PHONE}")
@example(f'"{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}"')
@example(ID_NUMBER[:17] + "X")
@example('"SEX":')
@example('"户口":')
def test_what_is_let_pass_holds_nothing(text: str) -> None:
    data = text.encode()
    if not is_dubious(data):
        assert not is_too_deep(data)
        assert refused(lambda: forbid(data)) is None
        assert not holds_personal_data(plain(data))


SIGNS = st.sampled_from(
    ("", " ", "-", ".", " - ", "--", " -", "—", "\xa0", "·", ")", "(", "+", "①", "一", "周", "，")
)
PLAIN_DIGITS = st.text("0123456789", min_size=1, max_size=8) | st.sampled_from(
    (
        *(PHONE[:3], PHONE[3:7], PHONE[7:], PHONE[3:], PHONE, ID_NUMBER, "86", "0086"),
        *("0833", "010", "552" + "2111", "6234", "5678"),
    )
)
SCRIPTS = (
    "0123456789",
    "〇一二三四五六七八九",
    "零幺贰叁肆伍陆柒捌玖",
    "٠١٢٣٤٥٦٧٨٩",
    "०१२३४५६७८९",
    "⓪①②③④⑤⑥⑦⑧⑨",
)


@st.composite
def digits_of_any_script(draw: st.DrawFn) -> str:
    """Digits, mostly of one script, now and then each of its own."""
    digits = draw(PLAIN_DIGITS)
    scripts = st.sampled_from(SCRIPTS)
    if draw(st.booleans()):
        return "".join(
            draw(scripts)[int(digit)] if digit.isdecimal() else digit for digit in digits
        )
    return digits.translate(str.maketrans("0123456789", draw(scripts)))


DIGITS = PLAIN_DIGITS | digits_of_any_script()


@given(st.lists(st.tuples(DIGITS, SIGNS), max_size=12))
def test_no_way_of_writing_digits_is_let_pass(parts: list[tuple[str, str]]) -> None:
    data = "".join(digits + sign for digits, sign in parts).encode()
    assert is_dubious(data) or not holds_personal_data(plain(data))


@given(st.binary(max_size=60), TEXTS)
def test_bytes_that_are_no_text_are_no_way_round(noise: bytes, text: str) -> None:
    data = noise + text.encode() + noise
    if not is_dubious(data):
        assert not is_too_deep(data)
        assert refused(lambda: forbid(data)) is None


def test_it_is_compiled_here_and_spares_ordinary_facts_the_thorough_look() -> None:
    assert first_look.COMPILED
    ordinary = b'{"worker_id":"W-1","windows":[{"start":1805068800000,"end":1805673600000}]}'
    assert not is_dubious(ordinary)
    assert not is_dubious('{"title":"采茶工","station_id":"511181-20270315-0007"}'.encode())
    assert not is_dubious('{"note":"三楼一号，每天 8 小时，二十三人。零工"}'.encode())


@pytest.mark.parametrize("at_the_end", ['"', '"se', '"性', "1380", "138-1234", "[" * 64, "一", "ب"])
def test_it_looks_no_further_than_the_end(at_the_end: str) -> None:
    assert not is_dubious(at_the_end.encode())
