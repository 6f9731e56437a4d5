"""One posted job is one trace, from a request to the real gateway to the outcomes on the log."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from events.tracing import TRACEPARENT, read_traceparent
from tests.collecting import collecting
from tests.running import Up, read_until
from tests.system.test_access import HOUR_MS, PLACE, STATION, command, gigmatch, job, wait_for

OUTER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_posted_job_is_one_trace(
    run_up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting() as (address, got):
        monkeypatch.setenv("GIGMATCH_OTLP_ENDPOINT", address)
        up = run_up("--no-simulator")
        store = f"sqlite:{tmp_path / 'logs' / 'store.db'}"
        key = gigmatch(up, store, "station-key", "create", STATION, "--json")["key"]
        headers = {"authorization": f"Bearer {key}"}
        with httpx.Client(base_url=up.http, headers=headers) as station:
            now = time.time_ns() // 1_000_000
            registration = {"windows": [{"start": now, "end": now + 72 * HOUR_MS}], "place": PLACE}
            command(station, "/api/station/workers/W-1/availability", registration)
            wait_for(station, "/api/station/workers/W-1", lambda view: view["available"])
            station.headers["traceparent"] = OUTER
            command(station, "/api/station/jobs", job(now))
        made = read_until(up, "market.outcomes", lambda line: line["type"] == "offer.made.v1")
        # Batches go out every few seconds: who ends sends what is left.
        assert up.end(signal.SIGINT) == 0, up.output.read_text()
    outer, outcome = read_traceparent(OUTER), read_traceparent(made["headers"][TRACEPARENT])
    assert outer is not None
    assert outcome is not None
    spans = {
        span.span_id.hex(): (service, span)
        for service, span in got
        if span.trace_id.hex() == outer.trace_id
    }
    names, above = [], outcome.span_id
    while above != outer.span_id:
        service, span = spans[above]
        names.append((service, span.name))
        above = span.parent_span_id.hex()
    assert names == [
        ("gigmatch-matcher", "emit offer.made"),
        ("gigmatch-matcher", "match"),
        ("gigmatch-gateway", "POST /api/station/jobs"),
    ]
    roots = [span.name for _, span in spans.values() if not span.name.startswith("emit ")]
    assert sorted(roots) == ["POST /api/station/jobs", "match"]
    assert len({span.trace_id for _, span in got}) == 2  # the registration's, and the posting's
