"""Redis or the broker away and back: the pages say so in words, and nothing said is lost."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from events.facts import JobPosted, OfferAccepted
from tests.browser.at_work import AtWork, terminal
from tests.browser.engine import RunningEngine
from tests.browser.watching import PHONE, Watched, shoot

pytestmark = pytest.mark.browser

LONG_MS = 120_000


@contextmanager
def counter_and_phone(at_work: AtWork, browser: Browser) -> Iterator[tuple[Page, Page]]:
    """A terminal at its form, and the phone of somebody who is being asked."""
    worker = at_work.register("asked")
    at_work.job("offered", headcount=1)
    expected = (401, 404, 503)
    with (
        terminal(at_work, browser, refusals=expected) as desk,
        Watched(browser, at_work.link(worker), size=PHONE, refusals=expected) as watched,
    ):
        expect(watched.page.locator("#offers [data-offer]")).to_have_count(1)
        yield desk, watched.page


def post(desk: Page, at_work: AtWork) -> None:
    desk.locator("[data-path=title] input").fill("断线时发的岗位")
    desk.locator("[data-path='pay.amount_fen pay'] input").fill("160")
    desk.locator("[data-path=employer_id] input").fill(at_work.employer)
    desk.keyboard.press("Enter")


def check_all_is_well(at_work: AtWork, desk: Page, phone: Page) -> None:
    """What was said in the meantime has come, once, and the pages show what is."""
    expect(desk.locator("#unsent")).to_be_hidden(timeout=LONG_MS)
    expect(desk.locator("#trouble")).to_be_hidden(timeout=LONG_MS)
    expect(desk.locator("#state")).to_have_attribute("data-state", "live", timeout=LONG_MS)
    expect(phone.locator("#bookings .status")).to_have_text("定了", timeout=LONG_MS)
    expect(phone.locator("#line")).to_be_hidden(timeout=LONG_MS)
    desk.evaluate("location.hash = '#jobs'")
    expect(desk.locator(".row", has_text="断线时发的岗位").first).to_be_visible()
    [_] = at_work.on_the_log(JobPosted, title="断线时发的岗位")
    [_] = at_work.on_the_log(OfferAccepted)


def test_redis_goes_and_comes_back_empty(engine: RunningEngine, browser: Browser) -> None:
    with AtWork(engine) as at_work, counter_and_phone(at_work, browser) as (desk, phone):
        engine.server.kill()
        expect(desk.locator("#trouble")).to_contain_text("暂时", timeout=LONG_MS)
        phone.locator("#offers .yes").click()
        state = phone.locator("#offers .state")
        expect(state).to_have_text("系统暂时收不了，已存好，会自动发", timeout=LONG_MS)
        expect(phone.locator("#line")).to_be_visible(timeout=LONG_MS)
        expect(phone.locator("#line")).to_contain_text("系统暂时查不到新消息")
        post(desk, at_work)
        expect(desk.locator("#unsent")).to_contain_text("1 条等待发送", timeout=LONG_MS)
        shoot(desk, "away-redis-desk")
        shoot(phone, "away-redis-phone")
        engine.server.start()
        check_all_is_well(at_work, desk, phone)


def test_the_broker_goes_and_comes_back(engine: RunningEngine, browser: Browser) -> None:
    with AtWork(engine) as at_work, counter_and_phone(at_work, browser) as (desk, phone):
        [broker] = [pid for pid, args in engine.up.descendants().items() if "tansu" in args]
        os.kill(broker, signal.SIGSTOP)
        try:
            phone.locator("#offers .yes").click()
            post(desk, at_work)
            expect(desk.locator("#unsent")).to_contain_text("1 条等待发送", timeout=LONG_MS)
            expect(desk.locator("form.form .said").last).to_contain_text(
                "等待发送", timeout=LONG_MS
            )
            expect(phone.locator("#offers .state")).to_contain_text("已存好，会自动发")
            shoot(desk, "away-broker-desk")
            shoot(phone, "away-broker-phone")
        finally:
            os.kill(broker, signal.SIGCONT)
        check_all_is_well(at_work, desk, phone)
