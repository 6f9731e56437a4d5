"""A worker's yes and no: confirmed by the market, kept without a signal, told when too late."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from events.facts import OfferDeclined
from tests.browser.at_work import DAY_MS, HOUR_MS, AtWork
from tests.browser.watching import (
    PHONE,
    WRITTEN,
    Watched,
    bring_into_sight,
    check_accessible,
    check_fits,
    never,
    phone,
    shoot,
)

pytestmark = pytest.mark.browser


def pause_and_think_again(page: Page) -> None:
    page.locator("#times button", has_text="先不找活儿").click()
    page.locator("#times button", has_text="是，先不找").click()
    page.locator("#times button", has_text="继续找活儿").click()


def heard(page: Page) -> list[str]:
    told: list[str] = page.locator("#news li[data-id]").evaluate_all(
        "all => all.map((one) => one.dataset.type)"
    )
    return told


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
        page.set_viewport_size({"width": 390, "height": 1000})
        shoot(page, "worker-offer")
        page.set_viewport_size(PHONE)
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
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(page.locator("#notice")).to_be_in_viewport()  # whoever said yes far down sees it
        booked.locator("button", has_text="取消").click()
        booked.locator("button", has_text="是，取消").click()
        expect(booked).to_have_count(0)
        expect(page.locator("#notice")).to_contain_text("是您取消的")
        assert heard(page)[:3] == ["booking.cancelled", "booking.confirmed", "offer.made"]
        expect(page.locator("#notice")).not_to_have_class("bad")
        off = page.locator(f"#matches [data-job='{job}'] .by")
        expect(off).to_have_text("您取消了。条件变了才会再问您。")
        pause_and_think_again(page)
        expect(page.locator("#notice")).to_be_empty()


def test_a_refusal_counts_when_the_market_has_it(fresh: AtWork, browser: Browser) -> None:
    """It went out after eight seconds, and the page looked what had come of it after thirty."""
    worker = fresh.register("refusing")
    job = fresh.job("one")
    with phone(browser, fresh.link(worker), refusals=(401,), script=never(30_000)) as watched:
        page = watched.page
        card = page.locator("#offers [data-offer]")
        card.locator(".no").click()
        expect(card).to_have_count(0)
        assert fresh.see(f"/api/station/workers/{worker}")["offers"] == []
        fits = page.locator(f"#matches [data-job='{job}'] .by")
        expect(fits).to_have_text("您说过不去。条件变了才会再问您。")
        page.reload()
        expect(fits).to_have_text("您说过不去。条件变了才会再问您。")
        bring_into_sight(fits)
        shoot(page, "worker-said-no")


def test_a_no_is_taken_back_or_goes_out_when_the_page_is_opened_anew(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("slipping")
    fresh.job("slip")
    path = f"/api/station/workers/{worker}"
    with phone(browser, fresh.link(worker), refusals=(401, 404), script=never(8_000)) as watched:
        page = watched.page
        card = page.locator("#offers [data-offer]")
        card.locator(".no").click()
        undo = card.get_by_role("button", name="点错了，撤回")
        expect(undo).to_be_visible()
        expect(card.locator(".state")).to_have_text("您说了不去，马上发出")
        bring_into_sight(undo)
        shoot(page, "worker-undo")
        check_accessible(page)
        undo.click()
        expect(card.locator(".yes")).to_be_visible()
        assert len(fresh.see(path)["offers"]) == 1
        card.locator(".no").click()
        expect(undo).to_be_visible()
        page.reload()
        fresh.wait(path, lambda view: not view["offers"])
        assert len(fresh.on_the_log(OfferDeclined)) == 1


def test_who_signs_out_stays_until_what_they_said_has_gone_out(
    fresh: AtWork, browser: Browser
) -> None:
    """A no that was held back was lost behind a yes that was on its way."""
    worker = fresh.register("leaving")
    first, second = fresh.job("kept"), fresh.job("late", shifts=[the_day_after(fresh)])
    path = f"/api/station/workers/{worker}"
    fresh.wait(path, lambda view: len(view["offers"]) == 2)
    offers = {one["job_id"]: one["offer_id"] for one in fresh.see(path)["offers"]}
    waiting: list[Route] = []
    busy: dict[str, Any] = {"status": 503, "json": {"title": "busy"}}
    with phone(browser, fresh.link(worker), refusals=(401, 503), script=never(8_000)) as watched:
        page = watched.page
        page.route(
            "**/acceptance",
            lambda route: route.fulfill(**busy) if waiting else waiting.append(route),
        )
        page.locator(f"[data-offer='{offers[first]}'] .yes").click()
        card = page.locator(f"[data-offer='{offers[second]}']")
        card.locator(".no").click()
        expect(card.locator(".state.held")).to_be_visible()
        page.locator("#me button", has_text="退出").click()
        page.locator("#me button", has_text="是，退出").click()
        expect(card.locator(".state.waiting")).to_be_visible()
        while not waiting:
            page.wait_for_timeout(50)
        waiting[0].fulfill(**busy)
        expect(page.locator("#notice")).to_contain_text("您说的还没发出去，先不退出")
        expect(page.locator("#notice")).to_be_in_viewport()
        shoot(page, "worker-unsent")
        page.unroute("**/acceptance")
        expect(page.locator(".state.waiting")).to_have_count(0)
        page.locator("#me button", has_text="是，退出").click()
        expect(page.locator("#entrance")).to_be_visible()
    fresh.wait(path, lambda view: not view["offers"])
    assert len(fresh.on_the_log(OfferDeclined)) == 1


def the_day_after(fresh: AtWork) -> dict[str, int]:
    begin = fresh.morning + DAY_MS
    return {"start": begin, "end": begin + 10 * HOUR_MS}


def test_a_tap_that_cannot_be_taken_is_told_apart_from_no_signal(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("full-signal")
    fresh.job("full-signal")
    with phone(browser, fresh.link(worker), refusals=(401, 503)) as watched:
        page = watched.page
        busy = {"status": 503, "json": {"title": "the read model does not answer"}}
        page.route("**/api/worker/offers/**", lambda route: route.fulfill(**busy))
        page.locator("#offers .yes").click()
        state = page.locator("#offers .state")
        expect(state).to_have_text("系统暂时收不了，已存好，会自动发")
        page.route("**/api/worker/matches", lambda route: route.fulfill(**busy))
        expect(page.locator("#line")).to_contain_text("系统暂时查不到新消息", timeout=60_000)
        page.unroute("**/api/worker/matches")
        page.unroute("**/api/worker/offers/**")
        expect(page.locator("#bookings .status")).to_have_text("定了")


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
        bring_into_sight(card.locator(".state"))
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
        asked: list[Route] = []

        def hold_the_first(route: Route) -> None:
            asked.append(route)
            if asked[0] is route:
                held.append((route, route.fetch(max_retries=3)))
            else:
                route.continue_()

        page.route("**/api/worker/matches", hold_the_first)
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


def test_who_cancels_what_is_gone_is_not_told_that_it_was_too_late(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("cancelling")
    job = fresh.job("called-off")
    fresh.accept(worker, job)
    with Watched(browser, fresh.link(worker), size=PHONE, refusals=(401, 404)) as watched:
        page, notice = watched.page, watched.page.locator("#notice")
        page.locator("#bookings button", has_text="取消").click()
        page.context.set_offline(True)
        page.locator("#bookings button", has_text="是，取消").click()
        fresh.command(f"/api/station/jobs/{job}/cancellation", {})
        fresh.wait(f"/api/station/workers/{worker}", lambda view: not view["bookings"])
        page.evaluate(f"() => {{ {WRITTEN} }}")
        with page.expect_response("**/refusal") as refused:
            page.context.set_offline(False)
        assert refused.value.status == 404
        expect(notice).to_contain_text("采茶工")  # what has become of it
        expect(page.locator("#bookings [data-booking]")).to_have_count(0)
        assert [one for one in page.evaluate("written") if "晚了一步" in one] == []
        watched.complaints = [one for one in watched.complaints if "ERR_INTERNET" not in one]
