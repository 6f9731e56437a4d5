"""A worker who has left one station is registered at another, by browser."""

import time

import pytest
from playwright.sync_api import Browser, Route, expect

from events.facts import WorkerAvailable
from tests.browser.at_work import HOUR_MS, Stations, said, terminal
from tests.browser.watching import shoot

pytestmark = pytest.mark.browser

LONG_MS = 60_000
SHORT_MS = 10_000


def still_theirs(route: Route) -> None:
    """What the gateway says until it has heard that the worker has moved."""
    route.fulfill(status=403, json={"title": "x"})


def test_who_has_left_another_station_has_a_form_here_that_says_nothing_of_before(
    browser: Browser, stations: Stations
) -> None:
    """The API let them move, and the form stayed shut."""
    former, here = stations("08"), stations("10")
    worker_id, now = f"W-{former.tag}-moves", time.time_ns() // 1_000_000
    path = f"/api/station/workers/{worker_id}"
    body = {
        "windows": [{"start": now, "end": now + HOUR_MS}],
        "place": former.place,
        "skills": [former.skill()],
        "max_bookings": 3,
    }
    former.command(f"{path}/availability", body)
    former.wait(path, lambda view: view["available"] and view["availability"])
    page_of = f"/station#worker/{worker_id}"
    with terminal(here, browser, page_of, refusals=(403,)) as page:
        form = page.locator("form.form")
        expect(page.locator(".beside .said.bad")).to_be_visible()
        expect(form).to_be_hidden()  # they are still the other station's
        former.command(f"{path}/unavailability", {})
        former.wait(path, lambda view: not view["available"])
        with page.expect_response(lambda one: one.url.endswith(path)):
            page.locator(".find input").press("Enter")
        expect(page.locator(".beside .said.bad")).to_be_visible()
        expect(form).to_be_hidden()  # who pauses stays with their station
        end = time.time_ns() // 1_000_000 + SHORT_MS
        former.command(f"{path}/availability", body | {"windows": [{"start": now, "end": end}]})
        former.wait(path, lambda view: view["valid_until"] == end and not view["available"])
        page.locator(".find input").press("Enter")
        expect(form).to_be_visible(timeout=LONG_MS)
        expect(page.locator(".beside")).to_contain_text("第一次来")
        assert former.skill()["code"] not in page.content()
        shoot(page, "moving")
        page.route(f"**{path}", still_theirs, times=1)
        form.get_by_role("button", name="登记").click()
        expect(said(form)).to_have_text("市场已确认。", timeout=LONG_MS)
        expect(page.locator(".beside h2")).to_have_text(worker_id)
    assert here.see(path)["station_id"] == here.station_id
    assert former.client.get(path).status_code == 403
    registered = former.on_the_log(WorkerAvailable, worker_id=worker_id)
    assert [
        (one.station_id, one.max_bookings) for one in registered if isinstance(one, WorkerAvailable)
    ] == [(former.station_id, 3), (former.station_id, 3), (here.station_id, None)]
