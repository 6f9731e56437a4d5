"""A bare confluent-kafka consumer: reads records, does nothing with them, tells how long it took.

`python -m benchmarks.contender_consumer BOOTSTRAP TOPIC COUNT` prints the seconds from the
assignment, before anything is fetched, to the last of COUNT records.
"""

import sys
import time

from confluent_kafka import Consumer, TopicPartition

BATCH = 500


def main(bootstrap: str, topic: str, count: int) -> float:
    """Seconds from assignment to the last of `count` records."""
    begin = 0.0

    def on_assign(assigned: Consumer, partitions: list[TopicPartition]) -> None:
        nonlocal begin
        begin = time.perf_counter()

    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"bare-consumer-{time.time_ns()}",
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 6000,
        }
    )
    consumer.subscribe([topic], on_assign=on_assign)
    seen = 0
    while seen < count:
        for message in consumer.consume(BATCH, timeout=0.5):
            if message.error() is None:
                message.value()
                seen += 1
    seconds = time.perf_counter() - begin
    consumer.close()
    return seconds


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
