"""Answers at the counter: each counts once, and why one came to nothing is said."""

import re

import pytest
from playwright.sync_api import Browser, Route, expect

from events.facts import OfferAccepted, OfferDeclined
from producers.publisher import Publisher
from tests.browser.at_work import DAY_MS, ZONE, Stations, terminal
from tests.browser.filling import day_in, day_of
from tests.browser.watching import check_accessible, shoot

pytestmark = pytest.mark.browser

LONG_MS = 60_000


def unreachable(route: Route) -> None:
    route.fulfill(status=503, json={"title": "x"})


def test_without_a_line_the_last_answer_counts_and_the_sheet_goes_on_when_it_is_back(
    browser: Browser, stations: Stations
) -> None:
    """Each press was kept: a yes and a no went out together, and the sheet stood still."""
    at_work = stations("11")
    worker = at_work.register("waits")
    at_work.job("waits", title="守塘人")
    with terminal(at_work, browser, f"/station#worker/{worker}", refusals=(503,)) as page:
        offer, unsent = page.locator("[data-offer]"), page.locator("#unsent li")
        expect(offer).to_have_count(1, timeout=LONG_MS)
        for answer in ("**/acceptance", "**/refusal"):
            page.route(answer, unreachable)
        kept = offer.locator(".said", has_text="已存好")
        offer.get_by_role("button", name="接受").click()
        expect(kept).to_be_visible()
        first = unsent.get_attribute("data-entry") or ""
        offer.get_by_role("button", name="接受").click()
        expect(unsent).not_to_have_attribute("data-entry", first)
        expect(kept).to_be_visible()
        offer.locator("summary").click()
        offer.get_by_role("button", name="太远").click()
        expect(unsent).to_contain_text("太远")
        expect(kept).to_be_visible()
        expect(unsent).to_have_count(1)
        check_accessible(page)
        shoot(page, "answer-kept")
        page.reload()
        expect(kept).to_be_visible(timeout=LONG_MS)  # it still waits
        for answer in ("**/acceptance", "**/refusal"):
            page.unroute(answer)
        expect(unsent).to_have_count(0, timeout=LONG_MS)
        expect(offer).to_have_count(0, timeout=LONG_MS)
    assert at_work.on_the_log(OfferAccepted, worker_id=worker) == []
    assert len(at_work.on_the_log(OfferDeclined, worker_id=worker)) == 1


def test_what_was_kept_and_pressed_again_is_one_booking_that_the_sheet_shows(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("11")
    worker = at_work.register("comes")
    at_work.job("comes", title="守渠人")
    with terminal(at_work, browser, f"/station#worker/{worker}", refusals=(503,)) as page:
        offer = page.locator("[data-offer]")
        expect(offer).to_have_count(1, timeout=LONG_MS)
        page.route("**/acceptance", unreachable)
        offer.get_by_role("button", name="接受").click()
        expect(offer.locator(".said")).to_contain_text("已存好")
        page.unroute("**/acceptance")
        expect(page.locator(".beside")).to_contain_text("守渠人已确认", timeout=LONG_MS)
        expect(offer).to_have_count(0)
    assert len(at_work.on_the_log(OfferAccepted, worker_id=worker)) == 1


def test_a_double_click_says_yes_once(browser: Browser, stations: Stations) -> None:
    at_work = stations("11")
    worker = at_work.register("twice")
    at_work.job("twice", title="守堰人")
    with terminal(at_work, browser, f"/station#worker/{worker}") as page:
        offer = page.locator("[data-offer]")
        expect(offer).to_have_count(1, timeout=LONG_MS)
        yes = offer.get_by_role("button", name="接受")
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
        # Where the first press makes the page longer, the second of a double click lands elsewhere.
        yes.evaluate("one => { one.click(); one.click(); }")
        expect(offer).to_have_count(0, timeout=LONG_MS)
        expect(page.locator(".beside")).to_contain_text("守堰人已确认")
        assert len(sent) == 1


def test_why_a_yes_came_to_nothing_is_said(browser: Browser, stations: Stations) -> None:
    """Whatever the reason was, the clerk was told that all places were filled."""
    at_work = stations("11")
    worker = at_work.register("said-no")
    at_work.job("said-no", title="守坝人")
    path = f"/api/station/workers/{worker}"

    def comes_too_late(route: Route) -> None:
        """The yes is on the log behind a no that another terminal has sent."""
        offer_id = route.request.url.split("/")[-2]
        at_work.command(f"{path}/offers/{offer_id}/refusal", {})
        at_work.wait(path, lambda view: not view["offers"])
        publisher = Publisher(at_work.engine.kafka, client_id="tests")
        publisher.publish_fact(
            OfferAccepted(offer_id=offer_id, worker_id=worker, zone=ZONE),
            id=route.request.headers["idempotency-key"],
            source=f"/zones/{ZONE}/stations/11",
        )
        publisher.close()
        route.fulfill(status=202, json={"see": path})

    with terminal(at_work, browser, f"/station#worker/{worker}") as page:
        offer = page.locator("[data-offer]")
        expect(offer).to_have_count(1, timeout=LONG_MS)
        page.route("**/acceptance", comes_too_late)
        offer.get_by_role("button", name="接受").click()
        told = offer.locator(".said.bad")
        expect(told).to_have_text("没有定上：本人先前说过不去。", timeout=LONG_MS)
        check_accessible(page)
        shoot(page, "answer-refused")
        expect(offer).to_have_count(0, timeout=LONG_MS)  # once it has been read


def test_who_has_been_erased_elsewhere_does_not_stay_on_the_sheet(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("11")
    worker = at_work.register("goes", birth_year=1971)
    with terminal(at_work, browser, f"/station#worker/{worker}") as page:
        expect(page.locator(".beside h2")).to_have_text(worker, timeout=LONG_MS)
        born = page.locator("[data-path=birth_year] input")
        expect(born).to_have_value("1971")
        at_work.command(f"/api/station/workers/{worker}/forgetting", {})
        gone = page.locator(".beside", has_text="查不到这个工号了")
        expect(gone).to_be_visible(timeout=LONG_MS)
        expect(page.locator(".beside h2")).to_have_count(0)
        expect(born).to_have_value("")  # nor does the form say what was erased
        shoot(page, "worker-gone")


def test_a_time_of_another_day_is_told_with_its_day(browser: Browser, stations: Stations) -> None:
    """Of an offer that ended tomorrow it said "07:00", and of an answer of last week, too."""
    at_work = stations("11")
    worker = at_work.register("later")
    job = at_work.job("later", title="守林人")

    def of_another_day(route: Route) -> None:
        view = route.fetch(max_retries=3).json()
        for offer in view["offers"]:
            for name in ("expires_at", "closed_at"):
                if offer.get(name) is not None:
                    offer[name] += 3 * DAY_MS
        route.fulfill(json=view)

    with terminal(at_work, browser, f"/station#worker/{worker}") as page:
        until = page.locator("[data-offer] small")
        path = f"/api/station/workers/{worker}"
        [offer] = at_work.see(path)["offers"]
        another_day = re.compile(r"^\d+月\d+日.* \d\d:\d\d ")
        if day_of(offer["expires_at"]) == day_in(0):
            expect(until).to_have_text(re.compile(r"^\d\d:\d\d "), timeout=LONG_MS)
        else:  # it is late in the evening
            expect(until).to_have_text(another_day, timeout=LONG_MS)
        page.route(f"**/api/station/workers/{worker}", of_another_day)
        expect(until).to_have_text(another_day, timeout=LONG_MS)
        at_work.command(f"{path}/offers/{offer['offer_id']}/refusal", {})
        at_work.wait(path, lambda view: not view["offers"])
        page.route(f"**/api/station/jobs/{job}", of_another_day)
        page.evaluate(f"location.hash = '#jobs/{job}'")
        closed = page.locator("h3:has-text('邀约') + .lines small").last
        expect(closed).to_have_text(re.compile(r"^\d+月\d+日.* \d\d:\d\d$"), timeout=LONG_MS)
