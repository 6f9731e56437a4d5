"""A worker's phone in a tunnel while the town goes on: every match arrives, none twice.

GIGMATCH_LONG=1 makes the tunnel a minute long.
"""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from events.topics import EVENTS, OUTCOMES
from tests.cutting import Line
from tests.running import ZONE, Up
from tests.system.test_access import HOUR_MS, PLACE, STATION, gigmatch, sign_in, wait_for

pytestmark = pytest.mark.soak

TUNNEL_S = 60.0 if os.environ.get("GIGMATCH_LONG") else 10.0
STEP_S = TUNNEL_S / 10
"""Three outcomes about one worker in each: what is kept for them outlasts a slow restart."""
CROWD = 120
"""Others who say something in each step: more than the partition's own stream keeps."""
PATIENCE_S = 120.0
WORKER = "W-1"


class Town:
    """Facts of many, and a job for one worker in each step, which goes again in the next."""

    def __init__(self, kafka: str) -> None:
        self._producer = Producer({"bootstrap.servers": kafka, "linger.ms": 5})
        self._number = 0
        self._stopped = threading.Event()
        self._going = threading.Thread(target=self._go)

    def __enter__(self) -> "Town":
        self._going.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.rest()

    def rest(self) -> None:
        """Nothing more happens."""
        self._stopped.set()
        self._going.join()
        assert self._producer.flush(PATIENCE_S) == 0

    def _go(self) -> None:
        step = 0
        while not self._stopped.wait(STEP_S):
            now = time.time_ns() // 1_000_000
            for n in range(CROWD):
                self._say("worker.available.v1", worker(f"W-crowd-{n}", now, "plain"))
            self._say("job.posted.v1", job(f"J-tunnel-{step}", now))
            if step:
                gone = {"job_id": f"J-tunnel-{step - 1}", "zone": ZONE}
                self._say("job.cancelled.v1", gone)
            step += 1

    def _say(self, ce_type: str, fact: dict[str, Any]) -> None:
        self._number += 1
        headers: dict[str, str | bytes | None] = {
            "ce_specversion": "1.0",
            "ce_id": f"tunnel-{self._number}",
            "ce_type": ce_type,
            "ce_source": "/tests/tunnel",
            "content-type": "application/json",
        }
        self._producer.produce(EVENTS, json.dumps(fact), key=ZONE, headers=headers)
        self._producer.poll(0)


def worker(worker_id: str, now: int, skill: str) -> dict[str, Any]:
    windows = [{"start": now, "end": now + 72 * HOUR_MS}]
    said = {"worker_id": worker_id, "zone": ZONE, "station_id": STATION, "windows": windows}
    return said | {"place": PLACE, "skills": [{"code": skill, "level": 2}]}


def job(job_id: str, now: int) -> dict[str, Any]:
    shift = {"start": now + 24 * HOUR_MS, "end": now + 32 * HOUR_MS}
    posted = {"job_id": job_id, "zone": ZONE, "station_id": STATION, "employer_id": "E-1"}
    pay = {"amount_fen": 15_000, "unit": "day"}
    more = {"title": "采茶工", "shifts": [shift], "pay": pay, "place": PLACE}
    return posted | more | {"skills": ["rare"]}


class Phone:
    """Listens as a browser does: comes back with the last id it has, whenever it is cut off."""

    def __init__(self, client: httpx.Client, cursor: str) -> None:
        self._client = client
        self._last = cursor
        self._stopped = False
        self.heard: list[str] = []
        self.missed = 0
        self.returns = 0
        self._listening = threading.Thread(target=self._listen)

    def __enter__(self) -> "Phone":
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._client.close()
        self._listening.join()

    def _listen(self) -> None:
        while not self._stopped:
            with contextlib.suppress(httpx.HTTPError, RuntimeError, OSError):
                headers = {"last-event-id": self._last}
                path = "/api/worker/live"
                with self._client.stream("GET", path, headers=headers, timeout=30) as answer:
                    self._take(answer.iter_lines())
            self.returns += 1
            time.sleep(0.2)

    def _take(self, lines: Iterator[str]) -> None:
        event: dict[str, str] = {}
        for line in lines:
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
                continue
            self._last = event.get("id", self._last)
            self.missed += event.get("event") == "missed"
            if event.get("event") == "outcome":
                self.heard.append(json.loads(event["data"])["id"])
            event = {}


def answered(kafka: str, worker_id: str) -> list[str]:
    """The ids of all outcomes about a worker, as the log has them, in order."""
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "tests"})
    found: list[str] = []
    try:
        for number in consumer.list_topics(OUTCOMES, timeout=60).topics[OUTCOMES].partitions:
            place = TopicPartition(OUTCOMES, number, 0)
            _, end = consumer.get_watermark_offsets(place, timeout=60)
            consumer.assign([place])
            at = 0
            while at < end:
                for message in consumer.consume(500, timeout=1.0):
                    at = (message.offset() or 0) + 1
                    outcome = json.loads(message.value() or b"")
                    if outcome["zone"] == ZONE and is_about(outcome, worker_id):
                        headers = dict(message.headers() or [])
                        found.append(headers["ce_id"].decode())  # type: ignore[union-attr]
    finally:
        consumer.close()
    return found


def is_about(outcome: dict[str, Any], worker_id: str) -> bool:
    """Whether an outcome is a worker's, or ranks them for a job."""
    ranked = (line.get("worker_id") for line in outcome.get("ranking", ()))
    return worker_id in (outcome.get("worker_id"), *ranked)


@pytest.mark.timeout(TUNNEL_S + 8 * PATIENCE_S)
def test_every_match_arrives_and_none_twice(run_up: Callable[..., Up], tmp_path: Path) -> None:
    up = run_up("--no-simulator")
    store = f"sqlite:{tmp_path / 'logs' / 'store.db'}"
    key = gigmatch(up, store, "station-key", "create", STATION, "--json")["key"]
    now = time.time_ns() // 1_000_000
    registration = worker(WORKER, now, "rare")
    path = f"/api/station/workers/{WORKER}"
    with (
        httpx.Client(
            base_url=up.http, headers={"authorization": f"Bearer {key}"}, timeout=60
        ) as station,
        Line(int(up.http.rsplit(":", 1)[1])) as line,
        httpx.Client(base_url=f"http://127.0.0.1:{line.port}", timeout=60) as client,
    ):
        for name in ("worker_id", "zone", "station_id"):
            del registration[name]
        station.post(
            f"{path}/availability", json=registration, headers={"idempotency-key": "1"}
        ).raise_for_status()
        wait_for(station, path, lambda view: view["available"] and view["matches"])
        before = answered(up.kafka, WORKER)
        sign_in(station, client)
        cursor = client.get("/api/worker/matches").json()["cursor"]
        with Phone(client, cursor) as phone:
            with Town(up.kafka) as town:
                wait_until(lambda: phone.heard)
                line.cut()
                time.sleep(TUNNEL_S)
                line.mend()
                for name in ("gateway", "projector"):
                    heard = len(phone.heard)
                    wait_until(lambda heard=heard: len(phone.heard) > heard)  # type: ignore[misc]
                    os.kill(process(up, name), signal.SIGKILL)
                    time.sleep(2 * STEP_S)
                heard = len(phone.heard)
                wait_until(lambda: len(phone.heard) > heard)
                town.rest()
            wait_until(lambda: phone.heard[-1:] == answered(up.kafka, WORKER)[-1:])
            time.sleep(1)  # what comes twice would come now
            log = answered(up.kafka, WORKER)
            assert before == log[: len(before)]
            assert phone.heard == log[len(before) :]
            assert len(phone.heard) > 3 * TUNNEL_S / STEP_S - 5
            assert (phone.missed, phone.returns > 1) == (0, True)


def process(up: Up, name: str) -> int:
    """The process id of one of the programs of `gigmatch up`."""
    [pid] = [pid for pid, args in up.descendants().items() if args.endswith(f"gigmatch {name}")]
    return pid


def wait_until(arrived: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not arrived():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)
