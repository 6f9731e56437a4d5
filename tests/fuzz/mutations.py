"""Ways to spoil a record, from a value at its limit to bytes that are no JSON at all.

All chance comes from the `Random` that is handed in: Hypothesis hands in one that it can shrink,
the coverage-guided fuzzer one for each seed.
"""

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

import msgspec

from events.envelope import STRUCTURED_TYPE, Record
from tests.events.bad_fields import ID_NUMBER, PHONE
from tests.fuzz.bounds import expected_type, extreme, slots
from tests.fuzz.garbling import GARBLERS

_DISGUISED: Final = (
    PHONE,
    ID_NUMBER,
    "".join(chr(0xFF10 + int(digit)) for digit in PHONE),
    "".join(chr(0x1D7CE + int(digit)) for digit in PHONE),
    "\u200b".join(PHONE),
    f"{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}",
    f"+86 {PHONE}",
)
_ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, "", [], {}),
    *(2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, int("9" * 400)),
    *(float("nan"), float("inf"), -0.0, 5e-324, 1.7e308, 1e16, 0.1),
    *(
        "\ud800",
        "\udfff\ud800",
        "\x00",
        "\u202e",
        "\ufeff",
        "e\u0301",
        "👩‍🌾",
        "İ",
        "ß",
        "*",
        "511181\n",
    ),
    *(int(PHONE), {PHONE: 1}, {"gender": "f"}, {"性别": "女"}, {"sex": {"a": []}}),
)
_HEADERS: Final = (b"ce_specversion", b"ce_id", b"ce_type", b"ce_source", b"ce_time")
_CONTENT_TYPES: Final = (
    b"application/json",
    b"application/cloudevents+json",
    b"Application/CloudEvents+JSON; charset=utf-8",
    b"application/cloudevents+avro",
    b"application/cloudevents-batch+json",
    b"text/plain",
    b";",
    b"",
    b"\xff",
)
_TIMES: Final = (
    "2027-03-15T00:00:00Z",
    "2027-03-15",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "2027-03-15T24:00:00Z",
    "2027-03-15t00:00:00.1234567z",
    "2027-W11-1T00:00:00Z",
    "2027-03-15T00:00:00+23:59:59.999999",
    "２０２７-03-15T00:00:00Z",
)


def spoil_value(record: Record, random: Random, *, changes: int = 3) -> Record:
    """A record whose JSON has some fields changed, dropped, swapped or at their limits."""
    try:
        tree = json.loads(record.value or b"")
    except (ValueError, RecursionError):
        return spoil_bytes(record, random)
    name = dict(record.headers).get("ce_type", b"").decode(errors="replace").removesuffix(".v1")
    for _ in range(random.randint(1, changes)):
        _spoil_tree(tree, name, random)
    try:
        text = json.dumps(tree, ensure_ascii=random.random() < 0.5)
    except (ValueError, RecursionError):
        return spoil_bytes(record, random)
    value = text.encode(errors="surrogatepass")
    return msgspec.structs.replace(record, value=value)


def spoil_bytes(record: Record, random: Random) -> Record:
    """A record whose value is no longer quite what a JSON writer writes."""
    spoiled = random.choice(GARBLERS)(record.value or b"{}", random)
    return msgspec.structs.replace(record, value=spoiled)


def spoil_headers(record: Record, random: Random) -> Record:
    """A record with a header forged, doubled, dropped or written large, or another key."""
    headers = list(record.headers)
    how = random.randrange(7)
    if how == 0:
        headers.append(("content-type", random.choice(_CONTENT_TYPES)))
    elif how == 1 and headers:
        headers.pop(random.randrange(len(headers)))
    elif how == 2 and headers:
        at = random.randrange(len(headers))
        headers[at] = (headers[at][0].upper(), headers[at][1])
    elif how == 3:
        headers.append(("ce_time", random.choice(_TIMES).encode()))
    elif how == 4:
        attribute = random.choice((*_DISGUISED, "x" * 257, "\x07", "\u202e", "{0}", " "))
        headers.append((random.choice(_HEADERS).decode(), attribute.encode()))
    elif how == 5:
        key = random.choice((None, b"", b"*", b"511102", b"\xff", b"511181\n", PHONE.encode()))
        return msgspec.structs.replace(record, key=key)
    else:
        random.shuffle(headers)
    return msgspec.structs.replace(record, headers=tuple(headers))


def to_structured(record: Record, random: Random) -> Record:
    """A binary-mode record as a structured-mode one, its context not always what it should be."""
    headers = {name.removeprefix("ce_"): said for name, said in record.headers}
    context: dict[str, Any] = {
        name: said.decode(errors="replace")
        for name, said in headers.items()
        if name != "content-type"
    }
    value = record.value or b"{}"
    if random.random() < 0.3:
        context["data_base64"] = value
        data = b""
    else:
        data = b',"data":' + value
    if random.random() < 0.4:
        odd = random.choice((*_ODD[:9], *_DISGUISED, *_TIMES))
        context[random.choice(("id", "source", "type", "time", "specversion", "data"))] = odd
    text = msgspec.json.encode(context)
    return msgspec.structs.replace(
        record,
        value=text[:-1] + data + b"}",
        headers=(("content-type", STRUCTURED_TYPE.encode()),),
    )


SPOILERS: Final[tuple[Callable[[Record, Random], Record], ...]] = (
    *(spoil_value, spoil_value, spoil_value),
    *(spoil_bytes, spoil_headers, to_structured),
)


def spoil(record: Record, random: Random) -> Record:
    """A record spoilt in one way or two."""
    for _ in range(random.choice((1, 1, 2))):
        record = random.choice(SPOILERS)(record, random)
    return record


def _spoil_tree(tree: Any, name: str, random: Random) -> None:
    inside, expected = tree, expected_type(name)
    if expected is None and isinstance(tree, dict) and isinstance(tree.get("data"), dict):
        inside = tree["data"]
        expected = expected_type(str(tree.get("type", "")).removesuffix(".v1"))
    places = [] if expected is None else list(slots(expected, inside))
    if not places:
        return
    box, key, kind = random.choice(places)
    how = random.randrange(10)
    if how < 5:
        box[key] = extreme(kind, random)
    elif how == 5 and isinstance(box, dict):
        box.pop(key, None)
    elif how == 6:
        other, theirs, _ = random.choice(places)
        if isinstance(other, list) or theirs in other:
            box[key] = copy.deepcopy(other[theirs])
    elif how == 7:
        box[key] = random.choice(_DISGUISED)
    elif how == 8 and isinstance(box, dict):
        box[random.choice(("extra", "gender", "说明", "{0}", "a.b[0]", ""))] = random.choice(_ODD)
    else:
        box[key] = copy.deepcopy(random.choice(_ODD))
