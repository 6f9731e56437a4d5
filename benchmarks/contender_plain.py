"""The same matcher without Faust: a plain confluent-kafka consumer feeds it, and nobody commits.

`python -m benchmarks.contender_plain BOOTSTRAP TOPIC COUNT` prints the seconds from when the first
records have been applied to when what follows from the last of COUNT records is delivered.
"""

import asyncio
import sys
import time

from events.topics import EVENTS
from gigmatch.logread import LogReader
from gigmatch.logs import configure_logs
from gigmatch.settings import PACKAGED_RELEASES, Settings
from matching.engine import Engine
from models.registry import Registry
from producers.publisher import Publisher
from streams.matcher import Matcher
from streams.plain import PlainRunner
from streams.recovery import Recovery
from streams.service import PUBLISHING


def main(bootstrap: str, topic: str, count: int) -> float:
    """Seconds from the first to the last of `count` records."""
    if topic != EVENTS:
        raise ValueError(f"the matcher reads {EVENTS}, not {topic}")
    configure_logs(Settings(log_level="warning"))  # stdout is for the figure
    registry = Registry(PACKAGED_RELEASES)
    publisher = Publisher(bootstrap, client_id="plain", config=PUBLISHING)
    recovery = Recovery(
        lambda: LogReader(bootstrap), lambda partition: Engine(partition, 1, registry.open)
    )
    matcher = Matcher(
        publisher, recovery, snapshot_every=Settings().snapshot_every, quarantine_after=0
    )
    runner = PlainRunner(bootstrap, matcher, [0])
    try:
        return asyncio.run(_seconds(runner, count))
    finally:
        runner.close()
        publisher.close()


async def _seconds(runner: PlainRunner, count: int) -> float:
    await runner.run_until({0: 1})
    begin = time.perf_counter()
    await runner.run_until({0: count})
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
