"""Every expected error is one line that says what to do."""

import json
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from pydantic import ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError

from events.phrases import translated
from events.rejections import Rejection
from gateway.publishing import PublishError
from gateway.store import StoreError
from gigmatch.errors import NoBrokerError, NoTopicError, SaidError, UserError
from gigmatch.fold import LogFileError
from gigmatch.kafka_address import KafkaAddressError
from gigmatch.settings import Settings
from gigmatch.telling import Told, tell
from matching.scorer import MissingReleaseError
from models.calibrated import TrainingError
from models.evidence.audit import PersonsError
from models.parquet import TableError
from models.registry import ReleaseError
from models.replay import LogError
from producers.publisher import DeliveryError
from streams.dead_letters import LostError
from streams.recovery import LogTruncatedError

LATE = "Local: Message timed out"
CUT: Any = {"log": "market.events/3", "first": 8, "needed": 3, "snapshots": "market.snapshots"}


def unpublished() -> PublishError:
    """What the gateway makes of a record that was not delivered."""
    error = PublishError("not delivered: a market")
    error.__cause__ = DeliveryError("delivery.none", why={"zh-CN": "市场", "en": "a market"})
    return error


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (unpublished(), "publish", "not delivered: a market"),
        (PublishError("odd"), "publish", "odd"),
        (StoreError("store.silent", why="x"), "store", "the store does not answer: x"),
        (LogTruncatedError("matcher.log_truncated", **CUT), "log_truncated", "ends before 3."),
        (NoBrokerError("b:1", "refused"), "no_broker", "GIGMATCH_KAFKA"),
        (NoTopicError("t"), "no_topic", "gigmatch topics --create"),
        (KafkaException(KafkaError(KafkaError._TRANSPORT)), "no_broker", "GIGMATCH_KAFKA"),
        (
            KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)),
            "no_topic",
            "gigmatch topics --create",
        ),
        (KafkaException(KafkaError(KafkaError._FAIL)), "kafka", "gigmatch doctor"),
        (KafkaException("odd"), "kafka", "odd"),
        (RedisConnectionError("refused."), "redis", "GIGMATCH_REDIS"),
        (DeliveryError("delivery.none", why="odd"), "delivery", "not delivered: odd"),
        (UserError("no job J"), "user", "no job J"),
        (FileNotFoundError(2, "no such file", "x"), "file", "x does not exist"),
        (IsADirectoryError(21, "is a directory", "x"), "file", "x is a folder"),
        (PermissionError(13, "not allowed", "x"), "file", "permissions"),
        (OSError(28, "no space left", "x"), "file", "no space left"),
    ],
)
def test_an_expected_error_says_what_to_do(error: Exception, code: str, part: str) -> None:
    told = tell(error, "en")
    assert told is not None
    assert told.code == code
    assert part in told.message
    assert "\n" not in told.message


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (KafkaException(KafkaError(KafkaError._FAIL)), "还可以用 `gigmatch doctor` 检查"),
        (KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)), "请运行"),
        (RedisConnectionError("refused."), "请启动它"),
        (FileNotFoundError(2, "no such file", "x"), "x 不存在"),
        (IsADirectoryError(21, "is a directory", "x"), "x 是文件夹"),
        (NotADirectoryError(20, "is no directory", "x"), "x 不在文件夹里"),
        (PermissionError(13, "not allowed", "x"), "权限"),
        (KafkaAddressError("error.kafka_password_shown"), "密码放进文件"),
        (LogFileError(Path("log"), 3, ValueError("odd")), "log 第 3 行：odd"),
        (LogFileError(Path("log"), 3, ValueError("invalid number")), "log 第 3 行：数字写错了"),
        (KafkaException(KafkaError(KafkaError._TRANSPORT)), "回答（连接断开或建不起来）：请"),
        (OSError(28, "No space left on device", "x"), "x: 磁盘满了"),
        (
            DeliveryError("delivery.several", where="t[0]", why=translated(LATE), n=2),
            "没有送达：t[0]：等了很久也没有送出，另外还有 2 条",
        ),
        (StoreError("store.silent", why=translated("database is locked")), "正被别的进程占用"),
        (unpublished(), "没有送达：市场"),
        (LogTruncatedError("matcher.log_truncated", **CUT), "market.events/3 从位置 8 开始"),
        (MissingReleaseError("sha256:7"), "模型版本 sha256:7 评过分，却不在这里的版本库里"),
    ],
)
def test_it_is_told_in_chinese(error: Exception, part: str) -> None:
    told = tell(error, "zh-CN")
    assert told is not None
    assert part in told.message
    assert told.as_line().startswith("错误：")


def test_an_error_of_the_translation_table_is_told_in_the_language_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = SaidError("import.no_feed", value="two words")
    for language, part in (("en", "no name for a feed"), ("zh-CN", "不能作来源名")):
        monkeypatch.setenv("GIGMATCH_LANGUAGE", language)
        told = tell(error)
        assert told is not None
        assert part in told.message
        assert told.code == "no_feed"
    assert "no name for a feed" in str(error)


def test_a_missing_release_is_told_in_the_words_of_the_log() -> None:
    error = MissingReleaseError("sha256:7")
    assert tell(error, "en") == Told(str(error), "missing_release", language="en")


@pytest.mark.parametrize("error", [ValueError("odd"), OSError("odd"), KeyError("odd")])
def test_an_unexpected_error_is_not_hidden(error: Exception) -> None:
    assert tell(error) is None


def test_a_refused_event_is_told_in_the_language_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rejection = Rejection("missing_field", "pay")
    rejection.add_note("7")
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "en")
    assert tell(rejection) == Told(
        "line 7: pay is missing; fill it in and send the event again", "missing_field", "pay", "en"
    )
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "zh-CN")
    told = tell(rejection)
    assert told is not None
    assert json.loads(told.as_json())["error"].startswith("第 7 行：缺少必填项")


@pytest.mark.parametrize(
    ("language", "begins", "line"),
    [
        ("en", "GIGMATCH_PARTITIONS is 'many': Input should be a valid integer", "error: "),
        ("zh-CN", "GIGMATCH_PARTITIONS 是 'many'：应为整数；请", "错误："),
        ("fr", "GIGMATCH_PARTITIONS 是 'many'：应为整数; GIGMATCH_LANGUAGE 是 'fr'", "错误："),
    ],
)
def test_a_wrong_setting_is_named_as_it_is_set(
    monkeypatch: pytest.MonkeyPatch, language: str, begins: str, line: str
) -> None:
    monkeypatch.setenv("GIGMATCH_PARTITIONS", "many")
    monkeypatch.setenv("GIGMATCH_LANGUAGE", language)
    with pytest.raises(ValidationError) as wrong:
        Settings()
    told = tell(wrong.value)
    assert told is not None
    assert begins in told.message
    assert told.as_line().startswith(line)


def test_a_file_of_settings_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGMATCH_ENV", "/nowhere/gigmatch.env")
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "zh-CN")
    with pytest.raises(SaidError) as missing:
        Settings()
    told = tell(missing.value)
    assert told is not None
    assert told.as_line().startswith("错误：GIGMATCH_ENV 指的 /nowhere/gigmatch.env 不存在")


@pytest.mark.parametrize(
    ("error", "code", "parts"),
    [
        (
            ReleaseError("rules:v9", "changed", file="a.json"),
            "release",
            ("模型版本 rules:v9 不能用：a.json 被改过", "（gigmatch model list）"),
        ),
        (
            TableError(Path("a/b.parquet"), "missing", columns="x, y"),
            "table",
            ("b.parquet 不能用：缺少这些列：x, y", "gigmatch dataset"),
        ),
        (
            TrainingError("too_few", part="calibration", target="complete", n=3, least=50),
            "training",
            ("校准部分只有 3 条知道结果的完成，至少要 50 条",),
        ),
        (LogError("learn.outcome_lost", id="1-2-0"), "log", ("1-2-0 日志里没有",)),
        (PersonsError("persons.nobody", file="p"), "persons", ("p 里一个人也没有",)),
        (LostError("letters.lost", origin="t/0/1"), "lost", ("t/0/1 已不在日志里",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_learnt_or_used_is_told_in_chinese(
    error: SaidError, code: str, parts: tuple[str, ...]
) -> None:
    told = tell(error, "zh-CN")
    assert told is not None
    assert told.code == code
    assert [part for part in parts if part not in told.message] == []
    assert tell(error, "en") == Told(str(error), code, language="en")
