"""A terminal whose line is lost: what is entered is kept, and nobody is left without an answer."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.at_work import HOUR_MS, Stations, said, terminal
from tests.browser.filling import begin
from tests.browser.watching import (
    PRESS_TWICE,
    PRESSES_AT_ONCE,
    check_accessible,
    check_fits,
    shoot,
)

pytestmark = pytest.mark.browser

PHONE_NUMBER = "13900001234"
LONG_MS = 60_000
CHANGES = """() => {
  const seen = [];
  const watch = new MutationObserver((changes) => seen.push(...changes));
  const all = {childList: true, characterData: true, subtree: true};
  for (const id of ["state", "trouble"]) watch.observe(document.getElementById(id), all);
  return seen;
}"""
"""Whatever changes in what is read out aloud."""
CHINESE = re.compile("[\u4e00-\u9fff]{4}")


def unreachable(route: Route) -> None:
    route.fulfill(status=503, json={"title": "x"})


def ending_is_unreachable(route: Route) -> None:
    if route.request.method == "DELETE":
        unreachable(route)
    else:
        route.continue_()


def test_a_number_that_was_not_kept_is_told_of(browser: Browser, stations: Stations) -> None:
    at_work = stations("12")
    worker = f"W-{at_work.tag}-unkept"
    with terminal(at_work, browser, "/station#worker", refusals=(503,)) as page:
        page.locator(".find input").fill(worker)
        page.keyboard.press("Enter")
        form = page.locator("form.form")
        form.get_by_label("这一周").check()
        form.get_by_label("夜班").check()
        form.get_by_label("短信").check()
        form.get_by_label("微信推送").check()
        form.get_by_label("电话（加密保存）").fill(PHONE_NUMBER)
        form.get_by_label("微信 OpenID（加密保存）").fill("o6_bmjrPTlm6_2sgVt7hMZOPfL2M")
        page.route("**/contact", lambda route: route.fulfill(status=503, json={"title": "x"}))
        page.keyboard.press("Enter")
        expect(said(form)).to_contain_text("联系方式没有存上", timeout=LONG_MS)
        expect(form.get_by_label("电话（加密保存）")).to_have_value(PHONE_NUMBER)
        check_accessible(page)
        shoot(page, "unkept")
        page.unroute("**/contact")
        page.keyboard.press("Enter")
        expect(said(form)).to_have_text("市场已确认，联系方式已加密保存。", timeout=LONG_MS)
    path = f"/api/station/workers/{worker}"
    said_last = at_work.wait(path, lambda view: view["availability"])["availability"]
    assert said_last["channels"] == ["webhook", "sms", "call"]  # what can fail is tried first
    kept = at_work.client.post(f"{path}/contact/reveal").json()
    assert (kept["phone"], kept["webhook"]) == (PHONE_NUMBER, "o6_bmjrPTlm6_2sgVt7hMZOPfL2M")
    assert all(one["end"] - one["start"] == 15 * HOUR_MS for one in said_last["windows"])


def test_what_cannot_be_sent_waits_and_has_its_effect_once(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("11")
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{at_work.engine.http}/station")
    page.locator("#key").fill(at_work.key)
    page.keyboard.press("Enter")
    expect(page.locator("#place")).to_contain_text("龙池镇")
    # The answer is lost once, after the command has arrived: it is sent again with the same id.
    path = "**/api/station/jobs"
    page.route(path, lambda route: (route.fetch(max_retries=3), route.abort()))
    page.locator("[data-path=title] input").fill("挑夫")
    page.locator("[data-path='pay.amount_fen pay'] input").fill("150")
    page.locator("[data-path=employer_id] input").fill(at_work.employer)
    page.keyboard.press("Enter")
    expect(page.locator("#unsent")).to_contain_text("1 条等待发送")
    expect(page.locator("#unsent")).to_contain_text("挑夫")
    shoot(page, "unsent")
    page.reload()
    page.unroute_all(behavior="wait")  # it may be asked for again at this moment
    expect(page.locator("#unsent")).to_be_hidden(timeout=LONG_MS)
    listed = at_work.wait("/api/station/jobs", lambda view: "挑夫" in titles(view))
    assert titles(listed).count("挑夫") == 1
    context.close()


def titles(view: dict[str, Any]) -> list[str]:
    return [one["job"]["title"] for one in view["jobs"]]


def test_what_the_market_refuses_later_is_told_too(browser: Browser, stations: Stations) -> None:
    """The gateway took it after whoever entered it had gone on: it just went away."""
    at_work = stations("11")
    job = at_work.job("amended-late")
    path = f"/api/station/jobs/{job}"
    with terminal(at_work, browser, f"/station#jobs/{job}", refusals=(503,)) as page:
        page.route("**/amendment", unreachable)
        form = page.locator("form.form")
        form.locator("input").first.fill("170")
        page.keyboard.press("Enter")
        unsent = page.locator("#unsent")
        expect(unsent).to_contain_text("1 条等待发送")
        at_work.command(f"{path}/cancellation", {})
        at_work.wait(path, lambda view: view["job"]["status"] == "cancelled")
        page.locator("#rooms a[href='#post']").click()
        page.unroute("**/amendment")
        expect(unsent.locator("li.bad em")).to_have_text(CHINESE, timeout=LONG_MS)
        expect(unsent.locator("b")).to_have_text("1 条没有办成")
        check_accessible(page)
        shoot(page, "refused-later")
        unsent.get_by_role("button").click()
        expect(unsent).to_be_hidden()


def test_somebody_is_registered_while_nobody_answers(browser: Browser, stations: Stations) -> None:
    at_work = stations("11")
    worker = f"W-{at_work.tag}-unseen"
    with terminal(at_work, browser, "/station#worker", refusals=(503,)) as page:
        page.route("**/api/station/workers/*", unreachable)
        page.route("**/availability", unreachable)
        page.locator(".find input").fill(worker)
        page.keyboard.press("Enter")
        form = page.locator("form.form")
        expect(page.locator(".beside")).to_contain_text("看不到以前登记的")
        form.get_by_label("这一周").check()
        form.get_by_label("最低日薪（元）").fill("110")
        page.keyboard.press("Enter")
        expect(page.locator("#unsent")).to_contain_text(worker)
        page.unroute_all(behavior="wait")
        expect(page.locator("#unsent")).to_be_hidden(timeout=LONG_MS)
    path = f"/api/station/workers/{worker}"
    view = at_work.wait(path, lambda view: view["available"] and view["availability"])
    assert view["availability"]["pay_floor_fen_day"] == 11_000


def test_whoever_is_refused_leaves_no_form_of_another(browser: Browser, stations: Stations) -> None:
    mine, theirs = stations("11"), stations("12")
    known, foreign = mine.register("mine"), theirs.register("theirs")
    with terminal(mine, browser, "/station#worker", refusals=(403,)) as page:
        page.locator(".find input").fill(known)
        page.keyboard.press("Enter")
        expect(page.locator("form.form")).to_be_visible()
        page.locator(".find input").fill(foreign)
        page.locator(".find input").press("Enter")
        expect(page.locator(".beside .said.bad")).to_have_text(CHINESE)
        expect(page.locator("form.form")).to_be_hidden()


def test_signing_out_is_not_said_to_be_done_when_it_is_not(
    browser: Browser, stations: Stations
) -> None:
    with terminal(stations("11"), browser, refusals=(503,)) as page:
        page.route("**/api/session", ending_is_unreachable)
        page.locator("#sign-out").evaluate(PRESS_TWICE)
        expect(page.locator("#trouble")).to_be_visible()
        expect(page.locator("#rooms")).to_be_visible()
        page.unroute("**/api/session")
        page.locator("#sign-out").evaluate(PRESS_TWICE)
        expect(page.locator("#key")).to_be_visible()


def test_without_a_line_tomorrow_is_the_day_after_this_one(
    browser: Browser, stations: Stations
) -> None:
    """The line breaks in the evening, and what is posted in the morning went out for that day."""
    at_work = stations("12")
    with terminal(at_work, browser, "/station#post", refusals=(503,)) as page:
        later = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(hours=20)
        later = later.replace(hour=12)  # far from a midnight that would pass meanwhile
        expect(page.locator("#state")).to_have_attribute("data-state", "live", timeout=LONG_MS)
        for path in ("**/api/town*", "**/api/station/jobs"):
            page.route(path, unreachable)
        # first off the line: an answer on its way would set the page's clock back to the server's
        expect(page.locator("#state")).to_have_attribute("data-state", "offline", timeout=LONG_MS)
        page.clock.install(time=later)
        page.clock.run_for(10_000)
        day = later + timedelta(days=1)
        tomorrow = page.locator("[data-in-days='1']")
        expect(tomorrow).to_contain_text(f"明天 {day.month}月{day.day}日", timeout=LONG_MS)
        page.get_by_label("岗位名称").fill("守夜人")
        page.get_by_label("工资（元）").fill("150")
        page.get_by_label("用人方编号").fill(at_work.employer)
        with page.expect_request("**/api/station/jobs") as sent:
            page.keyboard.press("Enter")
        posted = sent.value.post_data_json or {}
        begins = datetime.fromtimestamp(posted["shifts"][0]["start"] / 1000, later.tzinfo)
        assert begins.date() == day.date()


def test_a_job_that_is_gone_is_told_of_in_its_room_and_the_desk_goes_on(
    browser: Browser, stations: Stations
) -> None:
    """It was a broken line for ever, and after a reload nothing that was kept went out."""
    at_work = stations("11")
    gone = f"J-{at_work.tag}-gone"
    with terminal(at_work, browser, refusals=(503,)) as page:
        page.route("**/api/station/jobs", unreachable)
        begin(page, at_work, "挑水工")
        page.keyboard.press("Enter")
        unsent = page.locator("#unsent")
        expect(unsent).to_contain_text("1 条等待发送")
        page.evaluate(f"location.hash = '#jobs/{gone}'")
        page.reload()
        page.unroute("**/api/station/jobs")
        expect(unsent).to_be_hidden(timeout=LONG_MS)
        expect(page.locator(".sheet").first).to_contain_text("没有岗位")
        expect(page.locator("#state")).to_have_attribute("data-state", "live", timeout=LONG_MS)
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        changed = page.evaluate_handle(CHANGES)
        for _ in range(2):
            with page.expect_response("**/api/station/calls"):
                pass
        expect(page.locator("#state")).to_have_attribute("data-state", "live")
        expect(page.locator("#trouble")).to_be_hidden()
        assert not [one for one in asked if one.endswith(gone)]  # each is on the gateway's books
        assert changed.evaluate("seen => seen.length") == 0
        shoot(page, "job-gone")
        page.locator("#rooms a[href='#post']").click()
        expect(
            page.get_by_label("岗位名称")
        ).to_be_visible()  # the room before has such a side, too
        side = page.locator(".beside")
        side.evaluate("(one, job) => { one.dataset.job = job; }", gone)
        expect(side).to_contain_text("没有岗位", timeout=LONG_MS)
        expect(page.locator("#state")).to_have_attribute("data-state", "live")


def test_the_other_language_asks_before_it_clears_what_was_typed(
    browser: Browser, stations: Stations
) -> None:
    with terminal(stations("11"), browser) as page:
        language, title = page.locator("#language"), page.locator("[data-path=title] input")
        page.route("**/api/texts*", lambda route: route.fulfill(body="?"))
        language.click()
        expect(page.locator("#trouble")).to_have_text("没有应答")
        page.unroute("**/api/texts*")
        language.click()
        expect(page.locator("#rooms a").first).to_have_text("Post a job")
        expect(page.locator("#trouble")).to_be_hidden()
        title.fill("采茶工")
        language.evaluate(PRESSES_AT_ONCE)
        expect(language).to_have_text("Press again: this clears the form")
        check_fits(page)
        shoot(page, "language-asks")
        expect(language).to_have_text("中文")  # by itself
        expect(title).to_have_value("采茶工")
        assert language.evaluate(PRESS_TWICE) == "Press again: this clears the form"
        expect(page.locator("#rooms a").first).to_have_text("发布岗位")
        expect(title).to_have_value("")


def test_a_number_of_somebody_is_no_id_and_goes_nowhere(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("11")
    with terminal(at_work, browser, "/station#worker", refusals=(503,)) as page:
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url + (one.post_data or "")))
        find = page.locator(".find input")
        for number in (PHONE_NUMBER, "11010519491231002X"):
            find.fill(number)
            page.keyboard.press("Enter")
            expect(page.locator(".find .fault")).to_contain_text("不要填电话")
            expect(find).to_be_focused()
            expect(page.locator("form.form")).to_be_hidden()
        check_accessible(page)
        shoot(page, "number-refused")
        page.locator("#rooms a[href='#post']").click()
        page.route("**/api/station/jobs", unreachable)
        begin(page, at_work, "挑水工")
        employer = page.locator("[data-path=employer_id]")
        employer.locator("input").fill(PHONE_NUMBER)
        page.keyboard.press("Enter")
        expect(employer.locator(".fault")).to_contain_text("不能填电话")
        expect(employer.locator("input")).to_be_focused()
        employer.locator("input").fill(at_work.employer)
        page.keyboard.press("Enter")
        expect(page.locator("#unsent")).to_contain_text("1 条等待发送")
        stored = page.evaluate("JSON.stringify(localStorage)")
        assert PHONE_NUMBER not in stored + "".join(asked)
        # Nobody has taken it: it is no employer yet.
        assert page.evaluate("localStorage.getItem('station.known_employers')") is None


def test_until_somebody_knows_who_is_signed_in_the_page_says_that_it_waits(
    browser: Browser, stations: Stations
) -> None:
    with terminal(stations("11"), browser, refusals=(503,)) as page:
        page.route("**/api/session", unreachable)
        page.reload()
        expect(page.locator("#connecting")).to_be_visible()
        expect(page.locator("#key")).to_have_count(0)
        page.unroute("**/api/session")
        expect(page.locator("#rooms")).to_be_visible()
        expect(page.locator("#connecting")).to_be_hidden()
