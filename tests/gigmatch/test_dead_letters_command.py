"""Dead letters at the command line: what a record says is text."""

import pytest
import typer
from typer.testing import CliRunner

from events.rejections import Rejection
from events.topics import DEAD_LETTERS
from gigmatch.commands import dead_letters
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from streams.dead_letters import headers_for
from tests.brokers import MemoryBroker
from tests.matching.scenario import JOB
from tests.worlds import record_of


def test_a_type_that_looks_like_markup_is_listed(
    embedded_broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    monkeypatch.setenv("GIGMATCH_KAFKA", embedded_broker.bootstrap)
    added = headers_for(record_of(JOB), Rejection("not_json", "value", at=0))
    publisher = Publisher(embedded_broker.bootstrap, client_id="tests")
    publisher.publish(DEAD_LETTERS, b"x", headers=(("ce_type", b"[/x]"), *added), partition=0)
    publisher.close()
    app = typer.Typer()
    dead_letters.register(app)
    done = CliRunner().invoke(app, ["dead-letters", "list"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "[/x]" in done.stdout
