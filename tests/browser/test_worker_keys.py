"""The worker's page by keyboard alone, at twice the size."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.at_work import HOUR_MS, AtWork
from tests.browser.watching import Watched, check_accessible, check_fits

pytestmark = pytest.mark.browser


@contextmanager
def by_keys_at_twice_the_size(browser: Browser, link: str) -> Iterator[Page]:
    half = {"width": 195, "height": 422}
    with Watched(browser, link, size=half, refusals=(401,), device_scale_factor=2) as watched:  # type: ignore[arg-type]
        yield watched.page


def tab_to(page: Page, css: str) -> None:
    """Tab until what a selector finds has the focus; it is in sight, with the ring around it."""
    for _ in range(40):
        if page.evaluate("css => document.activeElement.matches(css)", css):
            break
        page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(page.locator(css).and_(focused)).to_be_in_viewport()
    assert focused.evaluate("one => getComputedStyle(one).outlineStyle") in ("auto", "solid")


def test_a_booking_is_cancelled_by_keyboard_alone_at_twice_the_size(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("keys")
    job = fresh.job("keys", headcount=1)
    with by_keys_at_twice_the_size(browser, fresh.link(worker)) as page:
        expect(page.locator("#offers .yes")).to_be_visible()
        tab_to(page, "#offers .yes")
        page.keyboard.press("Enter")
        status = page.locator("#bookings .status")
        expect(status).to_have_text("定了")
        tab_to(page, "#bookings .actions button")
        page.keyboard.press("Enter")
        expect(page.locator("#bookings .sure")).to_be_visible()
        check_fits(page)
        check_accessible(page)
        page.keyboard.press("Enter")  # a key that is held too long keeps what one has
        expect(page.locator("#bookings .sure")).to_have_count(0)
        expect(status).to_have_text("定了")
        tab_to(page, "#bookings .actions button")
        page.keyboard.press("Enter")
        page.keyboard.press("Shift+Tab")
        tab_to(page, "#bookings .actions .no")
        page.keyboard.press("Enter")
        expect(page.locator("#bookings [data-booking]")).to_have_count(0)
        assert fresh.see(f"/api/station/jobs/{job}")["bookings"][0]["status"] == "cancelled"


def test_times_and_forget_me_by_keyboard_alone_at_twice_the_size(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("hours")
    with by_keys_at_twice_the_size(browser, fresh.link(worker)) as page:
        expect(page.locator("#times li")).to_have_count(1)
        tab_to(page, "#times .actions button[aria-expanded]")
        page.keyboard.press("Enter")
        tab_to(page, "#times form input")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        tab_to(page, "#times form .wide input")
        page.keyboard.press("Space")
        check_fits(page)
        tab_to(page, "#times form select")
        page.keyboard.press("ArrowDown")
        tab_to(page, "#times button[type=submit]")
        page.keyboard.press("Enter")
        expect(page.locator("#times li")).to_contain_text("08:00")
        [window] = fresh.see(f"/api/station/workers/{worker}")["availability"]["windows"]
        assert window["end"] - window["start"] == 10 * HOUR_MS
        tab_to(page, "#times .actions .no")
        page.keyboard.press("Enter")
        page.keyboard.press("Shift+Tab")
        tab_to(page, "#times .actions .no")
        page.keyboard.press("Enter")
        expect(page.locator("#times .is")).to_have_text("您现在没有在找活儿")
        tab_to(page, "#me .actions .no")
        page.keyboard.press("Enter")
        expect(page.locator("#me .sure")).to_be_visible()
        check_fits(page)
        page.keyboard.press("Shift+Tab")
        tab_to(page, "#me .actions .no")
        page.keyboard.press("Enter")
        expect(page.locator("#farewell")).to_be_focused()
        check_fits(page)
