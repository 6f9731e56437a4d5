"""The whole system under the simulated town for a while; GIGMATCH_LONG=1 makes it half an hour."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from events.topics import DEAD_LETTERS, OUTCOMES
from tests.running import Up

SECONDS = 1800 if os.environ.get("GIGMATCH_LONG") else 12
MOST_MEMORY_MIB = 1024
PATIENCE_S = 120


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + 900)
def test_it_goes_on_and_on(run_up: Callable[..., Up]) -> None:
    up = run_up("--speed", "1200", "--seed", "7")
    before, end = _records(up, OUTCOMES), time.monotonic() + SECONDS
    while time.monotonic() < end:
        time.sleep(SECONDS / 4)
        give_up = time.monotonic() + PATIENCE_S
        while (now := _records(up, OUTCOMES)) <= before:
            assert time.monotonic() < give_up, "no outcome comes any more"
            time.sleep(0.2)
        before = now
        assert {name: mib for name, mib in _memory(up).items() if mib > MOST_MEMORY_MIB} == {}
    assert _records(up, DEAD_LETTERS) == 0
    assert up.end(signal.SIGINT) == 0
    assert "退出码" not in up.output.read_text(), "something died on the way"


def _records(up: Up, topic: str) -> int:
    """How many records a topic holds."""
    consumer = Consumer({"bootstrap.servers": up.kafka, "group.id": "soak"})
    try:
        partitions = consumer.list_topics(topic, timeout=60).topics[topic].partitions
        ends = [
            consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=60)
            for partition in partitions
        ]
        return sum(high - low for low, high in ends)
    finally:
        consumer.close()


def _memory(up: Up) -> dict[str, int]:
    """Resident memory of gigmatch's own processes, MiB."""
    found = {}
    for pid, args in up.descendants().items():
        if " -m gigmatch" in args:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            found[args] = pages * os.sysconf("SC_PAGE_SIZE") // 2**20
    return found
