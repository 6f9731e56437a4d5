"""The matcher under Faust against the same matcher fed by a plain confluent-kafka consumer.

What theirs gains is the most a data path on confluent-kafka under Faust's assignment could give.
"""

from benchmarks.availability import comparison

COMPARISON = comparison(
    "matcher-vs-plain",
    "benchmarks.contender_plain",
    not_measured="several partitions or processes, acceptances; theirs commits nothing",
)
