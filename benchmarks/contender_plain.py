"""The same matcher without Faust: a plain confluent-kafka consumer feeds it, and nobody commits.

`python -m benchmarks.contender_plain BOOTSTRAP` answers on the broker until it is stopped.
"""

import asyncio
import sys

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


def main(bootstrap: str) -> None:
    """Match what comes in one partition."""
    configure_logs(Settings(log_level="warning"))
    registry = Registry(PACKAGED_RELEASES)
    publisher = Publisher(bootstrap, client_id="plain", config=PUBLISHING)
    recovery = Recovery(
        lambda: LogReader(bootstrap), lambda partition: Engine(partition, 1, registry.open)
    )
    matcher = Matcher(
        publisher, recovery, snapshot_every=Settings().snapshot_every, quarantine_after=0
    )
    asyncio.run(_match(PlainRunner(bootstrap, matcher, [0])))


async def _match(runner: PlainRunner) -> None:
    while True:
        await runner.run_once()


if __name__ == "__main__":
    main(sys.argv[1])
