"""Advice from a process of its own: whatever the job is called, whatever that process prints."""

import sys

import pytest
from structlog.testing import capture_logs

from gateway.advice import AdviceError
from gigmatch.advice import advise
from gigmatch.topics_admin import ensure_topics
from tests.brokers import MemoryBroker
from tests.town import ZONE


@pytest.mark.parametrize("job_id", ["--help", "--zone"])
async def test_a_job_that_is_called_as_an_option_is_looked_for(
    embedded_broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch, job_id: str
) -> None:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    monkeypatch.setenv("GIGMATCH_KAFKA", embedded_broker.bootstrap)
    with capture_logs() as told, pytest.raises(AdviceError, match="failed"):
        await advise(ZONE, job_id, "en")
    [line] = told
    assert f"no job {job_id} in the log" in " ".join(line["why"].split())


async def test_what_is_no_advice_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/echo")
    with capture_logs() as told, pytest.raises(AdviceError, match="failed"):
        await advise(ZONE, "J-1", "en")
    assert [line["job"] for line in told] == ["J-1"]
