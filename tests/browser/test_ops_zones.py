"""The operators' page for a key of some zones: those, and nothing of the others."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.watching import (
    PHONE,
    PRESS_TWICE,
    Watched,
    check_accessible,
    check_fits,
    shoot,
)
from tests.gateway.serving import OPERATOR_OF_ZONES, READER, ZONES
from tests.gateway.two_stations import OWN
from tests.gateway.two_zones import (
    LETTER,
    STATION_THERE,
    THERE,
    serving_both,
)
from tests.town import ZONE

pytestmark = pytest.mark.browser

UNSIGNED = (401,)
COVERED = """() => Array.from(document.querySelectorAll('#letters li')).filter((line) => {
  const { left, bottom } = line.querySelector('button').getBoundingClientRect();
  return Array.from(line.querySelectorAll('.reason, small')).some((text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return Array.from(range.getClientRects()).some((one) => one.right > left && one.top < bottom);
  });
}).map((line) => line.innerText)"""
"""The letters of which a button covers words."""


@pytest.fixture
def address(redis_url: str) -> Iterator[str]:
    with serving_both(redis_url) as address:
        yield address


def sign_in(page: Page, headers: dict[str, str]) -> None:
    page.locator("#key").fill(headers["authorization"].removeprefix("Bearer "))
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_attribute("data-state", "live")
    expect(page.locator("#letters li[data-origin]").first).to_be_visible()


def check_zones_alone(page: Page) -> None:
    """What is of the operator's zones is there, and nothing that is not."""
    expect(page.locator("#zones-note")).to_contain_text(", ".join(ZONES))
    expect(page.locator("#zone option")).to_have_text(list(ZONES))
    expect(page.locator("#verdict-head")).to_have_text("有 1 处需要看")
    expect(page.locator("#troubles")).to_contain_text(OWN)
    expect(page.locator("#letters li[data-origin]")).to_have_count(1)
    expect(page.locator(f"#letters li[data-origin='{LETTER}'] button")).to_be_visible()
    expect(page.locator("#quarantine li")).to_have_count(1)
    expect(page.locator("#unmatched li[data-job]")).to_have_count(3)
    expect(page.locator("[data-figure=zones_open]")).to_have_text("3")
    for whole in ("#charts", "#processes", "#partitions", "#stages", "#model", "#channels"):
        expect(page.locator(whole)).not_to_be_visible()
    for other in (THERE, STATION_THERE, "J-there"):
        assert other not in page.content()


def test_an_operator_of_zones_sees_theirs_and_works_on_them(address: str, browser: Browser) -> None:
    no_market = 404
    with Watched(browser, f"{address}/ops", refusals=(*UNSIGNED, no_market)) as watched:
        page = watched.page
        sign_in(page, OPERATOR_OF_ZONES)
        check_zones_alone(page)
        check_accessible(page)
        shoot(page, "ops-zones-1280x800")
        page.locator("#language").click()
        expect(page.locator("#zones-note")).to_contain_text("Your key is for 511181")
        page.locator("#language").click()
        page.locator(f"#letters li[data-origin='{LETTER}'] button").click()
        expect(page.locator("#dead-told")).to_contain_text("1")
        release = page.locator(f"#quarantine li[data-station='{OWN}'] button")
        assert "再按一次" in release.evaluate(PRESS_TWICE)
        expect(page.locator("#dead-told")).to_contain_text(OWN)
        # A zone in which nothing has happened shows nothing of the one before it.
        page.locator("#zone").select_option(ZONES[1])
        expect(page.locator(f"#stations tr[data-station='{OWN}']")).to_have_count(0)
        expect(page.locator("#unmatched li[data-job]")).to_have_count(0)


def test_no_button_covers_where_a_letter_is_from(address: str, browser: Browser) -> None:
    """Which station it was could not be read at 1024 pixels, nor the reason in English."""
    with Watched(browser, f"{address}/ops", refusals=UNSIGNED) as watched:
        page = watched.page
        sign_in(page, OPERATOR_OF_ZONES)
        for language in ("en", "zh-CN"):
            page.locator("#language").click()
            expect(page.locator("html")).to_have_attribute("lang", language)
            for width in (360, 390, 640, 1024, 1280):
                page.set_viewport_size({"width": width, "height": 768})
                expect(page.locator("#letters li[data-origin] button")).to_be_visible()
                assert page.evaluate(COVERED) == [], width


def test_whoever_signs_in_next_sees_nothing_of_another(address: str, browser: Browser) -> None:
    with Watched(browser, f"{address}/ops", refusals=UNSIGNED) as watched:
        page = watched.page
        sign_in(page, READER)
        expect(page.locator("#letters li[data-origin]")).to_have_count(3)
        expect(page.locator("#zone option")).to_have_text([ZONE, THERE])
        expect(page.locator("#zones-note")).not_to_be_visible()
        expect(page.locator("#charts")).to_be_visible()
        page.locator("#zone").select_option(THERE)
        expect(page.locator("#unmatched li[data-job=J-there]")).to_be_visible()
        page.locator("#sign-out").click()
        expect(page.locator("#sign-in")).to_be_visible()
        page.evaluate(
            "window.seen = new MutationObserver(() => {"
            " if (!document.getElementById('desk').hidden"
            "     && document.getElementById('desk').innerText.includes('J-there'))"
            "   window.leaked = true; })"
            ".observe(document.body, {subtree: true, childList: true, attributes: true})"
        )
        sign_in(page, OPERATOR_OF_ZONES)
        expect(page.locator("#letters li[data-origin]")).to_have_count(1)
        expect(page.locator("#unmatched li[data-job]")).to_have_count(3)
        assert page.evaluate("window.leaked") is None
        page.locator("#sign-out").click()
        expect(page.locator("#sign-in")).to_be_visible()
        sign_in(page, READER)
        expect(page.locator("#charts")).to_be_visible()
        expect(page.locator("#letters li[data-origin]")).to_have_count(3)


def test_it_fits_on_a_phone(address: str, browser: Browser) -> None:
    with Watched(
        browser, f"{address}/ops", size=PHONE, refusals=UNSIGNED, is_mobile=True, has_touch=True
    ) as watched:
        sign_in(watched.page, OPERATOR_OF_ZONES)
        check_zones_alone(watched.page)
        check_fits(watched.page)
        shoot(watched.page, "ops-zones-390x844")
