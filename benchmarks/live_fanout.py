"""From Redis to the phones: how late an outcome comes with 5,000 who listen, against 50."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import numpy as np

from benchmarks import world
from benchmarks.harness import Comparison, Contest, Sample
from benchmarks.services import RedisServer, running_redis
from events.codec import encode
from events.outcomes import Cause, OfferMade
from gateway.access.keys import Keys
from gateway.access.principals import Worker
from gateway.access.sessions import Lasting, Sessions
from gateway.parts import now_ms
from gateway.store import open_store
from gigmatch.browser import COOKIE
from gigmatch.processes import free_port, listens
from gigmatch.readmodel.keys import (
    LIVE_LENGTH,
    LOG,
    PARTITIONS,
    ZONES,
    live_id,
    live_key,
    worker_key,
)
from gigmatch.readmodel.worker import WorkerDoc

STATIONS: Final = 14
RATE: Final = 100.0
NOW: Final = 1_800_000_000_000
STATION: Final = f"{world.ZONE}-05"
_DAY_S: Final = 86_400
_SETTLE_S: Final = 1.0


class Town:
    """A gateway over a read model in which so many workers have a session."""

    def __init__(self, server: RedisServer, port: int, heads: Sequence[str]) -> None:
        """`heads`: the requests of all who may listen, the stations' first."""
        self._redis = server.client
        self._port = port
        self._heads = heads
        self._offset = 0

    def late(self, listeners: int, n: int) -> Sample:
        """How late `n` outcomes come, each at one of the phones and at every station."""
        asked = {"port": self._port, "heads": self._heads[:listeners]}
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.fanout_listeners"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError("the listeners could not all be opened")
            time.sleep(_SETTLE_S)
            self._tell(listeners - STATIONS, n)
            time.sleep(_SETTLE_S)
            process.stdin.write("\n")
            process.stdin.flush()
            took = np.array(json.loads(process.stdout.readline()))
        if len(took) != n * (STATIONS + 1):
            raise RuntimeError(f"{len(took)} deliveries of {n * (STATIONS + 1)}")
        p50, p99 = (float(value) for value in np.percentile(took, (50, 99)))
        return Sample(p99, {"p50 ms": p50, "p99 ms": p99, "max ms": float(took.max())})

    def _tell(self, phones: int, n: int) -> None:
        """Outcomes at a steady rate, as the projector writes them; late ones count as due."""
        begin = time.monotonic_ns()
        for number in range(n):
            due = begin + round(number * 1e9 / RATE)
            time.sleep(max(0.0, (due - time.monotonic_ns()) / 1e9))
            worker_id = _worker_id(number * 7919 % phones)
            offer = OfferMade(
                zone=world.ZONE,
                at=NOW,
                cause=Cause(partition=0, offset=self._offset, ce_id="-"),
                offer_id=f"O-{number}",
                job_id=f"J-{number}",
                worker_id=worker_id,
                rank=1,
                score=0.8,
                p_accept=0.9,
                p_complete=0.9,
                places=1,
                expires_at=NOW + 3_600_000,
                model="rules:v1",
            )
            told = {"id": str(due), "type": offer.TYPE, "outcome": msgspec.Raw(encode(offer))}
            entry: dict[Any, Any] = {"type": offer.TYPE, "zone": world.ZONE, "worker": worker_id}
            entry["data"] = msgspec.json.encode(told)
            id = live_id(self._offset)
            self._redis.xadd(live_key(0), entry, id=id, maxlen=LIVE_LENGTH, approximate=False)
            self._offset += 1


@contextmanager
def contest(quick: bool) -> Iterator[Contest]:
    """One gateway process; the listeners of each stretch are another."""
    many, few, n = (300, 50, 100) if quick else (5_000, 50, 1_000)
    with running_redis() as server, tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:{folder}/store.db"
        heads = asyncio.run(_known(store, many))
        server.client.mset({PARTITIONS: 1, LOG: "benchmark"})
        server.client.sadd(ZONES, world.ZONE)
        server.client.mset(
            {worker_key(world.ZONE, id): _doc(id) for id in map(_worker_id, range(many))}
        )
        port = free_port()
        url = _url(server)
        command = [sys.executable, "-m", "benchmarks.fanout_gateway", url, store, str(port)]
        process = subprocess.Popen(command)
        try:
            while not listens(port):
                time.sleep(0.1)
            town = Town(server, port, heads)
            yield Contest(
                ours=lambda: town.late(many, n),
                theirs=lambda: town.late(few, n),
                rounds=1 if quick else 5,
                n=n,
                setting=f"{server.name}, {many} listeners against {few}, {RATE:g} outcomes/s",
            )
        finally:
            process.terminate()
            process.wait()


async def _known(store_address: str, count: int) -> list[str]:
    """The request of each listener: first the stations', then the phones'."""
    store = open_store(store_address)
    keys = Keys(store, now_ms)
    sessions = Sessions(store, keys, now_ms, Lasting(_DAY_S, _DAY_S, _DAY_S))
    _, key = await keys.create("station", "benchmark", zone=world.ZONE, station_id=STATION)
    heads = [f"/api/station/live HTTP/1.1\r\nauthorization: Bearer {key}"] * STATIONS
    for number in range(count - STATIONS):
        worker = Worker(zone=world.ZONE, worker_id=_worker_id(number), station_id=STATION)
        cookie, _ = await sessions.begin(worker)
        heads.append(f"/api/worker/live HTTP/1.1\r\ncookie: {COOKIE}={cookie}")
    await store.close()
    return heads


def _doc(worker_id: str) -> bytes:
    doc = WorkerDoc(zone=world.ZONE, worker_id=worker_id, station_id=STATION, at=NOW)
    return msgspec.json.encode(doc)


def _worker_id(number: int) -> str:
    return f"W-{number}"


def _url(server: RedisServer) -> str:
    at = server.client.connection_pool.connection_kwargs
    return f"redis://{at['host']}:{at['port']}/{at.get('db', 0)}"


COMPARISON = Comparison(
    name="live-fanout",
    unit="ms p99",
    better="lower",
    mix=(
        f"{RATE:g} outcomes a second in an open loop, each for one worker's phone and the pages "
        f"of {STATIONS} stations; 'theirs' is the same gateway with 50 listeners, so a ratio above "
        "0.33 is a p99 within three times as much; latency counts from when an outcome was due"
    ),
    not_measured="the way from the matcher to Redis, real networks, one message to all 5,000",
    open=contest,
)
