"""What `gigmatch watch` says of an outcome, and how it stands in a narrow terminal."""

import io
from collections import deque

import msgspec
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from events.envelope import Envelope
from events.facts import Fact
from events.outcomes import Cause, JobExpired, OfferWithdrawn
from events.topics import OUTCOMES
from gigmatch.commands.watch import register, row_of, table_of
from gigmatch.settings import Settings
from tests.matching.scenario import JOB as POSTED
from tests.matching.scenario import WORKER
from tests.projecting import answered
from tests.town import NOW, ZONE
from tests.worlds import record_of

JOB = "J-511181-20270315-0007-and-more"
WITHDRAWN = OfferWithdrawn(
    zone=ZONE,
    at=NOW,
    cause=Cause(partition=0, offset=1, ce_id="1"),
    offer_id="O-1",
    job_id=JOB,
    worker_id="W-1",
    reason="job_filled",
)
ENVELOPE = Envelope(id="1", source="/tests", type="offer.withdrawn.v1", time=NOW, data=b"")


@pytest.mark.parametrize(
    ("language", "told"), [("zh-CN", "W-1, 已招满"), ("en", "W-1, all places are filled")]
)
def test_why_is_said_in_words_and_when_by_the_clock_on_the_wall(language: str, told: str) -> None:
    assert row_of(ENVELOPE, WITHDRAWN, language) == (
        "03-15 08:00:00",
        ZONE,
        "offer.withdrawn",
        JOB,
        told,
    )


def test_a_jobs_id_is_whole_in_a_narrow_terminal() -> None:
    drawn = io.StringIO()
    Console(width=80, file=drawn).print(
        table_of(deque([row_of(ENVELOPE, WITHDRAWN, "zh-CN")]), "zh-CN")
    )
    assert JOB in drawn.getvalue()
    assert "…" not in drawn.getvalue()


def test_the_headings_and_what_is_said_are_in_one_language() -> None:
    expired = JobExpired(
        zone=ZONE, at=NOW, cause=WITHDRAWN.cause, job_id=JOB, headcount=4, booked=1
    )
    for language, words in (
        ("zh-CN", ("区县", "岗位或务工人员", "4 个名额已定 1 个")),
        ("en", ("zone", "job or worker", "1 of 4 places booked")),
    ):
        drawn = io.StringIO()
        rows = deque([row_of(ENVELOPE, expired, language)])
        Console(width=160, file=drawn).print(table_of(rows, language))
        assert all(word in drawn.getvalue() for word in words)


def test_the_settings_are_read_once_however_many_lines_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Read for every line they were most of the work: 350 lines a second came through a pipe."""
    built: list[Settings] = []

    def build() -> Settings:
        built.append(Settings())
        return built[-1]

    monkeypatch.setattr("gigmatch.settings.Settings", build)
    monkeypatch.setattr("gigmatch.reach.require_broker", lambda bootstrap: None)
    workers = [msgspec.structs.replace(WORKER, worker_id=f"W-{n}") for n in range(9)]
    facts: list[Fact] = [*workers, POSTED]
    log = answered(record_of(fact, offset) for offset, fact in enumerate(facts))
    records = [record for record in log if record.topic == OUTCOMES]
    monkeypatch.setattr("gigmatch.tail.follow_outcomes", lambda *_, **__: iter(records))
    app = typer.Typer()
    register(app)
    done = CliRunner().invoke(app, [], catch_exceptions=False)
    assert len(done.stdout.splitlines()) == len(records) > 9
    assert len(built) == 1
