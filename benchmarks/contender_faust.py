"""A bare Faust agent: the matcher's app settings, bytes in, nothing done with them.

`python -m benchmarks.contender_faust BOOTSTRAP TOPIC COUNT` prints the seconds between the first
and the last of COUNT records.
"""

import asyncio
import sys
import tempfile
import time
from typing import Any

import faust


def main(bootstrap: str, topic_name: str, count: int) -> float:
    """Seconds from the first to the last of `count` records."""
    with tempfile.TemporaryDirectory(prefix="gigmatch-faust-") as folder:
        return asyncio.run(_seconds(bootstrap, topic_name, count, folder))


async def _seconds(bootstrap: str, topic_name: str, count: int, folder: str) -> float:
    app = faust.App(
        f"bare-faust-{time.time_ns()}",
        broker=f"kafka://{bootstrap}",
        store="memory://",
        datadir=folder,
        web_enabled=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        broker_commit_interval=0.5,
        broker_max_poll_records=500,
        consumer_auto_offset_reset="earliest",
    )
    topic = app.topic(topic_name, key_serializer="raw", value_serializer="raw")
    done: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def agent(stream: Any) -> None:
        begin, seen = 0.0, 0
        async for _ in stream.events():
            begin = begin or time.perf_counter()
            seen += 1
            if seen == count:
                done.set_result(time.perf_counter() - begin)

    app.agent(topic, concurrency=1)(agent)
    await app.start()
    try:
        return await done
    finally:
        await app.stop()


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
