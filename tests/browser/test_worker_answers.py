"""A worker's yes and no: confirmed by the market, kept without a signal, told when too late."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from tests.browser.at_work import AtWork
from tests.browser.watching import PHONE, Watched, check_accessible, check_fits, phone, shoot

pytestmark = pytest.mark.browser


def heard(page: Page) -> list[str]:
    return [str(row.get_attribute("data-type")) for row in page.locator("#news li[data-id]").all()]


def test_an_offer_comes_by_itself_and_is_booked_by_the_market(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("asked")
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#offers .empty")).to_be_visible()
        job = fresh.job("tea", headcount=1, employer_name="凤凰茶叶合作社")
        card = page.locator("#offers [data-offer]")
        expect(card).to_have_count(1)
        expect(card.locator(".pay")).to_have_text("160 元/天")
        expect(card.locator("[data-fact=place]")).to_contain_text("公里")
        expect(card.locator("[data-fact=time]")).to_contain_text("07:00 到 17:00")
        expect(card.locator("[data-fact=perks]")).to_have_text("包吃 · 车接车送")
        expect(card.locator("[data-fact=employer]")).to_contain_text("凤凰茶叶合作社")
        expect(card.locator("[data-fact=employer]")).to_contain_text(fresh.employer)
        expect(card.locator("[data-fact=safe]")).to_have_text("没有查到拖欠工钱")
        expect(card.locator(".why span").first).to_be_visible()
        check_accessible(page)
        check_fits(page)
        shoot(page, "worker-offer")
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/api/worker/matches", hold)
        card.locator(".yes").click()
        expect(page.locator("#notice")).to_contain_text("定了！采茶工")
        expect(card.locator(".state")).to_be_visible()
        expect(card.locator("button")).to_have_count(0)  # to be told and asked again would be odd
        for route in held:
            route.continue_()
        page.unroute("**/api/worker/matches")
        booked = page.locator("#bookings [data-booking]")
        expect(booked.locator(".status")).to_have_text("定了")
        expect(card).to_have_count(0)
        [place] = fresh.see(f"/api/station/jobs/{job}")["bookings"]
        assert (place["worker_id"], place["status"]) == (worker, "confirmed")
        shoot(page, "worker-booked")
        booked.locator("button", has_text="取消").click()
        booked.locator("button", has_text="是，取消").click()
        expect(booked).to_have_count(0)
        expect(page.locator("#notice")).to_contain_text("是您取消的")
        assert heard(page)[:3] == ["booking.cancelled", "booking.confirmed", "offer.made"]


def test_a_refusal_counts_when_the_market_has_it(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("refusing")
    fresh.job("one")
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        card = watched.page.locator("#offers [data-offer]")
        card.locator(".no").click()
        expect(card).to_have_count(0)
        assert fresh.see(f"/api/station/workers/{worker}")["offers"] == []


def test_a_tap_without_a_signal_is_kept_and_counts_once(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("tunnel")
    job = fresh.job("far")
    with Watched(browser, fresh.link(worker), size=PHONE, refusals=(401,)) as watched:
        page = watched.page
        card = page.locator("#offers [data-offer]")
        expect(card).to_have_count(1)
        page.context.set_offline(True)
        card.locator(".yes").click()
        expect(card.locator(".state")).to_have_text("记下了，有信号就发")
        expect(page.locator("#line")).to_be_visible()
        expect(page.locator("#line")).to_contain_text("没有信号")
        expect(card.locator(".yes")).to_have_count(0)
        shoot(page, "worker-offline")
        assert fresh.see(f"/api/station/jobs/{job}")["bookings"] == []
        page.context.set_offline(False)
        expect(page.locator("#bookings .status")).to_have_text("定了")
        expect(page.locator("#line")).to_be_hidden()
        assert len(fresh.see(f"/api/station/jobs/{job}")["bookings"]) == 1
        watched.complaints = [one for one in watched.complaints if "ERR_INTERNET" not in one]


@contextmanager
def an_answer_on_its_way(
    fresh: AtWork, browser: Browser, name: str
) -> Iterator[tuple[Page, Route, APIResponse]]:
    """A page whose worker has said yes elsewhere, and an answer of before that is still to come."""
    worker = fresh.register(name)
    held: list[tuple[Route, APIResponse]] = []
    with Watched(browser, fresh.link(worker), size=PHONE, refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#offers .empty")).to_be_visible()
        page.route(
            "**/api/worker/matches",
            lambda route: route.continue_() if held else held.append((route, route.fetch())),
        )
        job = fresh.job(name)
        while not held:
            page.wait_for_timeout(50)
        fresh.accept(worker, job)
        yield page, *held[0]


def test_an_answer_that_comes_late_puts_nothing_back(fresh: AtWork, browser: Browser) -> None:
    with an_answer_on_its_way(fresh, browser, "patient") as (page, route, old):
        expect(page.locator("#bookings .status")).to_have_text("定了")
        with page.expect_response("**/api/worker/matches"):
            route.fulfill(response=old)
        page.wait_for_timeout(300)
        expect(page.locator("#bookings .status")).to_have_text("定了")
        expect(page.locator("#offers [data-offer]")).to_have_count(0)


def test_an_answer_on_its_way_puts_off_nothing_that_news_ask_for(
    fresh: AtWork, browser: Browser
) -> None:
    with an_answer_on_its_way(fresh, browser, "eager") as (page, route, old):
        expect(page.locator("#notice")).to_contain_text("定了")
        route.fulfill(response=old)
        # It came after the news, and would be thought good for half a minute.
        expect(page.locator("#bookings .status")).to_have_text("定了")


def test_who_was_slower_is_told_so(fresh: AtWork, browser: Browser) -> None:
    far = fresh.place | {"lat": fresh.place["lat"] + 0.12}
    names = ("slow", "quick", "quicker", "quickest")
    slow, *quick = (fresh.register(name, place=far) for name in names)
    # Poorly paid and far, so that a fourth is asked, too: one of three may say no, or not come.
    poor = {"amount_fen": 14_000, "unit": "day", "settlement": "monthly"}
    job = fresh.job("contested", headcount=3, pay=poor, perks=[])
    with Watched(browser, fresh.link(slow), size=PHONE, refusals=(401, 404)) as watched:
        page = watched.page
        expect(page.locator("#offers [data-offer]")).to_have_count(1)
        page.context.set_offline(True)
        page.locator("#offers .yes").click()
        for worker in quick:
            fresh.accept(worker, job)
        fresh.wait(f"/api/station/jobs/{job}", lambda view: view["missing"] == 0)
        page.context.set_offline(False)
        expect(page.locator("#notice")).to_contain_text("采茶工")
        expect(page.locator("#notice")).to_contain_text("比您快")
        expect(page.locator("#offers [data-offer]")).to_have_count(0)
        shoot(page, "worker-late")
        watched.complaints = [one for one in watched.complaints if "ERR_INTERNET" not in one]
