"""One posted job is one trace, from a request to the real gateway to the outcomes on the log."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from events.tracing import TRACEPARENT, read_traceparent
from tests.collecting import collecting
from tests.running import ZONE, Up, publish, read_until
from tests.system.test_access import gigmatch
from tests.system.test_up import _job, _worker

OUTER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_posted_job_is_one_trace(
    run_up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting() as (address, got):
        monkeypatch.setenv("GIGMATCH_OTLP_ENDPOINT", address)
        up = run_up("--no-simulator")
        now = time.time_ns() // 1_000_000
        publish(up, "worker.available.v1", _worker(now))
        read_until(up, "market.events", lambda line: line["type"] == "worker.available.v1")
        store = f"sqlite:{tmp_path}/logs/store.db"
        key = gigmatch(up, store, "station-key", "create", f"{ZONE}-05", "--json")["key"]
        headers = {"authorization": f"Bearer {key}", "idempotency-key": "j", "traceparent": OUTER}
        job = json.loads(_job(now))
        answer = httpx.post(f"{up.http}/api/station/jobs", json=job, headers=headers)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        made = read_until(up, "market.outcomes", lambda line: line["type"] == "offer.made.v1")
        assert up.end(signal.SIGINT) == 0, up.output.read_text()
    outer, outcome = read_traceparent(OUTER), read_traceparent(made["headers"][TRACEPARENT])
    assert outer is not None
    assert outcome is not None
    in_trace = [(s, span) for s, span in got if span.trace_id.hex() == outer.trace_id]
    assert len(in_trace) == len(got)  # what began in no request is in no trace
    by_id = {span.span_id.hex(): (service, span) for service, span in in_trace}
    service, span = by_id[outcome.span_id]
    names = [(service, span.name)]
    while span.parent_span_id.hex() != outer.span_id:
        service, span = by_id[span.parent_span_id.hex()]
        names.append((service, span.name))
    assert names == [
        ("gigmatch-matcher", "emit offer.made"),
        ("gigmatch-matcher", "match"),
        ("gigmatch-gateway", "POST /api/station/jobs"),
    ]
