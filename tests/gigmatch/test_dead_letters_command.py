"""Dead letters at the command line: what a record says is text."""

import io

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from events.rejections import Rejection
from events.topics import DEAD_LETTERS
from gigmatch.commands import dead_letters
from gigmatch.errors import UserError
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from streams.dead_letters import DeadLetter, headers_for
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
    for language, none in (("en", "no dead letters"), ("zh-CN", "没有异常事件")):
        monkeypatch.setenv("GIGMATCH_LANGUAGE", language)
        with monkeypatch.context() as empty:
            empty.setattr(dead_letters, "_letters", list)
            assert none in CliRunner().invoke(app, ["dead-letters", "list"]).stdout
    done = CliRunner().invoke(app, ["dead-letters", "list"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "[/x]" in done.stdout
    with pytest.raises(UserError, match="no dead letter from nope"):
        CliRunner().invoke(app, ["dead-letters", "show", "nope"], catch_exceptions=False)


def test_nothing_is_cut_off_where_the_terminal_is_narrow() -> None:
    letter = DeadLetter(
        origin="market.events/3/1234567890",
        code="job_exists",
        field="job_id",
        reason="there is such a job already: choose another id",
        reason_zh="岗位编号已经有了，请换一个编号再发一次",
        ce_type="job.posted.v1",
        ce_source="",
        size=1,
        record=record_of(JOB),
        replayed_at=1_805_155_200_000,
    )
    drawn = io.StringIO()
    Console(width=80, file=drawn).print(dead_letters.table_of([letter], "zh-CN"))
    assert letter.origin in drawn.getvalue()
    assert "…" not in drawn.getvalue()
    for language, words in (
        ("zh-CN", ("来处", "重发时间", "换一个编号")),
        ("en", ("origin", "sent again", "choose another id")),
    ):
        wide = io.StringIO()
        Console(width=200, file=wide).print(dead_letters.table_of([letter], language))
        assert all(word in wide.getvalue() for word in words)
