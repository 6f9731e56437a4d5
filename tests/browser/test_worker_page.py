"""The worker's page on a phone, against a whole running engine."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.at_work import HOUR_MS, AtWork
from tests.browser.conftest import RunningEngine
from tests.browser.watching import PHONE, Watched, check_accessible, check_fits, shoot

pytestmark = pytest.mark.browser

MOST_BYTES = 100_000
HOSTILE = "<img src=x onerror=alert(1)>‮" + "很长的字" * 40


@pytest.fixture(scope="module")
def station(engine: RunningEngine) -> Iterator[AtWork]:
    at_work = AtWork(engine)
    yield at_work
    at_work.client.close()


@pytest.fixture
def fresh(engine: RunningEngine) -> Iterator[AtWork]:
    """A station whose workers nobody else's jobs fit."""
    at_work = AtWork(engine)
    yield at_work
    at_work.client.close()


def phone(browser: Browser, address: str, **more: object) -> Watched:
    return Watched(browser, address, size=PHONE, is_mobile=True, has_touch=True, **more)  # type: ignore[arg-type]


def heard(page: Page) -> list[str]:
    return [str(row.get_attribute("data-type")) for row in page.locator("#news li[data-id]").all()]


def test_a_link_signs_in_once_and_does_not_stay_in_the_address(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("linked")
    link = fresh.link(worker)
    with phone(browser, link, refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#desk")).to_be_visible()
        expect(page.locator("#who")).to_contain_text(worker)
        assert "#" not in page.url
        page.reload()
        expect(page.locator("#desk")).to_be_visible()
    with phone(browser, link, refusals=(401,)) as watched:
        told = watched.page.locator("#entrance-told")
        expect(told).to_contain_text("链接已用过")
        expect(told).to_contain_text("驿站")
        shoot(watched.page, "worker-entrance")
        check_accessible(watched.page)
        watched.page.locator("#code").fill(fresh.code(worker))
        watched.page.keyboard.press("Enter")
        expect(watched.page.locator("#who")).to_contain_text(worker)
