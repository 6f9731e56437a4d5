"""Spans as a real OTLP receiver gets them, from the gateway's request to the matcher's outcomes."""

import subprocess
import sys
from collections.abc import Sequence

import msgspec

from events.envelope import Record
from events.facts import ClockTicked
from events.topics import EVENTS, OUTCOMES
from events.tracing import begun, read_traceparent, trace_of
from gigmatch.otlp import OtlpSpans
from gigmatch.settings import Settings
from gigmatch.spans import Span, spans_of
from streams.matcher import Matcher
from streams.traced_steps import TracedSteps
from tests.collecting import collecting
from tests.gateway.serving import gateway_of
from tests.matching.scenario import JOB, WORKER
from tests.streams.memory import MemoryTopics, matcher_on
from tests.town import NOW
from tests.worlds import record_of

OUTER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def _matcher(topics: MemoryTopics, spans: OtlpSpans) -> Matcher:
    _, recovery = matcher_on(topics)
    return Matcher(
        topics, recovery, snapshot_every=1000, quarantine_after=0, traced=TracedSteps(spans)
    )


async def test_a_posted_job_is_one_trace_from_the_request_to_its_outcomes(redis_url: str) -> None:
    with collecting() as (address, got):
        spans = OtlpSpans(address, "gateway")
        async with gateway_of(redis_url, spans=spans) as gateway:
            body = {
                name: value
                for name, value in msgspec.to_builtins(JOB).items()
                if name not in ("zone", "station_id") and value is not None
            }
            headers = await gateway.station(JOB.station_id, JOB.zone)
            headers |= {"idempotency-key": "one", "traceparent": OUTER}
            answer = await gateway.client.post("/api/station/jobs", json=body, headers=headers)
            assert answer.status_code == 202, answer.text
            source, id, fact = gateway.log.facts[0]
            at = gateway.log.traces[0]
        spans.close()
        job = record_of(fact, 2, id=id, source=source)
        job = msgspec.structs.replace(job, headers=(*job.headers, *at.headers))
        log = [record_of(ClockTicked(now=NOW), 0), record_of(WORKER, 1), job]
        outcomes = await _match(log, address)
        await _match(log, address, again=outcomes)
    outer = read_traceparent(OUTER)
    assert outer is not None
    assert {span.trace_id.hex() for _, span in got} == {outer.trace_id}
    assert len({span.span_id for _, span in got}) == len(got)
    (request, match, *emitted) = (span for _, span in got)
    assert [service for service, _ in got] == ["gateway"] + ["matcher"] * (len(got) - 1)
    assert request.name == "POST /api/station/jobs"
    assert request.parent_span_id.hex() == outer.span_id
    assert request.span_id.hex() == at.span_id
    assert (match.name, match.parent_span_id) == ("match", request.span_id)
    assert {span.name for span in emitted} >= {"emit match.ranked", "emit offer.made"}
    assert {span.parent_span_id for span in emitted} == {match.span_id}
    traces = [trace_of(outcome.headers) for outcome in outcomes]
    assert [span.span_id.hex() for span in emitted] == [one.span_id for one in traces if one]
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for _, span in got)


async def _match(log: list[Record], address: str, again: Sequence[Record] = ()) -> list[Record]:
    """The outcomes of a new process; with those of an earlier one it has nothing left to say."""
    topics = MemoryTopics([*log, *again])
    spans = OtlpSpans(address, "matcher")
    await _matcher(topics, spans).process(0, list(topics.read(EVENTS, 0, 0, 9)))
    spans.close()
    assert not again or topics.all(OUTCOMES) == list(again)
    return topics.all(OUTCOMES)


async def test_no_collector_no_harm(unused_tcp_port: int) -> None:
    job = record_of(JOB, 1)
    traced = (*job.headers, *begun("/tests", "1", share=1.0).headers)
    log = [record_of(WORKER, 0), msgspec.structs.replace(job, headers=traced)]
    topics = MemoryTopics(log)
    spans = OtlpSpans(f"http://127.0.0.1:{unused_tcp_port}", "matcher")
    await _matcher(topics, spans).process(0, log)
    spans.close()
    assert topics.all(OUTCOMES)


def test_what_is_not_sampled_is_not_sent() -> None:
    with collecting() as (address, got):
        spans = OtlpSpans(address, "tests")
        for share in (0.0, 1.0):
            at = begun("/tests", "1", share)
            spans.record(Span("one", at, None, 1, 2, {}))
        spans.close()
        assert [span.name for _, span in got] == ["one"]


def test_the_share_of_sampled_traces_is_about_what_was_asked() -> None:
    sampled = sum(begun("/tests", f"{number}", 0.25).sampled for number in range(2_000))
    assert 400 < sampled < 600


def test_what_is_sampled_is_asked_for_or_follows_from_having_a_collector() -> None:
    collector = "http://127.0.0.1:4318"
    assert Settings(otlp_endpoint="").sampled_share == 0.0
    assert Settings(otlp_endpoint=collector).sampled_share == 1.0
    assert Settings(otlp_endpoint=collector, trace_share=0.25).sampled_share == 0.25
    assert Settings(otlp_endpoint="", trace_share=0.25).sampled_share == 0.25


def test_without_a_collector_its_client_is_not_even_imported() -> None:
    assert spans_of(Settings(otlp_endpoint=""), "tests") is None
    code = (
        "import sys, streams.service, gateway.app; "
        "sys.exit(any(n.startswith('opentelemetry.exporter') for n in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
