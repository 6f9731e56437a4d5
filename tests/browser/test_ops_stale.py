"""The operators' page of what is not as it should be, or is no longer known: it says so."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.watching import (
    PHONE,
    Watched,
    bring_into_sight,
    check_accessible,
    check_fits,
    shoot,
)
from tests.gateway.serving import OPERATOR_OF_ZONES, READER
from tests.gateway.two_stations import OWN
from tests.gateway.two_zones import serving_both
from tests.town import ZONE

pytestmark = pytest.mark.browser

UNSIGNED = (401,)
AWAY = {"status": 503, "json": {"type": "urn:gigmatch:no_redis", "title": "…"}}
WHY = "Kafka does not answer: the consumer of market.events has no partitions yet"
FIGURES, MARKETS = "**/api/operator/figures*", "**/api/operator/markets"
READ_AT = 1_805_068_800_000


@pytest.fixture
def address(redis_url: str) -> Iterator[str]:
    with serving_both(redis_url) as address:
        yield address


@pytest.fixture
def ops(address: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """The page, signed in; answers of 503 are no complaint."""
    watched = []

    def signed_in(headers: dict[str, str]) -> Page:
        one = Watched(browser, f"{address}/ops", refusals=(*UNSIGNED, 503, 404))
        watched.append(one)
        page = one.page
        page.locator("#key").fill(headers["authorization"].removeprefix("Bearer "))
        page.keyboard.press("Enter")
        expect(page.locator("#state")).to_have_attribute("data-state", "live")
        expect(page.locator("#letters li[data-origin]").first).to_be_visible()
        return page

    yield signed_in
    for one in watched:
        one.__exit__(None, None, None)


def spoil(page: Page, path: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the figures that come by a path from here on."""

    def spoilt(route: Route) -> None:
        told = route.fetch(max_retries=3).json()
        change(told.get("figures", told))
        route.fulfill(json=told)

    page.route(path, spoilt)


def forget_markets(figures: dict[str, Any]) -> None:
    figures |= {"zones": [], "zones_known": False, "zones_read_at": READ_AT}


def test_records_and_seconds_have_a_chart_each_that_says_which(ops: Callable[..., Page]) -> None:
    page = ops(READER)
    expect(page.locator("figure canvas")).to_have_count(5)
    events, lag, oldest = (
        page.locator(f"figure[data-chart={name}]") for name in ("events", "lag", "oldest")
    )
    expect(events.locator("figcaption")).to_have_text("事件流量 条/秒")
    expect(lag.locator("figcaption")).to_have_text("积压 条")
    expect(lag.locator(".legend li")).to_have_text([re.compile(r"^积压条数 \d")])
    expect(oldest.locator(".legend li")).to_have_text([re.compile("^最早一条等待 ")])
    check_fits(page)


def test_what_is_up_and_not_ready_says_why(ops: Callable[..., Page]) -> None:
    page = ops(READER)
    row = page.locator("tr[data-process=gateway]")
    expect(row).to_have_attribute("data-ready", "true")
    expect(row.locator("td").first).to_have_text("正常")
    spoil(page, FIGURES, lambda told: told["processes"][0].update(why=WHY))
    expect(row).to_have_attribute("data-ready", "false")
    expect(row).to_have_attribute("data-up", "true")
    expect(row.locator("td").first).to_have_text("未就绪")
    expect(row).to_contain_text(WHY)
    expect(page.locator("#troubles")).to_contain_text(f"网关 在运行但还不能工作：{WHY}")
    bring_into_sight(row)
    check_accessible(page)
    shoot(page, "ops-unready-1280x800")
    page.set_viewport_size(PHONE)
    check_fits(page)


def test_markets_that_cannot_be_read_are_marked_as_old(ops: Callable[..., Page]) -> None:
    page = ops(READER)
    row = page.locator(f"#stations tr[data-station='{OWN}']")
    expect(row.locator("td").first).to_have_text("3")
    ages = page.locator("[data-age-of=market]")
    expect(ages.first).to_be_hidden()
    spoil(page, FIGURES, forget_markets)
    expect(ages).to_have_text([re.compile(r"\d\d:\d\d:\d\d 起没有新的")] * 3)
    expect(row.locator("td").first).to_have_text("3")
    expect(page.locator("#troubles")).to_contain_text("Redis 没有回答网关")
    expect(page.locator("[data-figure=offers]")).to_have_text("–")
    bring_into_sight(page.locator("#stations-head"))
    check_accessible(page)
    shoot(page, "ops-old-1280x800")
    page.locator("#language").click()
    expect(ages.first).to_contain_text("Nothing new since")
    page.locator("#language").click()
    page.unroute_all(behavior="wait")  # one that is still fetched could not be answered any more
    expect(ages.first).to_be_hidden()
    expect(page.locator("#troubles")).not_to_contain_text("Redis")


def test_of_zones_nobody_is_told_that_nothing_is_open_where_it_is_not_known(
    ops: Callable[..., Page],
) -> None:
    page = ops(OPERATOR_OF_ZONES)
    expect(page.locator("[data-figure=zones_open]")).to_have_text("3")
    spoil(page, MARKETS, forget_markets)
    expect(page.locator("[data-figure=zones_open]")).to_have_text("–")
    expect(page.locator("#troubles")).to_contain_text("Redis 没有回答网关")
    expect(page.locator("[data-age-of=market]").first).to_contain_text("起没有新的")
    # Of a zone that was not known before there is nothing to show.
    page.locator("#zone").select_option("511999")
    expect(page.locator("#stations tr[data-station]")).to_have_count(0)
    page.locator("#zone").select_option(ZONE)
    expect(page.locator(f"#stations tr[data-station='{OWN}']")).to_be_visible()


def test_whoever_signs_in_meanwhile_sees_no_table_of_before(ops: Callable[..., Page]) -> None:
    page = ops(READER)
    expect(page.locator("#stations tr[data-station]").first).to_be_visible()
    page.locator("#sign-out").click()
    spoil(page, FIGURES, lambda told: told.update(zones=[], zones_known=False, zones_read_at=None))
    page.locator("#key").fill(READER["authorization"].removeprefix("Bearer "))
    page.keyboard.press("Enter")
    expect(page.locator("[data-age-of=market]").first).to_have_text("现在读不到")
    expect(page.locator("#stations tr, #offers dl, #fairness dl")).to_have_count(0)


def test_a_language_that_does_not_come_is_told_and_the_page_goes_on(
    ops: Callable[..., Page],
) -> None:
    page = ops(READER)
    page.route("**/api/texts?*", lambda route: route.fulfill(**AWAY))
    page.locator("#language").click()
    expect(page.locator("#not-done")).not_to_be_empty()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.unroute("**/api/texts?*")
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#not-done")).to_be_empty()


def test_everything_is_old_when_nothing_comes_any_more(ops: Callable[..., Page]) -> None:
    page = ops(READER)
    expect(page.locator("#processes tr[data-process]")).to_have_count(1)
    page.route("**/api/operator/**", lambda route: route.fulfill(**AWAY))
    for part in ("figures", "market", "letters", "why"):
        age = page.locator(f"[data-age-of={part}]").first
        expect(age).to_contain_text("起没有新的")
    troubles = page.locator("#troubles")
    expect(troubles).to_contain_text("没有新数字")
    page.locator("#language").click()
    for part in ("figures", "market"):  # another language makes nothing new
        expect(page.locator(f"[data-age-of={part}]").first).to_contain_text("Nothing new since")
    page.locator("#language").click()
    expect(troubles).to_contain_text("没有新数字")
    page.unroute("**/api/operator/**")
    for part in ("figures", "market", "letters", "why"):
        expect(page.locator(f"[data-age-of={part}]").first).to_be_hidden()


def test_until_somebody_knows_who_is_signed_in_the_page_asks_again(
    ops: Callable[..., Page],
) -> None:
    """It showed the form for the key, said that it was connecting again, and asked nobody."""
    page = ops(READER)
    page.route("**/api/session", lambda route: route.fulfill(**AWAY))
    page.reload()
    expect(page.locator("#connecting")).to_be_visible()
    expect(page.locator("#sign-in")).to_be_hidden()
    page.unroute("**/api/session")
    expect(page.locator("#desk")).to_be_visible()
    expect(page.locator("#connecting")).to_be_hidden()
