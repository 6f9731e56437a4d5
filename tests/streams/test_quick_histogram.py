"""A quick histogram says what the library's own says."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from streams.quick_histogram import QuickHistogram

BOUNDS = (0.001, 0.5, 2.0)


@given(st.lists(st.sampled_from((0.0, 0.001, 0.002, 0.5, 1.0, 2.0, 2.5, 1e9)), max_size=20))
def test_it_shows_what_a_histogram_of_the_library_shows(amounts: list[float]) -> None:
    quick, usual = CollectorRegistry(), CollectorRegistry()
    ours = QuickHistogram("a_seconds", "What is measured", BOUNDS, registry=quick)
    theirs = Histogram("a_seconds", "What is measured", buckets=BOUNDS, registry=usual)
    for amount in amounts:
        ours.observe(amount)
        theirs.observe(amount)
    assert generate_latest(quick).splitlines() == [
        line for line in generate_latest(usual).splitlines() if b"_created" not in line
    ]
