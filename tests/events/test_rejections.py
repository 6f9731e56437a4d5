"""Bad input of each kind, and the reason a clerk would see for it in both languages."""

import json
from typing import Any

import msgspec
import pytest

from events.codec import decode, encode, event_headers
from events.envelope import Headers, Record
from events.examples import FACTS
from events.rejections import Rejection
from tests.events.bad_fields import FIELDS, PHONE
from tests.refused import refused
from tests.town import NOW, SOURCE
from tests.worlds import record_of

JOB = FACTS["job.posted"]
DATA: dict[str, Any] = json.loads(encode(JOB))
HEADERS = event_headers(JOB, id="e-1", source=SOURCE, time=NOW)
STRUCTURED: Headers = (("content-type", b"application/cloudevents+json; charset=utf-8"),)


def read(
    value: bytes | None, headers: Headers = HEADERS, key: bytes | None = b"511181"
) -> Rejection:
    """The rejection of a record, which must be one."""
    record: Record = msgspec.structs.replace(record_of(JOB), value=value, headers=headers, key=key)
    rejection = refused(lambda: decode(record))
    assert rejection is not None, "the record was taken"
    return rejection


def posting(**changes: object) -> bytes:
    """The example posting with fields changed; None leaves one out."""
    changed = {**DATA, **changes}
    return json.dumps(
        {name: value for name, value in changed.items() if value is not None}
    ).encode()


def headers(**changes: bytes | None) -> Headers:
    """The example's headers with some changed; None leaves one out."""
    changed = {
        **dict(HEADERS),
        **changes,
    }
    return tuple((name, value) for name, value in changed.items() if value is not None)


# what, value, code, field, words of the English reason, words of the Chinese one
BYTES = [
    ("garbage", b"\x00\x9f garbage", "not_utf8", "value", "not UTF-8", "UTF-8"),
    ("not JSON", b"job: tea", "not_json", "value", "not valid JSON", "不是有效的 JSON"),
    ("JSON cut off", posting()[:-9], "not_json", "value", "not valid JSON", "不是有效的 JSON"),
    ("no value", None, "empty_value", "value", "no value", "消息是空的"),
    ("empty value", b"", "empty_value", "value", "no value", "消息是空的"),
    ("only spaces", b" \n", "empty_value", "value", "no value", "消息是空的"),
    ("a list", b"[1]", "not_object", "value", "must be a group of fields", "花括号"),
    ("null", b"null", "null_field", "value", "is null", "空值"),
    (
        "deep",
        b'{"x":' + b"[" * 9_000 + b"]" * 9_000 + b"}",
        "nested_too_deep",
        "value",
        "deep",
        "层次太深",
    ),
    ("deep at once", b"[" * 9_000, "nested_too_deep", "value", "deep", "层次太深"),
    ("10 MB", b"x" * 10_000_000, "too_large", "value", "10000000 bytes", "消息太大"),
    ("a BOM", b"\xef\xbb\xbf" + posting(), "byte_order_mark", "value", "without BOM", "无 BOM"),
    (
        "another encoding",
        posting().decode().encode("utf-16"),
        "not_utf8",
        "value",
        "UTF-8",
        "UTF-8",
    ),
    ("NaN", b'{"lat": NaN}', "not_a_number", "value", "NaN or Infinity", "NaN"),
    ("Infinity", b'{"lat": [-Infinity]}', "not_a_number", "value", "NaN or Infinity", "NaN"),
    (
        "one field twice",
        b'{"job_id": 7, ' + posting()[1:],
        "wrong_field",
        "job_id",
        "job_id is wrong: Expected `str`, got `int`",
        "岗位编号（job_id）填写有误（应为文字，实为整数）",
    ),
    (
        "a wrong field before bytes that are no text",
        b'{"job_id": 7, "title": "\x9b"}',
        "not_utf8",
        "value",
        "UTF-8",
        "UTF-8",
    ),
    (
        "a time of 401 digits",
        posting(posted_at=10**400),
        "time_out_of_range",
        "posted_at",
        "2000 and 2100",
        "2000 年至 2100 年",
    ),
    ("half a surrogate", posting(title="\ud800"), "not_json", "value", "not valid JSON", "JSON"),
]
CONTEXT = [
    (
        {"ce_id": None},
        "missing_attribute",
        "ce_id",
        "ce_id is missing",
        "缺少消息头：消息编号（ce_id）",
    ),
    ({"ce_type": None}, "missing_attribute", "ce_type", "ce_type is missing", "ce_type"),
    ({"ce_source": b""}, "missing_attribute", "ce_source", "ce_source is missing", "ce_source"),
    ({"ce_specversion": None}, "missing_attribute", "ce_specversion", "is missing", "缺少"),
    ({"ce_specversion": b"0.3"}, "unknown_specversion", "ce_specversion", "use 1.0", "请用 1.0"),
    ({"ce_id": b"x" * 257}, "attribute_too_long", "ce_id", "longer than 256", "最多 256"),
    ({"ce_id": b"\xff\xfe"}, "bad_header", "ce_id", "not UTF-8 text", "不是 UTF-8"),
    ({"ce_id": b"a\nb"}, "bad_characters", "ce_id", "control characters", "控制字符"),
    ({"ce_id": PHONE.encode()}, "personal_data", "ce_id", "phone or ID number", "手机号"),
    ({"ce_time": b"yesterday"}, "bad_time", "ce_time", "`yesterday` is not a time", "无法识别"),
    ({"ce_time": b"2027-03-15T08:00:00"}, "bad_time", "ce_time", "with offset", "+08:00"),
    (
        {"ce_type": b"job.posted.v2"},
        "unknown_version",
        "ce_type",
        "version v2 of job.posted is not supported, only v1",
        "job.posted 的版本 v2 还不支持",
    ),
    (
        {"ce_type": b"job.psoted.v1"},
        "unknown_type",
        "ce_type",
        "`job.psoted.v1`",
        "“job.psoted.v1”",
    ),
    ({"ce_type": b"job.posted"}, "unknown_type", "ce_type", "check its spelling", "检查拼写"),
    (
        {"content-type": b"application/cloudevents-batch+json"},
        "unknown_format",
        "content-type",
        "use application/json",
        "请用 application/json",
    ),
    ({"content-type": b"\xff"}, "bad_header", "content-type", "not UTF-8", "UTF-8"),
]
ENVELOPES = [
    (b"{", "not_json", "value", "not valid JSON", "JSON"),
    (b"[" * 9_000, "nested_too_deep", "value", "deep", "层次太深"),
    ({"id": 5}, "not_text", "id", "id must be text", "消息编号（id）"),
    ({"id": ""}, "missing_attribute", "id", "id is missing", "缺少消息编号（id）"),
    ({"data": None}, "missing_field", "data", "data is missing", "缺少必填项消息内容（data）"),
    ({"data": "text"}, "not_object", "value", "must be a group of fields", "花括号"),
    ({"time": "soon"}, "bad_time", "time", "`soon` is not a time", "无法识别"),
]


@pytest.mark.parametrize(("what", "value", "code", "field", "en", "zh"), BYTES)
def test_bad_bytes(what: str, value: bytes | None, code: str, field: str, en: str, zh: str) -> None:
    expect(read(value), code, field, en, zh)


@pytest.mark.parametrize(("changes", "code", "field", "en", "zh"), FIELDS)
def test_bad_fields(changes: dict[str, object], code: str, field: str, en: str, zh: str) -> None:
    expect(read(posting(**changes)), code, field, en, zh)


@pytest.mark.parametrize(("changes", "code", "field", "en", "zh"), CONTEXT)
def test_bad_headers(
    changes: dict[str, bytes | None], code: str, field: str, en: str, zh: str
) -> None:
    expect(read(posting(), headers(**changes)), code, field, en, zh)


@pytest.mark.parametrize(("changes", "code", "field", "en", "zh"), ENVELOPES)
def test_bad_structured_events(
    changes: bytes | dict[str, object], code: str, field: str, en: str, zh: str
) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "job.posted.v1", "data": DATA}
    if isinstance(changes, dict):
        changed = {name: value for name, value in {**event, **changes}.items() if value is not None}
        changes = json.dumps(changed).encode()
    expect(read(changes, STRUCTURED), code, field, en, zh)


@pytest.mark.parametrize("number", [b"1" + b"0" * 5_000, b"1e400"])
def test_a_number_out_of_all_range(number: bytes) -> None:
    value = posting(headcount=12_345).replace(b"12345", number)
    assert read(value).code in {"number_out_of_range", "above", "not_whole_number"}
    assert read(value).field == "headcount"


def test_a_key_that_is_not_the_zone() -> None:
    rejection = read(posting(), key=b"511102")
    expect(
        rejection, "key_is_not_zone", "key", "must be the event's zone 511181", "区县代码 511181"
    )


@pytest.mark.parametrize("part", ["ce_type", "title"])
def test_a_reason_repeats_no_phone_number(part: str) -> None:
    rejection = Rejection(
        "unknown_type", f"x {PHONE}", value=f"{part} {PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}"
    )
    for language in ("en", "zh-CN"):
        assert "***" in rejection.reason(language)
        assert PHONE[7:] not in rejection.reason(language)
    assert rejection.field == "x ***"


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("shifts[0].end", "班次第1项结束时间（shifts[0].end）"),
        ("now[0][12]", "当前时间第1项第13项（now[0][12]）"),
        ("shifts[x].end", "缺少必填项shifts[x].end，"),
        ("title.]", "缺少必填项title.]，"),
        ("{end}", "缺少必填项{end}，"),
        ("", "缺少必填项，"),
    ],
)
def test_a_path_is_told_in_chinese_where_it_is_known(field: str, words: str) -> None:
    assert words in Rejection("missing_field", field).reason("zh-CN")


def test_what_is_told_in_each_language_repeats_no_phone_number() -> None:
    rejection = Rejection("wrong_field", "job_id", what={"zh-CN": f"没有 {PHONE}", "en": PHONE})
    for language in ("en", "zh-CN"):
        assert "***" in rejection.reason(language)
        assert PHONE not in rejection.reason(language)


def test_whoever_sees_the_field_is_told_its_name_alone() -> None:
    wrong = Rejection("end_before_start", "shifts[0].end", start="shifts[0].start")
    assert wrong.reason("zh-CN", has_paths=False) == (
        "班次第1项结束时间必须晚于班次第1项开始时间，请检查起止时间。"
    )
    assert "（shifts[0].start）" in wrong.reason("zh-CN")
    unknown = Rejection("missing_field", "shifts[x].end")
    assert "shifts[x].end" in unknown.reason("zh-CN", has_paths=False)


def test_a_reason_is_one_line() -> None:
    assert Rejection("unknown_type", value="a\nb\u202e").reason() == (
        "unknown event type `a\\nb\\u202e`; check its spelling against asyncapi.yaml"
    )


def expect(rejection: Rejection, code: str, field: str, en: str, zh: str) -> None:
    assert (rejection.code, rejection.field) == (code, field)
    assert en in rejection.reason("en")
    assert zh in rejection.reason("zh-CN")
    assert str(rejection) == rejection.reason("en")
