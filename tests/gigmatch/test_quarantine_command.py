"""Stations in quarantine from the command line: listed, and released with a line in the audit."""

import json
from collections.abc import Iterator

import msgspec
import pytest

from events.audit import AuditRecorded
from events.codec import decode
from events.facts import StationReleased
from events.topics import AUDIT, EVENTS
from gigmatch.health import HealthServer
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from streams import metrics
from tests.brokers import MemoryBroker
from tests.typed import Said, typed


@pytest.fixture(autouse=True)
def topics(embedded_broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_topics(embedded_broker.bootstrap, 2, 1)
    monkeypatch.setenv("GIGMATCH_KAFKA", embedded_broker.bootstrap)
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "en")


def run(*arguments: str) -> str:
    said = typed("quarantine", *arguments)
    assert said.code == 0, said.err
    return said.out


def test_a_release_is_audited_and_reaches_every_partition(embedded_broker: MemoryBroker) -> None:
    told = json.loads(run("release", "511181-05", "--json"))
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


def test_what_is_no_station_is_not_released() -> None:
    said = typed("quarantine", "release", "511181")
    assert said.code == 2
    assert "511181-05" in said.err


@pytest.mark.parametrize("scrape", ["matcher=127.0.0.1:1", "gateway=127.0.0.1:1"])
def test_without_a_matcher_nobody_knows_who_is_in_quarantine(
    scrape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told as an empty list, after a line of the log that was no JSON."""
    monkeypatch.setenv("GIGMATCH_SCRAPE", scrape)
    said = typed("quarantine", "list", "--json")
    assert (said.code, said.out) == (1, "")
    assert json.loads(said.err.splitlines()[-1])["code"] == "no_matcher"


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


@pytest.mark.usefixtures("one_held")
def test_a_station_that_is_not_in_quarantine_is_not_released() -> None:
    said = typed("quarantine", "release", "511181-08")
    assert said.code == 1
    assert "511181-08 is not in quarantine" in said.err
    assert "511181-09 is looked at again" in run("release", "511181-09")
    metrics.show_quarantine(0, {})
    assert typed("quarantine", "list") == Said(0, "", "no station is in quarantine\n")


@pytest.mark.usefixtures("one_held")
def test_the_list_is_what_the_matchers_say() -> None:
    told = json.loads(run("list", "--json"))
    assert told == [{"station_id": "511181-09", "since": 1_805_155_200_000}]
    assert run("list") == "511181-09  since 03-16 08:00:00\n"


@pytest.mark.usefixtures("one_held")
def test_all_of_it_is_said_in_chinese_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "zh-CN")
    assert run("list") == "511181-09  03-16 08:00:00 起\n"
    assert "511181-09 已解除隔离" in run("release", "511181-09")
    metrics.show_quarantine(0, {})
    assert typed("quarantine", "list").err == "没有被隔离的驿站\n"
