"""What is in the read model now is a span; what was there before is not told again."""

from collections.abc import Iterator

import msgspec
import pytest

from events.envelope import Record
from events.facts import ClockTicked
from events.topics import EVENTS, OUTCOMES
from events.tracing import begun, trace_of
from streams.partition_projector import PartitionProjector
from streams.redis_store import RedisStore
from streams.traced_projection import TracedProjection
from tests.matching.scenario import JOB, WORKER
from tests.projecting import LOG, answered
from tests.town import NOW
from tests.tracing import KeptSpans
from tests.worlds import record_of

CAUSE = begun("/tests", "1", share=1.0)


def _traced(record: Record) -> Record:
    return msgspec.structs.replace(record, headers=(*record.headers, *CAUSE.headers))


TOWN = answered(
    [record_of(ClockTicked(now=NOW), 0), record_of(WORKER, 1), _traced(record_of(JOB, 2))]
)
NAMES = ["project job.posted", *("project match.ranked", "project offer.made")]


@pytest.fixture
def store(redis_url: str) -> Iterator[RedisStore]:
    opened = RedisStore(redis_url)
    opened.flush()
    yield opened
    opened.close()


def _spans_of(store: RedisStore, events_end: int, outcomes_end: int) -> KeptSpans:
    spans = KeptSpans()
    traced = TracedProjection(spans, 0, {EVENTS: events_end, OUTCOMES: outcomes_end})
    projector = PartitionProjector(store, 0, 1, store.progress([0], LOG)[0], traced=traced)
    for record in TOWN:
        projector.take(record)
    assert projector.write() > len(NAMES)
    return spans


def test_a_fact_and_its_outcomes_are_spans_below_their_records(store: RedisStore) -> None:
    spans = _spans_of(store, 0, 0)
    assert spans.names == NAMES
    places = [trace_of(record.headers) for record in TOWN]
    assert [span.parent for span in spans.kept] == [place for place in places if place]
    assert len({span.at for span in spans.kept}) == len(NAMES)
    assert all(span.begin_ns <= span.end_ns for span in spans.kept)


def test_what_was_there_before_is_not_told_again(store: RedisStore) -> None:
    assert _spans_of(store, len(TOWN), len(TOWN)).kept == []
