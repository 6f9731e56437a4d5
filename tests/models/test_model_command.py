"""`gigmatch model` as a person types it."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import typer
from confluent_kafka import Consumer, Message, TopicPartition
from typer.testing import CliRunner, Result

from events.topics import EVENTS
from gigmatch.commands.model import register
from gigmatch.topics_admin import ensure_topics
from models.manifest import Manifest
from models.registry import Registry
from tests.brokers import Broker, BrokerKind, MemoryBroker

runner = CliRunner()


@pytest.fixture
def folder(registry: Registry, release: str, tmp_path: Path) -> str:
    """A registry with one release in it."""
    assert registry.newest() == release
    return str(tmp_path / "releases")


def run(*arguments: str, language: str = "en") -> Result:
    app = typer.Typer()
    register(app)
    return runner.invoke(app, ["model", *arguments], env={"GIGMATCH_LANGUAGE": language})


def first_record(bootstrap: str, partition: int) -> Message:
    """The first record of a partition of `market.events`."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test"})
    consumer.assign([TopicPartition(EVENTS, partition, 0)])
    try:
        record = consumer.poll(120)
        assert record is not None
        return record
    finally:
        consumer.close()


def test_list_names_every_release(folder: str, release: str) -> None:
    (found,) = json.loads(run("list", "--releases", folder, "--json").stdout)
    assert found["release"] == release
    assert found["sequence"] == 1
    assert found["offers"] == 6_000
    assert release[:19] in run("list", "--releases", folder).stdout


def test_list_says_which_release_is_damaged(folder: str, release: str) -> None:
    (Path(folder) / release.removeprefix("sha256:") / "release.json").write_bytes(b"{}")
    assert "damaged" in run("list", "--releases", folder).stdout


@pytest.mark.parametrize("characters", [6, 64, 71])
def test_show_finds_a_release_by_its_first_characters(
    folder: str, release: str, characters: int
) -> None:
    name = (
        release[:characters] if characters == 71 else release.removeprefix("sha256:")[:characters]
    )
    shown = run("show", name, "--releases", folder, "--json")
    assert json.loads(shown.stdout)["release"] == release


def test_show_tells_what_it_was_trained_on_and_how_good_it_is(folder: str) -> None:
    shown = run("show", "newest", "--releases", folder).stdout
    assert "made-up rows of the tests" in shown
    assert "accept: constant" in shown
    assert "complete: model" in shown


def test_show_knows_the_rules(folder: str) -> None:
    assert "built-in rules" in run("show", "rules:v1", "--releases", folder).stdout


def test_an_unknown_release_says_where_to_look(folder: str) -> None:
    shown = run("show", "sha256:77", "--releases", folder)
    assert shown.exit_code == 1
    assert "There is no release sha256:77. gigmatch model list shows them all." in str(
        shown.exception
    )


def test_an_ambiguous_name_is_not_guessed(
    folder: str, registry: Registry, built: tuple[Manifest, dict[str, bytes]]
) -> None:
    manifest, model = built
    for number in range(20):
        files = {**manifest.files, f"note-{number}": "0" * 64}
        registry.add(msgspec.structs.replace(manifest, files=files), model)
    names = [info.release.removeprefix("sha256:")[0] for info in registry.releases()]
    twice = next(name for name in names if names.count(name) > 1)
    assert "releases begin with" in str(run("show", twice, "--releases", folder).exception)


def test_a_damaged_release_is_not_promoted(folder: str, release: str) -> None:
    (Path(folder) / release.removeprefix("sha256:") / "model.onnx").write_bytes(b"broken")
    refused = run("promote", release, "--releases", folder)
    assert refused.exit_code == 1
    assert "is refused: model.onnx is not the file that was released" in str(refused.exception)


def test_a_promotion_reaches_every_partition(
    folder: str, release: str, embedded_broker: MemoryBroker
) -> None:
    bootstrap = embedded_broker.bootstrap
    ensure_topics(bootstrap, partitions=3, replication=1)
    promoted = run("promote", "newest", "--releases", folder, "--kafka", bootstrap, "--json")
    assert json.loads(promoted.stdout) == {"release": release, "partitions": 3}
    for partition in range(3):
        record = first_record(bootstrap, partition)
        assert record.key() == b"*"
        assert json.loads(record.value() or b"") == {"zone": "*", "release": release}


def test_a_broker_without_the_topics_is_named(
    folder: str, new_broker: Callable[[BrokerKind], Broker]
) -> None:
    bootstrap = new_broker("embedded").bootstrap
    refused = run("promote", "newest", "--releases", folder, "--kafka", bootstrap)
    assert refused.exit_code == 1
    assert f"Not promoted, broker {bootstrap}: topic market.events does not" in str(
        refused.exception
    )


def test_a_log_without_answers_cannot_train(folder: str, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"")
    candidates = str(tmp_path / "candidates")
    refused = run("train", str(log), "--out", candidates, "--releases", folder)
    assert refused.exit_code == 1
    assert "0 offers with a known acceptance; 200 are needed" in str(refused.exception)
