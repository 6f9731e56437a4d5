"""From the contact that a clerk enters to the message on the phone: no number anywhere else."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gigmatch.logread import LogReader
from tests.running import Up
from tests.system.test_access import HOUR_MS, PLACE, STATION, command, gigmatch, job, wait_for
from tests.system.test_worker_stream import wait_until

PHONE = "13900001234"


def test_an_offer_reaches_the_phone_that_the_station_has_stored(
    run_up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sms = tmp_path / "sms.jsonl"
    monkeypatch.setenv("GIGMATCH_SMS", str(sms))
    monkeypatch.setenv("GIGMATCH_QUIET_HOURS", "00:00-00:00")
    monkeypatch.setenv("GIGMATCH_GATHER_S", "0")
    up = run_up("--no-simulator")
    store = f"sqlite:{tmp_path / 'logs' / 'store.db'}"
    key = gigmatch(up, store, "station-key", "create", STATION, "--json")["key"]
    with httpx.Client(
        base_url=up.http, headers={"authorization": f"Bearer {key}"}, timeout=60
    ) as station:
        now = time.time_ns() // 1_000_000
        windows = [{"start": now, "end": now + 72 * HOUR_MS}]
        said = {"windows": windows, "place": PLACE, "channels": ["sms", "page"]}
        for worker in ("W-1", "W-2"):
            path = f"/api/station/workers/{worker}"
            command(station, f"{path}/availability", said)
            wait_for(station, path, lambda view: view["available"])
            contact = {"phone": PHONE if worker == "W-1" else "13900009999", "language": "en"}
            station.put(f"{path}/contact", json=contact).raise_for_status()
        station.delete("/api/station/workers/W-2/contact").raise_for_status()
        command(station, "/api/station/jobs", job(now) | {"headcount": 2})
        wait_until(lambda: sms.exists() and sms.read_text().endswith("\n"))
        [line] = map(json.loads, sms.read_text().splitlines())
        assert line["to"] == PHONE
        assert "采茶工" in line["text"]
        # Her contact is gone: the next channel of hers.
        wait_until(lambda: '"channel":"page"' in notifications(up, "W-2"))
        assert "no_address" in notifications(up, "W-2")
    everything = topics(up) + b"".join(
        one.read_bytes() for one in (tmp_path / "logs").glob("*.log")
    )
    assert PHONE.encode() not in everything
    assert b"13900009999" not in everything


def notifications(up: Up, worker_id: str) -> str:
    """What the topic says of a worker."""
    lines = topics(up, "market.notifications").decode().splitlines()
    return "\n".join(line for line in lines if f'"{worker_id}"' in line and "due" not in line)


def topics(up: Up, *names: str) -> bytes:
    """All values of some topics, or of all."""
    found = []
    with LogReader(up.kafka) as reader:
        for name in names or TOPICS:
            for number in reader.partitions(name):
                first, end = reader.bounds(name, number)
                found += [record.value or b"" for record in reader.read(name, number, first, end)]
    return b"\n".join(found)


TOPICS = ("market.events", "market.outcomes", "market.notifications", "market.audit")
