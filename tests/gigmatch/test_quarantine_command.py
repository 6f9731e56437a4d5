"""Stations in quarantine from the command line: listed, and released with a line in the audit."""

import json
from collections.abc import Iterator

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from events.audit import AuditRecorded
from events.codec import decode
from events.facts import StationReleased
from events.topics import AUDIT, EVENTS
from gigmatch.commands import quarantine
from gigmatch.errors import UserError
from gigmatch.health import HealthServer
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from streams import metrics
from tests.brokers import MemoryBroker


@pytest.fixture
def app(embedded_broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    ensure_topics(embedded_broker.bootstrap, 2, 1)
    monkeypatch.setenv("GIGMATCH_KAFKA", embedded_broker.bootstrap)
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "en")
    made = typer.Typer()
    quarantine.register(made)
    return made


def run(app: typer.Typer, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["quarantine", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_release_is_audited_and_reaches_every_partition(
    app: typer.Typer, embedded_broker: MemoryBroker
) -> None:
    told = json.loads(run(app, "release", "511181-05", "--json").splitlines()[-1])
    assert told == {"station_id": "511181-05", "partitions": 2}
    with LogReader(embedded_broker.bootstrap) as reader:
        said = [decode(record).fact for n in (0, 1) for record in reader.read(EVENTS, n)]
        lines = [
            msgspec.json.decode(record.value or b"", type=AuditRecorded)
            for n in (0, 1)
            for record in reader.read(AUDIT, n)
        ]
    assert said == [StationReleased(station_id="511181-05")] * 2
    assert [(one.action, one.subject) for one in lines] == [("station_released", "511181-05")]
    assert lines[0].actor.startswith("operator:cli")


def test_what_is_no_station_is_not_released(app: typer.Typer) -> None:
    done = CliRunner().invoke(app, ["quarantine", "release", "511181"])
    assert done.exit_code == 2
    assert "511181-05" in done.output


@pytest.fixture
def one_held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A matcher that holds one station in quarantine, and says so."""
    health = HealthServer(0, "127.0.0.1", lambda: (True, ""))
    health.start()
    monkeypatch.setenv("GIGMATCH_SCRAPE", f"matcher=127.0.0.1:{health.port}")
    metrics.show_quarantine(0, {"511181-09": 1_805_155_200_000})
    yield
    metrics.show_quarantine(0, {})
    health.stop()


@pytest.mark.usefixtures("one_held", "embedded_broker")
def test_a_station_that_is_not_in_quarantine_is_not_released(app: typer.Typer) -> None:
    with pytest.raises(UserError, match="511181-08 is not in quarantine"):
        run(app, "release", "511181-08")
    assert "511181-09 is looked at again" in run(app, "release", "511181-09")
    metrics.show_quarantine(0, {})
    nobody = CliRunner().invoke(app, ["quarantine", "list"], catch_exceptions=False)
    assert (nobody.stdout, nobody.stderr) == ("", "no station is in quarantine\n")


@pytest.mark.usefixtures("one_held")
def test_the_list_is_what_the_matchers_say(app: typer.Typer) -> None:
    told = json.loads(run(app, "list", "--json"))
    assert told == [{"station_id": "511181-09", "since": 1_805_155_200_000}]
    assert run(app, "list") == "511181-09  since 03-16 08:00:00\n"


@pytest.mark.usefixtures("one_held", "embedded_broker")
def test_all_of_it_is_said_in_chinese_too(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "zh-CN")
    assert run(app, "list") == "511181-09  03-16 08:00:00 起\n"
    assert "511181-09 已解除隔离" in run(app, "release", "511181-09")
    metrics.show_quarantine(0, {})
    nobody = CliRunner().invoke(app, ["quarantine", "list"], catch_exceptions=False)
    assert nobody.stderr == "没有被隔离的驿站\n"
