"""Whole-matcher availability events a second against a bare confluent-kafka consumer.

The consumer decodes nothing. It reads the log five times over, so that what is fetched ahead of the
first record is a small part.
"""

from benchmarks.availability import comparison

COMPARISON = comparison(
    "availability-vs-consumer",
    "benchmarks.contender_consumer",
    not_measured="several partitions or processes, acceptances and bookings",
    repeat=5,
)
