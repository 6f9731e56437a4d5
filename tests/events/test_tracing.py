"""The trace of a record: read leniently, written in one way, decided by ids alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.tracing import (
    TRACEPARENT,
    TRACEPARENT_PATTERN,
    Trace,
    begun,
    read_traceparent,
    trace_of,
)

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_example_of_the_standard_is_read_and_written_again() -> None:
    trace = read_traceparent(GIVEN)
    assert trace == Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)
    assert trace.traceparent == GIVEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no trace",
        GIVEN.upper(),
        GIVEN + "\n",
        GIVEN + "-more",
        "ff" + GIVEN[2:],
        GIVEN.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        GIVEN.replace("00f067aa0ba902b7", "0" * 16),
        "01" + GIVEN[2:] + "-" + "x" * 300,
    ],
)
def test_what_the_standard_ignores_is_no_trace(text: str) -> None:
    assert read_traceparent(text) is None


def test_a_later_version_may_say_more_and_only_its_sampling_is_kept() -> None:
    trace = read_traceparent("01" + GIVEN[2:-2] + "ff-more")
    assert trace is not None
    assert trace.traceparent == GIVEN


@given(st.binary(max_size=300) | st.none())
def test_no_bytes_of_a_client_break_it(value: bytes | None) -> None:
    headers: tuple[tuple[str, bytes], ...] = ((TRACEPARENT, value),)  # type: ignore[assignment]
    trace = trace_of(headers)
    assert trace is None or re.match(TRACEPARENT_PATTERN, trace.traceparent)


def test_of_two_headers_the_last_counts() -> None:
    first = begun("/a", "1")
    assert trace_of((*first.headers, (TRACEPARENT, GIVEN.encode()))) == read_traceparent(GIVEN)
    assert trace_of((("ce_id", b"1"),)) is None


@given(st.text(), st.text(), st.text())
def test_what_begins_and_what_follows_is_decided_by_ids_and_can_be_read(
    source: str, id: str, next_id: str
) -> None:
    trace = begun(source, id)
    after = trace.then(next_id)
    assert begun(source, id).then(next_id) == after
    assert after.trace_id == trace.trace_id
    assert trace_of(trace.headers) == trace
    assert trace_of(after.headers) == after
    assert re.match(TRACEPARENT_PATTERN, after.traceparent)
