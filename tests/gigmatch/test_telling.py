"""Every expected error is one line that says what to do."""

import json
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException
from pydantic import ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError

from events.rejections import Rejection
from gigmatch.errors import NoBrokerError, NoTopicError, SaidError, UserError
from gigmatch.settings import Settings
from gigmatch.telling import Told, tell
from producers.publisher import DeliveryError


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
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
        (DeliveryError("not delivered"), "delivery", "not delivered"),
        (UserError("no job J"), "user", "no job J"),
        (FileNotFoundError(2, "no such file", "x"), "file", "x does not exist"),
        (IsADirectoryError(21, "is a directory", "x"), "file", "x is a folder"),
        (PermissionError(13, "not allowed", "x"), "file", "permissions"),
        (OSError(28, "no space left", "x"), "file", "no space left"),
    ],
)
def test_an_expected_error_says_what_to_do(error: Exception, code: str, part: str) -> None:
    told = tell(error)
    assert told is not None
    assert told.code == code
    assert part in told.message
    assert "\n" not in told.message


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


@pytest.mark.parametrize("error", [ValueError("odd"), OSError("odd"), KeyError("odd")])
def test_an_unexpected_error_is_not_hidden(error: Exception) -> None:
    assert tell(error) is None


def test_a_refused_event_is_told_in_the_language_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rejection = Rejection("missing_field", "pay")
    rejection.add_note("line 7")
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "en")
    assert tell(rejection) == Told(
        "line 7: pay is missing; fill it in and send the event again", "missing_field", "pay"
    )
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "zh-CN")
    told = tell(rejection)
    assert told is not None
    assert "缺少必填项" in json.loads(told.as_json())["error"]


def test_a_wrong_setting_is_named_as_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGMATCH_PARTITIONS", "many")
    with pytest.raises(ValidationError) as wrong:
        Settings()
    told = tell(wrong.value)
    assert told is not None
    assert told.message.startswith("GIGMATCH_PARTITIONS is 'many'")


def test_a_release_that_is_refused_explains_itself(tmp_path: Path) -> None:
    from models.registry import ReleaseError

    told = tell(ReleaseError("rules:v9", "it is broken"))
    assert told is not None
    assert "gigmatch model list" in told.message
