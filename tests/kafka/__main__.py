"""`python -m tests.kafka`: keep the classes that Apache Kafka loads: it starts in half the time.

Its jars are fetched by `make kafka`, which runs this once.
"""

from tests.brokers import KafkaBroker

if __name__ == "__main__":
    broker = KafkaBroker()
    try:
        broker.archive_classes()
    finally:
        broker.stop()
