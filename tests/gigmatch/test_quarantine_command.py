"""Stations in quarantine from the command line: listed, and released with a line in the audit."""

import asyncio
import json

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from events.audit import AuditRecorded
from events.codec import decode
from events.facts import StationReleased
from events.topics import AUDIT, EVENTS
from gigmatch.commands import quarantine
from gigmatch.health import HealthServer
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from streams import metrics
from tests.brokers import MemoryBroker


@pytest.fixture
def app(embedded_broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    ensure_topics(embedded_broker.bootstrap, 2, 1)
    monkeypatch.setenv("GIGMATCH_KAFKA", embedded_broker.bootstrap)
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


def test_the_list_is_what_the_matchers_say(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = HealthServer(0, "127.0.0.1", lambda: (True, ""))
    health.start()
    monkeypatch.setenv("GIGMATCH_SCRAPE", f"matcher=127.0.0.1:{health.port}")
    metrics.show_quarantine(0, {"511181-09": 1_805_155_200_000})
    try:
        told = json.loads(run(app, "list", "--json"))
        assert told == [{"station_id": "511181-09", "since": 1_805_155_200_000}]
        assert run(app, "list") == "511181-09  since 03-16 08:00:00\n"
    finally:
        metrics.show_quarantine(0, {})
        asyncio.run(asyncio.to_thread(health.stop))
