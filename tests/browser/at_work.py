"""A station at work for the tests of pages: workers, jobs, links, over the engine's own API."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tests.browser.conftest import RunningEngine

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MORNING_MS = 23 * HOUR_MS  # 07:00 in Shanghai, from midnight UTC
PATIENCE_S = 30.0
ZONE = "511181"


class AtWork:
    """A station's terminal; its workers and jobs have ids of their own."""

    def __init__(self, engine: RunningEngine, station_id: str = f"{ZONE}-05") -> None:
        self.engine = engine
        self.tag = uuid.uuid4().hex[:8]
        key = engine.station_key(station_id)
        self.client = httpx.Client(
            base_url=engine.http, headers={"authorization": f"Bearer {key}"}, timeout=30
        )
        self.morning = time.time_ns() // 1_000_000 // DAY_MS * DAY_MS + DAY_MS + MORNING_MS
        self.place = {"lat": 29.655, "lon": 103.445, "name": "双福镇"}

    def command(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a command; the answer."""
        headers = {"idempotency-key": uuid.uuid4().hex}
        answer = self.client.post(path, json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def register(self, name: str, **more: Any) -> str:
        """A worker who can come on the next days, once the gateway knows of them; their id."""
        worker_id = f"W-{self.tag}-{name}"
        windows = [
            {"start": self.morning - 2 * HOUR_MS, "end": self.morning + 14 * HOUR_MS + 5 * DAY_MS}
        ]
        body = {"windows": windows, "place": self.place, "skills": [self.skill()], **more}
        self.command(f"/api/station/workers/{worker_id}/availability", body)
        path = f"/api/station/workers/{worker_id}"
        self.wait(path, lambda view: view["available"] and view["availability"])
        return worker_id

    def skill(self) -> dict[str, Any]:
        """A skill nobody has but the workers of this test."""
        return {"code": f"s-{self.tag}", "level": 2}

    def job(self, name: str, **more: Any) -> str:
        """A job that only this test's workers can do; its id."""
        job_id = f"J-{self.tag}-{name}"
        body: dict[str, Any] = {
            "job_id": job_id,
            "employer_id": f"E-{self.tag}",
            "title": "采茶工",
            "skills": [f"s-{self.tag}"],
            "shifts": [{"start": self.morning, "end": self.morning + 10 * HOUR_MS}],
            "pay": {"amount_fen": 16_000, "unit": "day", "settlement": "daily"},
            "place": {"lat": 29.668, "lon": 103.46, "name": "双福镇凤凰茶园"},
            "perks": ["meal", "pickup"],
        }
        self.command("/api/station/jobs", body | more)
        return job_id

    def link(self, worker_id: str) -> str:
        """The address of a link for a worker."""
        url = self.client.post(f"/api/station/workers/{worker_id}/link").json()["url"]
        return f"{self.engine.http}{url}" if url.startswith("/") else str(url)

    def code(self, worker_id: str) -> str:
        """A code for a worker."""
        return str(self.client.post(f"/api/station/workers/{worker_id}/code").json()["code"])

    def view(self, worker_id: str) -> dict[str, Any]:
        """A worker as their station sees them."""
        view: dict[str, Any] = self.client.get(f"/api/station/workers/{worker_id}").json()
        return view

    def wait(self, path: str, arrived: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """A view of the station's, once something is in it."""
        end = time.monotonic() + PATIENCE_S
        while True:
            answer = self.client.get(path)
            if answer.status_code == 200 and arrived(answer.json()):
                view: dict[str, Any] = answer.json()
                return view
            assert time.monotonic() < end, answer.text
            time.sleep(0.1)
