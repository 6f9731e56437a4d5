"""Rates and quantiles, as Prometheus computes them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigmatch.figures.arithmetic import Span, quantile
from tests.gigmatch.figures.rounds import began, counter, histogram, looked

BUCKETS = {0.1: 10.0, 0.5: 30.0, 1.0: 40.0, math.inf: 40.0}


@pytest.mark.parametrize(
    ("q", "expected"),
    # promql: histogram_quantile(q, ...) over le="0.1" 10, "0.5" 30, "1" 40, "+Inf" 40
    [(0.0, 0.0), (0.125, 0.05), (0.5, 0.3), (0.75, 0.5), (0.9, 0.8), (1.0, 1.0)],
)
def test_a_quantile_lies_on_the_line_within_its_bucket(q: float, expected: float) -> None:
    assert quantile(q, BUCKETS) == pytest.approx(expected)


def test_what_is_above_the_last_bound_is_that_bound() -> None:
    assert quantile(0.99, {0.1: 0.0, 1.0: 1.0, math.inf: 100.0}) == 1.0


@pytest.mark.parametrize("buckets", [{}, {math.inf: 3.0}, {1.0: 0.0, math.inf: 0.0}, {1.0: 3.0}])
def test_nothing_observed_is_no_number(buckets: dict[float, float]) -> None:
    assert quantile(0.5, buckets) is None


@given(
    counts=st.lists(st.integers(0, 50), min_size=3, max_size=8).filter(any),
    qs=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_higher_quantile_is_no_lower(counts: list[int], qs: tuple[float, float]) -> None:
    bounds = [*range(1, len(counts)), math.inf]
    buckets = {float(b): float(sum(counts[: n + 1])) for n, b in enumerate(bounds)}
    low, high = (quantile(q, buckets) for q in sorted(qs))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= bounds[-2]


def test_a_rate_is_growth_by_time() -> None:
    span = Span([looked(10, counter(100)), looked(15, counter(125)), looked(20, counter(160))])
    assert span.rate("gigmatch_events_total") == pytest.approx(6.0)
    assert span.seconds == 10


def test_a_process_that_began_anew_counts_from_zero() -> None:
    assert Span([looked(0, counter(500)), looked(10, counter(20))]).rate(
        "gigmatch_events_total"
    ) == pytest.approx(2.0)


def test_a_process_that_began_anew_and_is_past_where_it_was_counts_from_zero_too() -> None:
    span = Span([looked(0, began(1) + counter(20)), looked(10, began(5) + counter(50))])
    assert span.increase("gigmatch_events_total") == {(): 50.0}


def test_a_process_that_came_up_within_the_window_is_measured_from_then() -> None:
    span = Span([looked(0, None), looked(10, counter(100)), looked(12, counter(110))])
    assert span.rate("gigmatch_events_total") == pytest.approx(5.0)


def test_a_process_that_is_down_says_nothing() -> None:
    span = Span([looked(0, counter(100)), looked(10, None)])
    assert span.rate("gigmatch_events_total") == 0.0
    assert span.increase("gigmatch_events_total", "type") == {}


def test_a_label_that_is_new_counts_from_its_first_event() -> None:
    text = counter(5, type="a")
    span = Span([looked(0, text), looked(10, text + 'gigmatch_events_total{type="b"} 3\n')])
    assert span.increase("gigmatch_events_total", "type") == {("a",): 0.0, ("b",): 3.0}
    assert span.rate("gigmatch_events_total", type="b") == pytest.approx(0.3)


def test_a_stage_has_its_own_quantiles() -> None:
    name = "gigmatch_stage_seconds"
    none = histogram(name, {"0.1": 0, "1": 0, "+Inf": 0}, "decode")
    some = histogram(name, {"0.1": 0, "1": 8, "+Inf": 8}, "decode")
    span = Span([looked(0, none), looked(1, some)])
    assert span.quantiles(name, 0.5, stage="decode") == [pytest.approx(0.55)]
    assert span.quantiles(name, 0.5, stage="score") == [None]
