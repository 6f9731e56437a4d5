"""From a station's key to a booking and to oblivion, through the API of a whole running system."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from events.topics import TOPICS
from gigmatch.logread import LogReader
from tests.running import ZONE, Up, publish, read_until

HOUR_MS = 3_600_000
STATION = f"{ZONE}-05"
PHONE = "13900001234"
ID_NUMBER = "51118119680312001X"
PLACE = {"lat": 29.56, "lon": 103.40}


def test_a_job_posted_and_accepted_through_the_api_is_booked(
    run_up: Callable[..., Up], tmp_path: Path
) -> None:
    up = run_up("--no-simulator")
    store = f"sqlite:{tmp_path / 'logs' / 'store.db'}"
    key = gigmatch(up, store, "station-key", "create", STATION, "--json")["key"]
    with (
        httpx.Client(
            base_url=up.http, headers={"authorization": f"Bearer {key}"}, timeout=60
        ) as station,
        httpx.Client(base_url=up.http, timeout=60) as worker,
    ):
        now = time.time_ns() // 1_000_000
        registration = {"windows": [{"start": now, "end": now + 72 * HOUR_MS}], "place": PLACE}
        command(station, "/api/station/workers/W-1/availability", registration)
        wait_for(station, "/api/station/workers/W-1", lambda view: view["available"])
        contact = "/api/station/workers/W-1/contact"
        kept = station.put(contact, json={"phone": PHONE, "id_number": ID_NUMBER}).json()
        assert kept["stored"] is True
        posted = command(station, "/api/station/jobs", job(now))

        sign_in(station, worker)
        view = wait_for(worker, "/api/worker/matches", lambda v: v["offers"] and v["availability"])
        assert view["availability"]["place"]["lat"] == PLACE["lat"]
        [offer] = view["offers"]
        accept = f"/api/worker/offers/{offer['offer_id']}/acceptance"
        accepted = command(worker, accept, {}, id="yes")
        assert command(worker, accept, {}, id="yes") == accepted | {"repeated": True}
        view = wait_for(worker, accepted["see"], lambda view: view["bookings"])
        assert [booking["status"] for booking in view["bookings"]] == ["confirmed"]
        filled = wait_for(station, posted["see"], lambda view: view["missing"] == 0)
        assert [booking["worker_id"] for booking in filled["bookings"]] == ["W-1"]

        # Forgotten by another way in, the contact goes all the same.
        assert station.post(f"{contact}/reveal").json()["phone"] == PHONE
        forgotten = json.dumps({"worker_id": "W-1", "zone": ZONE}).encode()
        publish(up, "worker.forgotten.v1", forgotten)
        while station.post(f"{contact}/reveal").status_code != 404:
            time.sleep(0.1)
    seen: list[dict[str, Any]] = []
    read_until(up, "market.audit", lambda line: _is_reveal(line, seen))
    done = {line["action"] for line in seen if line["zone"] == ZONE}
    told = {"commanded", "contact_stored", "pass_made", "signed_in", "contact_revealed"}
    assert done - {"refused"} == told
    everything = dict(everything_kept(up, tmp_path))
    assert {"market.events", "market.outcomes", "market.audit", "redis", "store.db"} < set(
        everything
    )
    for secret in (PHONE, ID_NUMBER, key):
        assert [name for name, kept in everything.items() if secret.encode() in kept] == []
    assert b"W-1" in everything["market.events"]  # what is looked through is what was written


def everything_kept(up: Up, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every topic, key of Redis, log and file of a running system, by name."""
    with LogReader(up.kafka) as reader:
        for topic in TOPICS:
            records = [
                record
                for partition in reader.partitions(topic.name)
                for record in reader.read(topic.name, partition)
            ]
            yield (
                topic.name,
                b"\n".join(
                    b"%r %b %r" % (record.key, record.value or b"", record.headers)
                    for record in records
                ),
            )
    with Redis.from_url(up.redis) as redis:
        yield "redis", b"\n".join(key + (redis.dump(key) or b"") for key in redis.scan_iter())
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes()


def _is_reveal(line: dict[str, Any], seen: list[dict[str, Any]]) -> bool:
    seen.append(json.loads(line["value"]))
    return bool(seen[-1]["action"] == "contact_revealed")


def sign_in(station: httpx.Client, worker: httpx.Client) -> None:
    """Let a worker in by a link of their station."""
    url = station.post("/api/station/workers/W-1/link").json()["url"]
    answer = worker.post("/api/session", json={"link": url.partition("#link=")[2]})
    assert answer.status_code == 200, answer.text
    worker.headers["x-csrf-token"] = answer.json()["csrf"]


def command(client: httpx.Client, path: str, body: dict[str, Any], id: str = "") -> dict[str, Any]:
    """Send a command, and return the answer."""
    headers = {"idempotency-key": id or str(uuid.uuid4())}
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    return told


def wait_for(
    client: httpx.Client, path: str, arrived: Callable[[dict[str, Any]], Any]
) -> dict[str, Any]:
    """A view, once something is in it."""
    while True:
        answer = client.get(path)
        if answer.status_code == 200 and arrived(answer.json()):
            view: dict[str, Any] = answer.json()
            return view
        time.sleep(0.1)


def gigmatch(up: Up, store: str, *arguments: str) -> Any:
    """What a command prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "gigmatch", *arguments],
        env={**os.environ, "GIGMATCH_KAFKA": up.kafka, "GIGMATCH_STORE": store},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def job(now: int) -> dict[str, Any]:
    """A job that W-1 can do."""
    return {
        "job_id": "J-1",
        "employer_id": "E-1",
        "title": "采茶工",
        "shifts": [{"start": now + 24 * HOUR_MS, "end": now + 32 * HOUR_MS}],
        "pay": {"amount_fen": 15_000, "unit": "day"},
        "place": PLACE,
    }
