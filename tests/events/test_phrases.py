"""What libraries say is told in Chinese; each sentence here is one that a library has said."""

import errno
import os
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
import pydantic
import pytest
from confluent_kafka import KafkaError
from msgspec import Meta

from events.phrases import field_name, translated
from events.texts import table
from gigmatch.errors import system_says


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """One of each kind that a file may hold."""

    title: str
    lat: Annotated[float, Meta(gt=1, lt=5)] = 2
    code: Annotated[str, Meta(pattern="^[a-z]+$", min_length=2, max_length=3)] = "ab"
    names: dict[Annotated[str, Meta(pattern="^x$")], int] = {}
    pair: tuple[int, int] = (1, 2)
    unit: Literal["day", "hour"] = "day"
    raw: bytes = b""
    some: Annotated[tuple[int, ...], Meta(min_length=1, max_length=2)] = (1,)
    maybe: int | None = None
    third: Annotated[int, Meta(multiple_of=3)] = 3
    either: bool | str = True
    headcount: Annotated[int, Meta(ge=1, le=9)] = 1


class Placed(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A row whose fields have places."""

    first: int
    second: int = 1


class Tagged(msgspec.Struct, tag="a"):
    """One of several."""


class Limited(pydantic.BaseModel):
    """One of each kind that a setting may be."""

    whole: Annotated[int, pydantic.Field(ge=1, le=9)] = 1
    share: Annotated[float, pydantic.Field(gt=0, lt=1)] = 0.5
    is_on: bool = True
    code: Annotated[str, pydantic.Field(pattern="^[a-z]+$")] = "a"
    mode: Literal["one", "two", "three"] = "one"
    exact: Annotated[float, pydantic.Field(allow_inf_nan=False)] = 1.0


def refused(read: Callable[[], object]) -> str:
    """What a library says of what it does not take."""
    with pytest.raises(
        (msgspec.DecodeError, UnicodeDecodeError, pydantic.ValidationError)
    ) as wrong:
        read()
    if isinstance(wrong.value, pydantic.ValidationError):
        return str(wrong.value.errors()[0]["msg"])
    return " ".join(str(wrong.value).split())


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        (Row, b"[]", "应为花括号里的一组项，实为列表"),
        (Row, b"{}", "缺少必填项岗位名称（title）"),
        (Row, b'{"title":"t","z":1}', "没有 z 这一项"),
        (Row, b'{"title":"t","lat":1}', "纬度（lat）：应为大于 1.0 的数字"),
        (Row, b'{"title":"t","lat":5}', "纬度（lat）：应为小于 5.0 的数字"),
        (Row, b'{"title":"t","code":"a"}', "文字的长度应不小于 2"),
        (Row, b'{"title":"t","code":"abcd"}', "文字的长度应不大于 3"),
        (Row, b'{"title":"t","code":"AB"}', "文字的格式应符合 '^[a-z]+$'"),
        (Row, b'{"title":"t","names":{"y":1}}', "names 里的名称：文字的格式应符合"),
        (Row, b'{"title":"t","names":{"x":"1"}}', "names[...]：应为整数，实为文字"),
        (Row, b'{"title":"t","pair":[1]}', "pair：列表的长度应为 2"),
        (Row, b'{"title":"t","unit":"week"}', "没有 'week' 这个选项"),
        (Row, b'{"title":"t","raw":"?"}', "raw：应为 base64 编码的文字"),
        (Row, b'{"title":"t","some":[]}', "some：列表的长度应不小于 1"),
        (Row, b'{"title":"t","some":[1,2,3]}', "some：列表的长度应不大于 2"),
        (Row, b'{"title":"t","maybe":"x"}', "maybe：应为整数或空值，实为文字"),
        (Row, b'{"title":"t","third":4}', "third：应为 3 的倍数的整数"),
        (Row, b'{"title":"t","either":4}', "应为是或否（true、false）或文字，实为整数"),
        (Row, b'{"title":"t","headcount":0}', "招聘人数（headcount）：应为不小于 1 的整数"),
        (Row, b'{"title":"t","headcount":10}', "招聘人数（headcount）：应为不大于 9 的整数"),
        (tuple[Row, ...], b'[{"title":1}]', "[0].title：应为文字，实为整数"),
        (Placed, b"[]", "列表的长度应不小于 1，实为 0"),
        (Placed, b"[1,2,3]", "列表的长度应不大于 2"),
        (Tagged, b'{"type":"c"}', "消息类型（type）：不能是 'c'"),
        (float, b"1e999", "数字超出范围"),
        (Any, b'{"a":1', "内容不完整"),
        (Any, b"hello", "不是有效的 JSON：有不能用的字符（第 0 字节"),
        (Any, b"01", "数字写错了"),
        (Any, b'{"a" 1}', "这里应为 :"),
        (Any, b"[1 2]", "这里应为 , 或 ]"),
        (Any, b'{"a":1 2}', "这里应为 , 或 }"),
        (Any, b"[1,]", "列表末尾多了逗号"),
        (Any, b'{"a":1,}', "花括号里末尾多了逗号"),
        (Any, b"{1:2}", "名称要加引号"),
        (Any, b"{} x", "结尾后面还有内容"),
        (Any, b'"\\q"', "反斜杠后面的字符不能用"),
        (Any, b'"\\u12zz"', "\\u 后面要写四位十六进制数"),
        (Any, b'"\\udc00\\u1"', "不成对"),
        (Any, b'"\xff"', "不是 UTF-8 文字（位置 0，字节 0xff：不能作字符的开头）"),
        (Any, b'"\xe4\xb8"', "不是 UTF-8 文字（位置 0"),
    ],
)
def test_what_msgspec_says_of_json(kind: Any, content: bytes, told: str) -> None:
    said = refused(lambda: msgspec.json.decode(content, type=kind))
    assert told in translated(said)["zh-CN"]
    assert translated(said)["en"] == said


@pytest.mark.parametrize(
    ("read", "content", "told"),
    [
        (msgspec.yaml.decode, b"a: b: c", "这里不能有冒号（第 1 行第 5 列）"),
        (msgspec.yaml.decode, b"a: [", "这里缺少内容（第 2 行第 1 列）"),
        (msgspec.yaml.decode, b"\t- a", "这里不能用这个字符开头（第 1 行第 1 列）"),
        (msgspec.toml.decode, b"x == 1", "值写错了（第 1 行第 4 列）"),
        (msgspec.toml.decode, b"a", "名称后面应为 =（文件末尾）"),
    ],
)
def test_what_is_said_of_other_files(
    read: Callable[[bytes], object], content: bytes, told: str
) -> None:
    assert translated(refused(lambda: read(content)))["zh-CN"] == told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("whole", "many", "应为整数"),
        ("whole", "1.5", "应为整数"),
        ("whole", 1.5, "应为整数，不能有小数"),
        ("whole", None, "应为整数"),
        ("whole", 0, "应不小于 1"),
        ("whole", 10, "应不大于 9"),
        ("whole", "9" * 5_000, "数字太长"),
        ("share", "much", "应为数字"),
        ("share", None, "应为数字"),
        ("share", 0, "应大于 0"),
        ("share", 1, "应小于 1"),
        ("exact", float("nan"), "应为有限的数"),
        ("is_on", "perhaps", "应为 true 或 false"),
        ("is_on", None, "应为 true 或 false"),
        ("code", "A", "格式应符合 '^[a-z]+$'"),
        ("code", None, "应为文字"),
        ("mode", "four", "只能是 'one'、'two'、'three'"),
    ],
)
def test_what_pydantic_says(name: str, value: object, told: str) -> None:
    said = refused(lambda: Limited.model_validate({name: value}))
    assert translated(said)["zh-CN"] == told


@pytest.mark.parametrize("key", sorted(key for key in table() if key.startswith("said.kafka.")))
def test_what_kafkas_client_says(key: str) -> None:
    """Each row is what the client says of one of its codes, or stands before that."""
    codes = [code for name, code in vars(KafkaError).items() if name.lstrip("_").isupper()]
    said = {KafkaError(code).str() for code in codes if isinstance(code, int)}
    assert table()[key]["en"].removesuffix("{why}") in said | {"Failed to get metadata: "}


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EACCES, "没有权限"),
        (errno.ENOENT, "没有这个文件或文件夹"),
        (errno.EISDIR, "是文件夹"),
        (errno.ENOTDIR, "不是文件夹"),
        (errno.ENOSPC, "磁盘满了"),
        (errno.EROFS, "磁盘只能读"),
        (errno.EIO, "磁盘读写出错"),
        (errno.EMFILE, "打开的文件太多"),
        (errno.EEXIST, "已经有了"),
        (errno.ECONNREFUSED, "连接被拒绝"),
        (errno.EADDRINUSE, "已被占用"),
        (errno.EADDRNOTAVAIL, "本机没有这个地址"),
    ],
)
def test_what_the_system_says(number: int, told: str) -> None:
    assert system_says(OSError(number, os.strerror(number), "x"))["zh-CN"] == told


@pytest.mark.parametrize("said", ["", "odd", "x" * 2_000 + " - at `$.title`"])
def test_what_no_row_knows_stays(said: str) -> None:
    assert translated(said) == {"zh-CN": said, "en": said}


@pytest.mark.parametrize("key", sorted(key for key in table() if key.startswith("said.")))
def test_a_row_is_found_by_its_own_words(key: str) -> None:
    """No row stands behind one that takes everything that it could say."""
    names = dict.fromkeys(("wanted", "found"), "int") | dict.fromkeys(("path", "name"), "shifts")
    given = {**names, "why": "Invalid value", "usage": "gigmatch", "command": "'gigmatch --help'"}
    numbers = dict.fromkeys(("limit", "length", "line", "column", "at", "step", "number"), "7")
    rest = dict.fromkeys(("address", "near", "words", "value", "allowed", "pattern", "byte"), "x")
    told = translated(table()[key]["en"].format(**given, **numbers, **rest))["zh-CN"]
    start, _, _ = table()[key]["zh-CN"].replace("}}", "}").partition("{")
    assert told.startswith(start)
    assert told != table()[key]["en"]


def test_a_field_is_called_by_its_name() -> None:
    assert field_name("shifts[1].end") == "班次第2项结束时间"
    assert field_name("nothing.end") == ""
