"""A station at work for the tests of pages: workers, jobs, links, over the engine's own API."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import httpx
from playwright.sync_api import Browser, Locator, Page, expect

from events.codec import decode
from events.facts import Fact
from events.topics import EVENTS, partition_of
from gigmatch.logread import LogReader
from tests.browser.engine import RunningEngine
from tests.browser.watching import Watched

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CHINA_MS = 8 * HOUR_MS
PATIENCE_S = 120.0
ZONE = "511181"


def _day_after_tomorrow() -> int:
    """Its first moment in Shanghai: pages post for tomorrow, and none of that should fit."""
    now = time.time_ns() // 1_000_000
    return (now + CHINA_MS) // DAY_MS * DAY_MS - CHINA_MS + 2 * DAY_MS


class AtWork:
    """A station's terminal; its workers and jobs have ids of their own, and fit nobody else's."""

    def __init__(self, engine: RunningEngine, station_id: str = f"{ZONE}-05") -> None:
        self.engine = engine
        self.station_id = station_id
        self.tag = uuid.uuid4().hex[:8]
        self.employer = f"E-{self.tag}"
        self.key = engine.station_key(station_id)
        self.client = httpx.Client(
            base_url=engine.http, headers={"authorization": f"Bearer {self.key}"}, timeout=60
        )
        self.morning = _day_after_tomorrow() + 7 * HOUR_MS
        self.place: dict[str, Any] = {"lat": 29.655, "lon": 103.445, "name": "双福镇"}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()

    def command(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a command; the answer."""
        headers = {"idempotency-key": uuid.uuid4().hex}
        answer = self.client.post(path, json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def register(self, name: str, **more: Any) -> str:
        """A worker who can come from that morning on, once the gateway knows; their id.

        Not before, when jobs that pages post are: those ask for no skill.
        """
        [worker_id] = self.register_all((name,), **more)
        return worker_id

    def register_all(self, names: Sequence[str], **more: Any) -> list[str]:
        """Several such workers."""
        begin = self.morning - 2 * HOUR_MS
        windows = [{"start": begin, "end": self.morning + 14 * HOUR_MS + 5 * DAY_MS}]
        body = {"windows": windows, "place": self.place, "skills": [self.skill()], **more}
        ids = [f"W-{self.tag}-{name}" for name in names]
        for worker_id in ids:
            self.command(f"/api/station/workers/{worker_id}/availability", body)
        for worker_id in ids:
            path = f"/api/station/workers/{worker_id}"
            self.wait(path, lambda view: view["available"] and view["availability"])
        return ids

    def skill(self) -> dict[str, Any]:
        """A skill nobody has but the workers of this test."""
        return {"code": f"s-{self.tag}", "level": 2}

    def job(self, name: str, **more: Any) -> str:
        """A job that only this test's workers can do, once it has been ranked for; its id."""
        job_id = f"J-{self.tag}-{name}"
        body: dict[str, Any] = {
            "job_id": job_id,
            "employer_id": self.employer,
            "title": "采茶工",
            "skills": [f"s-{self.tag}"],
            "shifts": [{"start": self.morning, "end": self.morning + 10 * HOUR_MS}],
            "pay": {"amount_fen": 16_000, "unit": "day", "settlement": "daily"},
            "place": {"lat": 29.668, "lon": 103.46, "name": "双福镇凤凰茶园"},
            "perks": ["meal", "pickup"],
        }
        self.command("/api/station/jobs", body | more)
        self.wait(f"/api/station/jobs/{job_id}", lambda view: view["ranking"])
        return job_id

    def accept(self, worker_id: str, job_id: str, patience_s: float = PATIENCE_S) -> None:
        """A worker's yes to a job that is offered to them, once it is."""
        path = f"/api/station/workers/{worker_id}"

        def offers(view: dict[str, Any]) -> list[str]:
            return [one["offer_id"] for one in view["offers"] if one["job_id"] == job_id]

        [offer] = offers(self.wait(path, offers, patience_s))
        self.command(f"{path}/offers/{offer}/acceptance", {})

    def link(self, worker_id: str) -> str:
        """The address of a link for a worker."""
        url = self.client.post(f"/api/station/workers/{worker_id}/link").json()["url"]
        return f"{self.engine.http}{url}" if url.startswith("/") else str(url)

    def code(self, worker_id: str) -> str:
        """A code for a worker."""
        return str(self.client.post(f"/api/station/workers/{worker_id}/code").json()["code"])

    def see(self, path: str) -> dict[str, Any]:
        """A view of the station's as it is."""
        answer = self.client.get(path)
        answer.raise_for_status()
        view: dict[str, Any] = answer.json()
        return view

    def posting(self, job_id: str) -> dict[str, Any]:
        """How a job of the station is posted."""
        found: dict[str, Any] = self.see(f"/api/station/jobs/{job_id}")["posting"]
        return found

    def wait(
        self,
        path: str,
        arrived: Callable[[dict[str, Any]], Any],
        patience_s: float = PATIENCE_S,
    ) -> dict[str, Any]:
        """A view of the station's, once something is in it."""
        end = time.monotonic() + patience_s
        while True:
            answer = self.client.get(path)
            if answer.status_code == 200 and arrived(answer.json()):
                view: dict[str, Any] = answer.json()
                return view
            assert time.monotonic() < end, answer.text
            time.sleep(0.1)

    def on_the_log(self, kind: type[Fact], **fields: object) -> list[Fact]:
        """The facts of a kind that the log has with such fields, in order, each id once."""
        with LogReader(self.engine.kafka) as reader:
            partition = partition_of(ZONE, len(reader.partitions(EVENTS)))
            events = [
                decode(record)
                for record in reader.read(EVENTS, partition)
                if self.tag.encode() in (record.value or b"")
            ]
        facts = {(event.source, event.id): event.fact for event in events}
        return [
            fact
            for fact in facts.values()
            if isinstance(fact, kind)
            and all(getattr(fact, name) == value for name, value in fields.items())
        ]


Stations = Callable[[str], AtWork]
"""Stations at work, by the number in their name."""


def said(page: Page | Locator) -> Locator:
    """Where the fate of a command is told."""
    return page.locator(".said").last


@contextmanager
def terminal(
    at_work: AtWork, browser: Browser, path: str = "/station", **options: Any
) -> Iterator[Page]:
    """A terminal that is signed in; what the market does not know yet is a 404 to who asks."""
    options["refusals"] = (404, *options.get("refusals", ()))
    with Watched(browser, f"{at_work.engine.http}{path}", **options) as watched:
        page = watched.page
        page.locator("#key").fill(at_work.key)
        page.keyboard.press("Enter")
        expect(page.locator("#key")).to_have_count(0)
        yield page
