"""Whole-matcher availability events a second against a bare Faust agent that decodes nothing."""

from benchmarks.availability import comparison

COMPARISON = comparison(
    "availability-vs-faust",
    "benchmarks.contender_faust",
    not_measured="memory, several partitions or processes, acceptances and bookings",
)
