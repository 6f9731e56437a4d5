"""A worker who has left one station is registered at another, by browser."""

import time

import pytest
from playwright.sync_api import Browser, expect

from events.facts import WorkerAvailable
from tests.browser.at_work import HOUR_MS, ZONE, AtWork, said, terminal
from tests.browser.engine import RunningEngine

pytestmark = pytest.mark.browser

LONG_MS = 60_000


def test_who_has_left_another_station_is_registered_here_with_what_is_said_here(
    engine: RunningEngine, browser: Browser
) -> None:
    """The form stayed shut, and what the other station had said of them went into the new fact."""
    with AtWork(engine, f"{ZONE}-08") as former, AtWork(engine, f"{ZONE}-10") as here:
        worker_id, now = f"W-{former.tag}-moves", time.time_ns() // 1_000_000
        path = f"/api/station/workers/{worker_id}"
        body = {
            "windows": [{"start": now - HOUR_MS, "end": now + 2_000}],
            "place": former.place,
            "skills": [former.skill()],
            "max_bookings": 3,
        }
        former.command(f"{path}/availability", body)
        former.wait(path, lambda view: view["availability"] and not view["available"])
        page_of = f"/station#worker/{worker_id}"
        with terminal(here, browser, page_of, refusals=(403,)) as page:
            expect(page.locator(".said.bad").first).to_be_visible()
            form = page.locator("form.form")
            form.get_by_role("button", name="登记").click()
            expect(said(form)).to_have_text("市场已确认。", timeout=LONG_MS)
        assert here.see(path)["station_id"] == here.station_id
        registered = former.on_the_log(WorkerAvailable, worker_id=worker_id)
        assert [
            (one.station_id, one.max_bookings)
            for one in registered
            if isinstance(one, WorkerAvailable)
        ] == [(former.station_id, 3), (here.station_id, None)]
