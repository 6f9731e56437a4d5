"""One posted job is one trace, from a request to the real gateway to what workers are sent."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from events.tracing import TRACEPARENT, read_traceparent
from tests.collecting import collecting
from tests.running import Up, read_until
from tests.streams.notifier.receiver import SECRET, receiving, until
from tests.system.test_access import HOUR_MS, PLACE, STATION, command, gigmatch, job, wait_for

OUTER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
GATEWAY, MATCHER, NOTIFIER, PROJECTOR = (
    f"gigmatch-{name}" for name in ("gateway", "matcher", "notifier", "projector")
)
TOLD = (
    (NOTIFIER, "POST webhook"),
    (NOTIFIER, "send webhook"),
    (NOTIFIER, "emit notification.attempted"),
    (NOTIFIER, "emit notification.due"),
    (MATCHER, "emit offer.made"),
    (MATCHER, "match"),
    (GATEWAY, "POST /api/station/jobs"),
)
PROJECTED = (
    (GATEWAY, "job.posted"),
    (MATCHER, "offer.made"),
    (NOTIFIER, "notification.due"),
)
"""What the projector must have come to: nobody waits for it."""


def names_of(got: list[tuple[str, Span]], service: str, trace_id: str) -> set[str]:
    """What a service has told of a trace so far."""
    return {
        span.name for one, span in list(got) if one == service and span.trace_id.hex() == trace_id
    }


def test_a_posted_job_is_one_trace_to_the_message_that_a_worker_gets(
    run_up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts = tmp_path / "contacts.json"
    contacts.write_text(json.dumps({"W-1": {"webhook": "openid-1"}}))
    contacts.chmod(0o600)
    with collecting() as (address, got), receiving() as receiver:
        for name, value in {
            "OTLP_ENDPOINT": address,
            "CONTACTS": str(contacts),
            "WEBHOOK_URL": receiver.url,
            "WEBHOOK_SECRET": SECRET,
            "QUIET_HOURS": "00:00-00:00",
            "GATHER_S": "0",
        }.items():
            monkeypatch.setenv(f"GIGMATCH_{name}", value)
        up = run_up("--no-simulator")
        store = f"sqlite:{tmp_path / 'logs' / 'store.db'}"
        key = gigmatch(up, store, "station-key", "create", STATION, "--json")["key"]
        headers = {"authorization": f"Bearer {key}"}
        with httpx.Client(base_url=up.http, headers=headers, timeout=60) as station:
            now = time.time_ns() // 1_000_000
            windows = [{"start": now, "end": now + 72 * HOUR_MS}]
            registration = {"windows": windows, "place": PLACE, "channels": ["webhook"]}
            command(station, "/api/station/workers/W-1/availability", registration)
            wait_for(station, "/api/station/workers/W-1", lambda view: view["available"])
            station.headers["traceparent"] = OUTER
            command(station, "/api/station/jobs", job(now))
        made = read_until(up, "market.outcomes", lambda line: line["type"] == "offer.made.v1")
        until(lambda: receiver.taken)
        read_until(up, "market.notifications", lambda line: "sent" in line["type"])
        outer, of_projector = read_traceparent(OUTER), {f"project {what}" for _, what in PROJECTED}
        assert outer is not None
        until(lambda: of_projector <= names_of(got, PROJECTOR, outer.trace_id))
        # Batches go out every few seconds: who ends sends what is left.
        assert up.end(signal.SIGINT) == 0, up.output.read_text()
    outcome = read_traceparent(made["headers"][TRACEPARENT])
    posted = read_traceparent(receiver.requests[0]["headers"]["traceparent"])
    assert outcome is not None
    assert posted is not None
    assert posted.trace_id == outcome.trace_id == outer.trace_id
    spans = {
        span.span_id.hex(): (service, span)
        for service, span in got
        if span.trace_id.hex() == outer.trace_id
    }

    def above(place: str) -> list[tuple[str, str]]:
        names = []
        while place != outer.span_id:
            service, span = spans[place]
            names.append((service, span.name))
            place = span.parent_span_id.hex()
        return names

    assert above(posted.span_id) == list(TOLD)
    assert above(outcome.span_id) == list(TOLD[4:])
    ways = {tuple(above(place)[:2]) for place in spans}
    for stage in ("decode", "candidates", "score", "rank"):
        assert ((MATCHER, stage), (MATCHER, "match")) in ways
    for emitter, what in PROJECTED:
        by = "POST /api/station/jobs" if emitter == GATEWAY else f"emit {what}"
        assert ((PROJECTOR, f"project {what}"), (emitter, by)) in ways
    assert ((NOTIFIER, "emit notification.sent"), (NOTIFIER, "send webhook")) in ways
    assert len({span.trace_id for _, span in got}) == 2  # the registration's, and the posting's
    said = "\n".join(str(span) for _, span in got)
    for secret in ("W-1", "openid-1", str(PLACE["lat"]), receiver.requests[0]["text"]):
        assert secret not in said
