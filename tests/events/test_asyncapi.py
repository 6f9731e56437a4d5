"""asyncapi.yaml before the AsyncAPI project's own parser, and its examples before the codec."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from events.asyncapi import document
from events.audit import AuditRecorded
from events.codec import (
    EVENT_TYPES,
    NOTIFICATION_TYPES,
    decode,
    decode_notification,
    decode_outcome,
)
from events.envelope import Record
from events.examples import AUDITED, FACTS, NOTICES, NOTIFICATIONS, OUTCOMES
from events.schemas import MESSAGE_TYPES
from events.topics import TOPICS

VALIDATE = Path("tests/node/validate.mjs").resolve()
DOCUMENT: dict[str, Any] = yaml.safe_load(Path("asyncapi.yaml").read_text(encoding="utf-8"))
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
TYPED = sorted(name for name, message in MESSAGES.items() if "examples" in message)


def parse(path: Path) -> subprocess.CompletedProcess[str]:
    """What the AsyncAPI parser says of a document."""
    node = shutil.which("node")
    assert node is not None, "node is not installed: apt-get install nodejs"
    assert (VALIDATE.parent / "node_modules").is_dir(), "run `make test`"
    return subprocess.run(
        [node, str(VALIDATE), str(path.resolve())],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def as_record(message: dict[str, Any]) -> Record:
    """The record that a message's example describes."""
    given = message["examples"][0]
    return Record(
        topic="",
        partition=0,
        offset=0,
        timestamp=0,
        key=None,
        value=json.dumps(given["payload"]).encode(),
        headers=tuple((name, value.encode()) for name, value in given["headers"].items()),
    )


def test_the_asyncapi_parser_finds_no_error() -> None:
    done = parse(Path("asyncapi.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(TOPICS)} channels, {len(MESSAGES)} messages" in done.stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("asyncapi: 3.0.0", "asyncapi: 9.0.0"),
        ("protocol: kafka", "protokoll: kafka"),
        ("#/components/messages/jobPosted", "#/components/messages/jobPraised"),
    ],
)
def test_the_asyncapi_parser_would_find_one(old: str, new: str, tmp_path: Path) -> None:
    broken = tmp_path / "asyncapi.yaml"
    text = Path("asyncapi.yaml").read_text(encoding="utf-8")
    assert old in text
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert parse(broken).returncode == 1


def test_the_file_is_the_document() -> None:
    assert document() == DOCUMENT


def test_every_message_and_topic_is_in_the_document() -> None:
    assert len(TYPED) == len(MESSAGE_TYPES)
    assert {one["address"] for one in DOCUMENT["channels"].values()} == {one.name for one in TOPICS}


@pytest.mark.parametrize("name", TYPED)
def test_an_example_is_valid_and_the_codec_takes_it(name: str) -> None:
    message = MESSAGES[name]
    for part in ("headers", "payload"):
        whole = {**message[part], "components": DOCUMENT["components"]}
        Draft202012Validator(whole).validate(message["examples"][0][part])
    plain = message["name"].removesuffix(".v1")
    if plain in AUDITED:
        payload = json.dumps(message["examples"][0]["payload"])
        assert msgspec.json.decode(payload, type=AuditRecorded) == AUDITED[plain]
    elif plain in EVENT_TYPES:
        assert decode(as_record(message)).fact == {**FACTS, **NOTICES}[plain]
    elif plain in NOTIFICATION_TYPES:
        assert decode_notification(as_record(message))[1] == NOTIFICATIONS[plain]
    else:
        assert decode_outcome(as_record(message))[1] == OUTCOMES[plain]
