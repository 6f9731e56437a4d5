"""The worker's page on a phone, against a whole running engine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from tests.browser.at_work import HOUR_MS, AtWork
from tests.browser.conftest import RunningEngine
from tests.browser.watching import PHONE, Watched, check_accessible, check_fits, shoot

pytestmark = pytest.mark.browser

MOST_BYTES = 100_000
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "很长的字" * 40


@pytest.fixture
def fresh(engine: RunningEngine) -> Iterator[AtWork]:
    """A station whose workers nobody else's jobs fit."""
    with AtWork(engine) as at_work:
        yield at_work


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
        called = fresh.see(f"/api/station/workers/{worker}")["call_number"]
        expect(page.locator("#who")).to_contain_text(f"叫号 {called}")
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
        card.locator(".yes").click()
        booked = page.locator("#bookings [data-booking]")
        expect(booked.locator(".status")).to_have_text("定了")
        expect(page.locator("#notice")).to_contain_text("定了！采茶工")
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


def test_an_answer_that_comes_late_puts_nothing_back(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("patient")
    held: list[tuple[Route, APIResponse]] = []
    with Watched(browser, fresh.link(worker), size=PHONE, refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#offers .empty")).to_be_visible()
        page.route(
            "**/api/worker/matches",
            lambda route: route.continue_() if held else held.append((route, route.fetch())),
        )
        job = fresh.job("slow")
        while not held:
            page.wait_for_timeout(50)
        fresh.accept(worker, job)
        expect(page.locator("#bookings .status")).to_have_text("定了")
        route, old = held[0]
        with page.expect_response("**/api/worker/matches"):
            route.fulfill(response=old)
        page.wait_for_timeout(300)
        expect(page.locator("#bookings .status")).to_have_text("定了")
        expect(page.locator("#offers [data-offer]")).to_have_count(0)


def test_who_was_slower_is_told_so(fresh: AtWork, browser: Browser) -> None:
    slow, *quick = (fresh.register(name) for name in ("slow", "quick", "quicker"))
    job = fresh.job("contested", headcount=2)  # a third is asked, as one of two may say no
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


def test_open_wage_claims_are_said_before_one_answers(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("careful")
    fresh.command(
        "/api/station/wage-claims", {"claim_id": f"C-{fresh.tag}", "employer_id": fresh.employer}
    )
    fresh.job("doubtful")
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        fact = watched.page.locator("#offers [data-fact=safe]")
        expect(fact).to_have_text("有 1 件欠薪线索还没办结，先问清楚")
        expect(fact).to_have_class("warn")


def test_times_are_changed_and_paused(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("planning", pay_floor_fen_day=12_300)
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        page = watched.page
        times = page.locator("#times")
        times.locator("button", has_text="改时间").click()
        times.locator("button[type=submit]").click()
        expect(times.locator(".told")).to_be_visible()
        times.locator(".days label").nth(2).click()
        times.locator(".days label").nth(3).click()
        shoot(page, "worker-times")
        check_accessible(page)
        times.locator("button[type=submit]").click()
        expect(times.locator("li")).to_have_count(2)
        said = fresh.see(f"/api/station/workers/{worker}")["availability"]
        assert [w["end"] - w["start"] for w in said["windows"]] == [11 * HOUR_MS] * 2
        assert said["pay_floor_fen_day"] == 12_300
        assert said["skills"] == [fresh.skill()]
        times.locator("button", has_text="先不找活儿").click()
        expect(times.locator(".is")).to_have_text("您现在没有在找活儿")
        assert fresh.see(f"/api/station/workers/{worker}")["available"] is False


def test_who_asks_to_be_forgotten_is_and_is_told_what_went(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("leaving")
    stored = {"phone": "13900001234"}
    fresh.client.put(f"/api/station/workers/{worker}/contact", json=stored).raise_for_status()
    fresh.job("last")
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#offers [data-offer]")).to_have_count(1)
        page.locator("#me button", has_text="删除我的资料").click()
        expect(page.locator("#me .sure")).to_contain_text("不能恢复")
        page.locator("#me button", has_text="是，全部删除").click()
        expect(page.locator("#farewell")).to_be_visible()
        assert page.locator("#erased li").all_inner_texts() == [
            "电话和身份资料",
            "登记的时间和住处",
            "所有手机上的登录",
            "匹配、邀约和定下的活儿",
        ]
        shoot(page, "worker-farewell")
        check_accessible(page)
        assert page.evaluate("Object.keys(localStorage)") == ["language"]
        page.reload()
        expect(page.locator("#entrance")).to_be_visible()


def test_it_loads_in_under_100_kb(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("light")
    fresh.job("light")
    sizes: list[int] = []
    with phone(browser, "about:blank", refusals=(401,)) as watched:
        page, watched.address = watched.page, fresh.engine.http
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
        page.goto(fresh.link(worker))
        expect(page.locator("#offers [data-offer]")).to_have_count(1)
        page.wait_for_timeout(300)
        assert len(sizes) >= 15
        assert sum(sizes) < MOST_BYTES


def test_what_has_not_changed_is_not_sent_again(engine: RunningEngine, browser: Browser) -> None:
    with phone(browser, f"{engine.http}/worker", refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#entrance")).to_be_visible()
        request = page.context.request
        first = request.get(f"{engine.http}/static/worker/main.js")
        tag = first.headers["etag"]
        same = request.get(first.url, headers={"if-none-match": tag})
        assert first.headers["cache-control"] == "no-cache"
        assert (same.status, same.body()) == (304, b"")


def test_hostile_words_are_only_words(fresh: AtWork, browser: Browser) -> None:
    """The API refuses them, but any Kafka client may have sent them."""
    worker = fresh.register("hostile")
    fresh.job("hostile")
    with phone(browser, "about:blank", refusals=(401,)) as watched:
        page = watched.page

        def spoil(route: object) -> None:
            answer = route.fetch()  # type: ignore[attr-defined]
            view = answer.json()
            for job in view["jobs"]:
                job["title"], job["place"] = HOSTILE, HOSTILE
            for terms in view["terms"]:
                terms["employer_id"] = HOSTILE
            view["station_name"] = {"zh-CN": HOSTILE, "en": HOSTILE}
            route.fulfill(response=answer, body=json.dumps(view))  # type: ignore[attr-defined]

        watched.address = fresh.engine.http
        page.route("**/api/worker/matches", spoil)
        page.goto(fresh.link(worker))
        expect(page.locator("#offers h3")).to_have_text(HOSTILE)
        expect(page.locator("#offers [data-fact=employer]")).to_contain_text(HOSTILE)
        assert page.locator("main img").count() == 0
        check_fits(page)


def test_it_is_read_by_keyboard_in_english_in_the_dark_and_large(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("large")
    fresh.job("large")
    half = {"width": 195, "height": 422}
    with Watched(
        browser,
        fresh.link(worker).replace("/worker#", "/worker?lang=en#"),
        size=half,  # type: ignore[arg-type]
        refusals=(401,),
        device_scale_factor=2,
        color_scheme="dark",
    ) as watched:
        page = watched.page
        expect(page.locator("#offers .yes")).to_have_text("I will come")
        check_fits(page)
        check_accessible(page)
        page.set_viewport_size(PHONE)
        shoot(page, "worker-dark-english")
        check_accessible(page)
        for _ in range(3):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.className") == "yes":
                break
        page.keyboard.press("Enter")
        expect(page.locator("#bookings .status")).to_have_text("booked")


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


def test_a_card_is_read_aloud_where_the_phone_has_a_voice(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("listening")
    fresh.job("read")
    with phone(browser, "about:blank", refusals=(401,)) as watched:
        page = watched.page
        watched.address = fresh.engine.http
        page.add_init_script(
            "window.said = [];"
            "const voices = [{lang: 'zh-CN', name: 'a voice'}];"
            "Object.defineProperty(window, 'speechSynthesis', {value: {"
            "  speaking: false, getVoices: () => voices, cancel: () => {},"
            "  addEventListener: () => {}, speak: (one) => window.said.push(one.text)}});"
            "window.SpeechSynthesisUtterance = class extends EventTarget {"
            "  constructor(text) { super(); this.text = text; }};"
        )
        page.goto(fresh.link(worker))
        page.locator("#offers .aloud").click()
        [said] = page.evaluate("window.said")
        for part in ("采茶工", "160 元/天", "公里", "07:00 到 17:00", "包吃", "没有查到拖欠工钱"):
            assert part in said
