"""What a worker says of themselves: their times, a pause, and that they want to be forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect

from tests.browser.at_work import DAY_MS, HOUR_MS, AtWork
from tests.browser.watching import PHONE, Watched, bring_into_sight, check_accessible, phone, shoot

pytestmark = pytest.mark.browser

SMALL: ViewportSize = {"width": 360, "height": 740}


def test_times_are_changed_and_paused(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("planning", pay_floor_fen_day=12_300)
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        page = watched.page
        times = page.locator("#times")
        times.locator("button", has_text="改时间").click()
        uncheck_what_is_registered(times)
        times.locator("button[type=submit]").click()
        expect(times.locator(".told")).to_be_visible()
        times.locator(".picks label").nth(2).click()
        times.locator(".picks label").nth(3).click()
        shoot(page, "worker-times")
        check_accessible(page)
        times.locator("button[type=submit]").click()
        expect(times.locator("li")).to_have_count(2)
        said = fresh.see(f"/api/station/workers/{worker}")["availability"]
        assert [w["end"] - w["start"] for w in said["windows"]] == [11 * HOUR_MS] * 2
        assert said["pay_floor_fen_day"] == 12_300
        assert said["skills"] == [fresh.skill()]
        pause(times)
        expect(times.locator(".is")).to_have_text("您现在没有在找活儿")
        assert fresh.see(f"/api/station/workers/{worker}")["available"] is False


def uncheck_what_is_registered(times: Locator) -> None:
    """A window of several days is a choice by itself, and chosen."""
    [registered] = times.locator(".picks input:checked").all()
    registered.uncheck()


def pause(times: Locator) -> None:
    times.locator("button", has_text="先不找活儿").click()
    times.locator("button", has_text="是，先不找").click()


def night_and_days(fresh: AtWork) -> list[dict[str, int]]:
    """Two days alike, and a night, which days and hours cannot tell."""
    first, second = fresh.morning + HOUR_MS, fresh.morning + HOUR_MS + DAY_MS
    night = fresh.morning + 13 * HOUR_MS
    return [
        {"start": first, "end": first + 9 * HOUR_MS},
        {"start": night, "end": night + 9 * HOUR_MS},
        {"start": second, "end": second + 9 * HOUR_MS},
    ]


def test_who_pauses_goes_on_with_the_same_times(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("resting", windows=night_and_days(fresh))
    path = f"/api/station/workers/{worker}"
    before = fresh.see(path)["availability"]
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        times = watched.page.locator("#times")
        times.locator("button", has_text="先不找活儿").click()
        expect(times.locator(".sure")).to_be_visible()
        shoot(watched.page, "worker-pause-sure")
        times.locator("button", has_text="不，接着找").click()
        expect(times.locator(".sure")).to_have_count(0)
        assert fresh.see(path)["available"] is True
        pause(times)
        expect(times.locator(".is")).to_have_text("您现在没有在找活儿")
        expect(times.locator("li")).to_have_count(3)
        bring_into_sight(times)
        shoot(watched.page, "worker-paused")
        check_accessible(watched.page)
        times.locator("button", has_text="继续找活儿（时间照旧）").click()
        expect(times.locator(".is")).to_contain_text("您在找活儿")
        assert fresh.see(path)["availability"] == before


def test_a_form_of_times_begins_with_what_is_registered(fresh: AtWork, browser: Browser) -> None:
    windows = night_and_days(fresh)
    worker = fresh.register("changing", windows=windows)
    with Watched(browser, fresh.link(worker), size=SMALL, refusals=(401,)) as watched:
        times = watched.page.locator("#times")
        times.locator("button", has_text="改时间").click()
        expect(times.locator("legend")).to_contain_text("登记过的已经勾上")
        labels = times.locator(".picks label", has=watched.page.locator("input:checked"))
        expect(labels).to_have_count(3)
        expect(labels.last).to_contain_text("20:00")
        assert [one.input_value() for one in times.locator("select").all()] == ["8", "17"]
        bring_into_sight(times.locator("form"))
        shoot(watched.page, "worker-times-registered")
        for label in times.locator(".picks span").all():
            assert label.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
        labels.first.click()
        times.locator("button[type=submit]").click()
        expect(times.locator("li")).to_have_count(2)
        said = fresh.see(f"/api/station/workers/{worker}")["availability"]
        assert said["windows"] == windows[1:]


def test_another_language_leaves_what_is_half_filled_in(fresh: AtWork, browser: Browser) -> None:
    """It cleared the form, which whoever helps a worker fill it in switches most."""
    worker = fresh.register("switching", windows=night_and_days(fresh))
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        page = watched.page
        times, telling = page.locator("#times"), page.locator("#telling")
        times.locator("button", has_text="改时间").click()
        times.locator(".picks label", has=page.locator("input:checked")).last.click()  # the night
        for n in (6, 7):
            times.locator(".picks label").nth(n).click()
        times.locator("#hours-to").select_option("19")
        telling.locator("button", has_text="改通知方式").click()
        telling.locator(".picks label", has_text="短信").click()
        before = [chosen(one) for one in (times, telling)]
        page.locator("#language").click()
        expect(times.locator("button[type=submit]")).to_have_text("These are my times")
        assert [chosen(one) for one in (times, telling)] == before
        times.locator("button[type=submit]").click()
        expect(times.locator("ul li")).to_have_count(4)
        said = fresh.see(f"/api/station/workers/{worker}")["availability"]
        assert [w["end"] - w["start"] for w in said["windows"]] == [11 * HOUR_MS] * 4


def chosen(part: Locator) -> tuple[list[str], list[str]]:
    """Which boxes of a form are ticked, and what its lists say."""
    boxes = part.locator("input:checked").evaluate_all("all => all.map(({ id }) => id)")
    return boxes, [one.input_value() for one in part.locator("select").all()]


def test_how_one_is_told_is_changed_and_the_times_stay(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("told", channels=["call"], pay_floor_fen_day=12_300)
    path = f"/api/station/workers/{worker}"
    before = fresh.see(path)["availability"]
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        page, telling = watched.page, watched.page.locator("#telling")
        expect(telling.locator(".is")).to_have_text("电话")
        telling.locator("button", has_text="改通知方式").click()
        expect(telling.get_by_label("电话")).to_be_checked()
        telling.get_by_label("电话").uncheck()
        telling.locator("button[type=submit]").click()
        expect(telling.locator(".told")).to_have_text("请至少选一种。")
        telling.get_by_label("网页").check()
        telling.get_by_label("微信推送").check()
        shoot(page, "worker-telling")
        check_accessible(page)
        telling.locator("button[type=submit]").click()
        expect(telling.locator(".is")).to_have_text("微信推送 · 网页")
        expect(telling.locator("button")).to_have_text("改通知方式")
        assert fresh.see(path)["availability"] == {**before, "channels": ["webhook", "page"]}
        pause(page.locator("#times"))
        expect(telling).to_be_hidden()


SENT = """(change) => {
  const name = Object.keys(localStorage).find((one) => one.startsWith("gigmatch-outbox:"));
  const changed = JSON.parse(localStorage.getItem(name)).map(new Function("one", change));
  localStorage.setItem(name, JSON.stringify(changed));
}"""
LONG_AGO = "one.sentAt -= 61000; return one"
OVER = "one.body.windows = [{ start: 1, end: 2 }]; return one"
"""What is kept as sent, as if the page had been left alone since."""


@contextmanager
def times_on_their_way(
    fresh: AtWork, browser: Browser, name: str, *, pauses: bool = False
) -> Iterator[tuple[str, Page]]:
    """A worker whose word on their times the gateway has taken, and the market never sees."""
    worker = fresh.register(name)
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        page, times = watched.page, watched.page.locator("#times")
        page.route("**/api/worker/*availability", lambda route: route.fulfill(status=202, json={}))
        if pauses:
            pause(times)
        else:
            times.locator("button", has_text="改时间").click()
            uncheck_what_is_registered(times)
            times.locator(".picks label").nth(2).click()
            times.locator("button[type=submit]").click()
        expect(times.locator(".state.sent")).to_be_visible()
        expect(times.locator("button")).to_have_count(0)
        yield worker, page
        expect(times.locator(".state")).to_have_count(0)
        expect(times.locator("button", has_text="改时间")).to_be_visible()


@pytest.mark.parametrize("pauses", [False, True])
def test_times_that_nobody_confirms_are_not_waited_for_for_ever(
    fresh: AtWork, browser: Browser, pauses: bool
) -> None:
    name = f"unheard-{int(pauses)}"
    with times_on_their_way(fresh, browser, name, pauses=pauses) as (_, page):
        page.wait_for_timeout(2_000)  # a view or two without them
        expect(page.locator("#times .state.sent")).to_be_visible()
        page.evaluate(SENT, LONG_AGO)
        expect(page.locator("#notice")).to_contain_text("还没有得到确认")


@pytest.mark.parametrize("pauses", [False, True])
def test_times_that_a_clerk_has_changed_are_not_waited_for(
    fresh: AtWork, browser: Browser, pauses: bool
) -> None:
    name = f"clerk-{int(pauses)}"
    with times_on_their_way(fresh, browser, name, pauses=pauses) as (worker, page):
        windows = [{"start": fresh.morning, "end": fresh.morning + HOUR_MS}]
        body = {"windows": windows, "place": fresh.place, "skills": [fresh.skill()]}
        fresh.command(f"/api/station/workers/{worker}/availability", body)
        expect(page.locator("#times li")).to_have_count(1)
        expect(page.locator("#times .state")).to_have_count(0)
        expect(page.locator("#notice")).to_be_empty()


def test_times_that_are_over_are_not_waited_for(fresh: AtWork, browser: Browser) -> None:
    with times_on_their_way(fresh, browser, "over") as (_, page):
        page.evaluate(SENT, OVER)
        expect(page.locator("#times .state")).to_have_count(0)
        expect(page.locator("#notice")).to_be_empty()


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


def ask_to_be_forgotten(page: Page) -> None:
    page.locator("#me button", has_text="删除我的资料").click()
    page.locator("#me button", has_text="是，全部删除").click()


def lose_the_answer(route: Route) -> None:
    route.fetch(max_retries=3)
    route.abort()


def without_signal(watched: Watched) -> None:
    """Take from the complaints what a browser says of requests that do not go through."""
    watched.complaints = [one for one in watched.complaints if "net::ERR_" not in one]


@pytest.mark.parametrize("sees", [False, True])
def test_who_is_forgotten_without_an_answer_hears_of_it(
    fresh: AtWork, browser: Browser, sees: bool
) -> None:
    worker = fresh.register(f"lost-{int(sees)}")
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#desk")).to_be_visible()
        if not sees:  # nor does the page see by itself that its session has ended
            page.route("**/api/worker/matches", lambda route: route.abort())
            page.route("**/api/worker/live*", lambda route: route.abort())
        page.route("**/api/worker/forgetting", lose_the_answer, times=1)
        ask_to_be_forgotten(page)
        if not sees:
            expect(page.locator("#notice")).to_have_text(
                "没有信号，还没办成。等有信号了，请再点一次。"
            )
            page.locator("#me button", has_text="是，全部删除").click()
        expect(page.locator("#farewell")).to_be_visible()
        expect(page.locator("#erased li")).to_have_count(4)
        expect(page.locator("#entrance")).to_be_hidden()
        assert page.evaluate("Object.keys(localStorage)") == ["language"]
        without_signal(watched)


def test_what_is_not_kept_without_a_signal_says_so(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("no-line")
    not_done = "没有信号，还没办成。等有信号了，请再点一次。"
    with Watched(browser, fresh.link(worker), size=PHONE, refusals=(401,)) as watched:
        page = watched.page
        notice = page.locator("#notice")
        expect(page.locator("#desk")).to_be_visible()
        page.context.set_offline(True)
        page.locator("#me button", has_text="退出").click()
        expect(page.locator("#me .sure")).to_contain_text("要驿站再给您")
        page.locator("#me button", has_text="是，退出").click()
        expect(notice).to_have_text(not_done)
        page.context.set_offline(False)
        page.locator("#me button", has_text="是，退出").click()
        expect(page.locator("#entrance")).to_be_visible()
        page.context.set_offline(True)
        page.locator("#code").fill("12345678")
        page.keyboard.press("Enter")
        expect(page.locator("#entrance-told")).to_have_text(not_done)
        page.context.set_offline(False)
        page.locator("#code").fill(fresh.code(worker))
        page.keyboard.press("Enter")
        expect(page.locator("#desk")).to_be_visible()
        # A session that ends without that says nothing of being forgotten.
        page.context.set_offline(True)
        ask_to_be_forgotten(page)
        expect(notice).to_have_text(not_done)
        with page.expect_response("**/api/worker/matches"):
            page.context.set_offline(False)
        page.context.clear_cookies()
        fresh.job("stirs")  # otherwise it would ask half a minute later
        expect(page.locator("#entrance")).to_be_visible(timeout=90_000)
        expect(page.locator("#farewell")).to_be_hidden()
        without_signal(watched)
