"""The matcher under Faust against the same matcher fed by a plain confluent-kafka consumer.

Both fetch in the same way: what theirs gains is what group, commits and Faust's streams cost.
"""

from benchmarks.availability import comparison

COMPARISON = comparison(
    "matcher-vs-plain",
    "benchmarks.contender_plain",
    not_measured="several partitions or processes, acceptances; theirs commits nothing",
    answers=True,
)
