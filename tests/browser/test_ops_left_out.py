"""The operators' page of more zones than are told of: it says how many are missing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.watching import Watched, bring_into_sight, check_accessible, check_fits, shoot
from tests.gateway.serving import OPERATOR_OF_ZONES, READER
from tests.gateway.two_zones import serving_both
from tests.town import ZONE

pytestmark = pytest.mark.browser

UNSIGNED = (401,)


@pytest.fixture
def address(redis_url: str) -> Iterator[str]:
    with serving_both(redis_url) as address:
        yield address


def leave_out(page: Page, number: int) -> None:
    """Tell of more zones than the gateway has."""

    def spoilt(route: Route) -> None:
        told = route.fetch(max_retries=3).json()
        told.get("figures", told)["zones_left_out"] = number
        route.fulfill(json=told)

    for path in ("**/api/operator/figures*", "**/api/operator/markets"):
        page.route(path, spoilt)


def sign_in(page: Page, headers: dict[str, str]) -> None:
    page.locator("#key").fill(headers["authorization"].removeprefix("Bearer "))
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_attribute("data-state", "live")
    expect(page.locator("#stations tr[data-station]").first).to_be_visible()


def test_how_many_zones_are_left_out_is_said_as_long_as_some_are(
    address: str, browser: Browser
) -> None:
    with Watched(browser, f"{address}/ops", refusals=(*UNSIGNED, 404)) as watched:
        page = watched.page
        sign_in(page, READER)
        note = page.locator("#zones-left-out")
        expect(note).to_be_hidden()
        leave_out(page, 7)
        expect(note).to_have_text("另有 7 个区县没有列出，也不在合计里。")
        bring_into_sight(note)
        check_fits(page)
        check_accessible(page)
        shoot(page, "ops-left-out-1280x800")
        leave_out(page, 0)
        expect(note).to_be_hidden()


def test_a_key_for_zones_is_told_of_its_own_alone(address: str, browser: Browser) -> None:
    with Watched(browser, f"{address}/ops", refusals=(*UNSIGNED, 404)) as watched:
        page = watched.page
        leave_out(page, 7)
        sign_in(page, OPERATOR_OF_ZONES)
        expect(page.locator("#zones-left-out")).to_have_text(
            "另有 1 个区县没有列出，也不在合计里。"
        )
        page.locator("#zone").select_option("511999")  # nobody knows how it is there
        expect(page.locator("#offers dl")).to_have_count(0)
        page.locator("#zone").select_option(ZONE)
        expect(page.locator("#offers dl").first).to_be_visible()
