"""A bare confluent-kafka consumer: reads records, does nothing with them, tells how long it took.

`python -m benchmarks.contender_consumer BOOTSTRAP TOPIC COUNT` prints the seconds between the first
and the last of COUNT records.
"""

import sys
import time

from confluent_kafka import Consumer

BATCH = 500


def main(bootstrap: str, topic: str, count: int) -> float:
    """Seconds from the first to the last of `count` records."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"bare-consumer-{time.time_ns()}",
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 6000,
        }
    )
    consumer.subscribe([topic])
    begin, seen = 0.0, 0
    while seen < count:
        for message in consumer.consume(min(BATCH, count - seen), timeout=0.5):
            if message.error() is None:
                begin = begin or time.perf_counter()
                message.value()
                seen += 1
    seconds = time.perf_counter() - begin
    consumer.close()
    return seconds


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
