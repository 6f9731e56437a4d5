"""A station's terminal against a running engine: jobs, workers, calls."""

import re
import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.at_work import DAY_MS, Stations, said, terminal
from tests.browser.watching import (
    PHONE,
    PRESS_TWICE,
    PRESSES_AT_ONCE,
    SAID,
    ZOOMED,
    Watched,
    check_accessible,
    check_fits,
    press,
    shoot,
    tab_to,
    wait_said,
)

pytestmark = pytest.mark.browser

PHONE_NUMBER = "13900001234"
LONG_MS = 60_000
BETWEEN_MS = 800
"""Presses that are closer are one to the page: a double click, or Enter held."""
SMALL = """() => [...document.querySelectorAll(
  "#rooms a, .tools button, main :is(a, button, select, summary, .choice span), " +
  "main input:not([type=radio]):not([type=checkbox])"
)].filter((one) => {
  const { height } = one.getBoundingClientRect();
  return height > 0 && height < 44;
}).map((one) => one.outerHTML.slice(0, 120))"""
"""What is too small for a finger."""


def test_a_wrong_key_is_refused_and_a_right_one_is_asked_for_once(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("06")
    with Watched(browser, f"{at_work.engine.http}/station", refusals=(401,)) as watched:
        page = watched.page
        page.locator("#key").fill("gm_000000000000_wrong")
        page.keyboard.press("Enter")
        expect(page.locator(".said.bad")).to_contain_text("密钥无效")
        check_accessible(page)
        shoot(page, "sign-in")
        page.locator("#key").fill(at_work.key)
        page.keyboard.press("Enter")
        expect(page.locator("#place")).to_have_text("桂花桥镇驿站工作台")
        page.reload()
        expect(page.locator("#rooms")).to_be_visible()
        assert at_work.key not in str(page.evaluate("JSON.stringify(localStorage)"))
        # It is beside the language, and the key is asked for again: a double click does not do it.
        sign_out = page.locator("#sign-out")
        sign_out.evaluate(PRESSES_AT_ONCE)
        expect(sign_out).to_have_text("再按一次退出，再进要密钥")
        expect(sign_out).to_have_text("退出")  # by itself
        sign_out.evaluate(PRESS_TWICE)
        expect(page.locator("#key")).to_be_visible()
        page.reload()
        expect(page.locator("#key")).to_be_visible()


def test_a_job_is_posted_by_keyboard_alone_and_ranked_at_once(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("06")
    now = time.time_ns() // 1_000_000
    for name, km_north in (("0007", 0), ("0012", 4), ("0031", 9)):
        place = at_work.place | {"lat": at_work.place["lat"] + km_north / 111}
        at_work.register(name, place=place, windows=[{"start": now, "end": now + 4 * DAY_MS}])
    pressed = 0
    with terminal(at_work, browser) as page:
        keyboard = page.keyboard

        def press_key(name: str) -> None:
            nonlocal pressed
            pressed += 1
            keyboard.press(name)

        def write(text: str) -> None:
            nonlocal pressed
            pressed += len(text)
            keyboard.type(text)

        def go_to(path: str) -> None:
            field = page.locator(f"[data-path='{path}'] input")
            while not field.evaluate("one => one === document.activeElement"):
                press_key("Tab")

        write("采茶工")
        expect(page.locator("input[name=occupation]").first).to_be_attached()
        go_to("pay.amount_fen pay")
        write("160")
        go_to("headcount")
        write("2")
        go_to("employer_id")
        write("E-0042")
        go_to("employer_name")
        write("双福茶园")
        press_key("Enter")
        expect(said(page.locator("form.form"))).to_have_text("市场已确认。", timeout=LONG_MS)
        sheet = page.locator(".beside")
        expect(sheet.locator("h3").first).to_have_text("采茶工")
        expect(sheet.locator(".fit b")).to_be_visible()
        expect(sheet).to_contain_text("用人方编号 E-0042 双福茶园")
        expect(page.locator("form.form input").first).to_be_focused()
        check_accessible(page)
        shoot(page, "post", whole=True)
        job_id = sheet.get_attribute("data-job") or ""
    assert pressed <= 36
    posting = at_work.posting(job_id)
    assert posting["pay"]["amount_fen"] == 16_000
    assert posting["headcount"] == 2
    assert posting["employer_id"] == "E-0042"
    assert posting["employer_name"] == "双福茶园"
    assert posting["place"]["name"] == "桂花桥镇"


def test_the_focus_goes_to_the_field_at_fault_with_the_gateways_words(
    browser: Browser, stations: Stations
) -> None:
    right = {"pay.amount_fen pay": "120", "headcount": "1", "employer_id": "E-1"}
    right["employer_name"] = ""
    wrong = [
        ("pay.amount_fen pay", "1", "最低工资"),
        ("pay.amount_fen pay", "abc", "请填数字"),
        ("headcount", "0", "请填人数"),
        ("employer_id", "李 老板", "用人方编号"),
        ("employer_name", "李老板", "个人姓名"),
    ]
    with terminal(stations("06"), browser, refusals=(422,)) as page:
        page.locator("[data-path=title] input").fill("保洁")
        for path, value, told in wrong:
            for name, good in right.items():
                page.locator(f"[data-path='{name}'] input").fill(good)
            box = page.locator(f"[data-path='{path}']")
            box.locator("input").fill(value)
            page.keyboard.press("Enter")
            expect(box.locator(".fault")).to_contain_text(told)
            expect(box.locator("input")).to_be_focused()
        page.locator("[data-path=title] input").fill("杂工")  # nobody can be sure of that
        choices = page.locator("[data-path=occupation] .choice")
        expect(choices.last).to_have_text("都不是")
        told = page.locator("[data-path=occupation] .fault").get_attribute("id") or ""
        expect(choices.last.locator("input")).to_have_attribute("aria-describedby", told)
        assert choices.count() <= 6


def press_twice(page: Page, wanted: Locator) -> None:
    """Ask, and answer some time after it."""
    press(page, wanted)
    page.wait_for_timeout(BETWEEN_MS)
    page.keyboard.press("Enter")


def forget_at_the_counter(page: Page) -> None:
    """Who has no phone to ask with is forgotten there."""
    press_twice(page, page.get_by_role("button", name="删除资料"))
    erased = page.locator(".erased li")
    expect(erased.first).to_have_text("电话和身份资料")
    expect(erased).to_have_count(4)
    expect(page.locator("form.form")).to_be_hidden()


def test_a_worker_is_registered_by_keyboard_told_where_to_look_and_known_again(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("07")
    worker = f"W-{at_work.station_id}-{at_work.tag[:6]}"
    at_work.job("tea", skills=[], certificates=["health"])  # nobody else has that
    with terminal(at_work, browser, "/station#worker") as page:
        tab_to(page, page.locator(".find input"))
        page.keyboard.type(worker)
        page.keyboard.press("Enter")
        form = page.locator("form.form")
        press(page, form.get_by_label("这一周"), "Space")
        press(page, form.get_by_label("采茶"), "Space")
        tab_to(page, form.get_by_label("最低日薪（元）"))
        page.keyboard.type("90")
        tab_to(page, form.get_by_label("称呼（加密保存）"))
        page.keyboard.type("王秀英")
        tab_to(page, form.get_by_label("电话（加密保存）"))
        page.keyboard.type(PHONE_NUMBER)
        press(page, form.get_by_label("健康证"), "Space")
        page.keyboard.press("Enter")
        expect(said(form)).to_have_text("市场已确认，联系方式已加密保存。", timeout=LONG_MS)
        # Jobs of other tests may be offered, too: those ask for nothing.
        offer = page.locator("[data-offer]", has_text="采茶工").first
        expect(offer).to_be_visible(timeout=LONG_MS)
        press(page, page.get_by_role("button", name="显示二维码"))
        expect(page.locator(".qr")).to_be_visible()
        check_accessible(page)
        shoot(page, "worker", whole=True)
        press(page, page.get_by_role("button", name="口令"))
        expect(page.locator(".code")).to_be_visible()
        page.reload()
        page.locator(".find input").fill(worker)
        page.keyboard.press("Enter")
        expect(form.get_by_label("采茶")).to_be_checked()
        expect(form.get_by_label("最低日薪（元）")).to_have_value("90")
        assert PHONE_NUMBER not in page.content()
        assert PHONE_NUMBER not in str(page.evaluate("JSON.stringify(localStorage)"))
        # Who goes home for the season says so at the counter; it is asked twice.
        stop = page.get_by_role("button", name="不再找活")
        press_twice(page, stop)
        expect(page.locator(".beside")).to_contain_text("现在不找活", timeout=LONG_MS)
        called = page.locator(".called").inner_text()
        view = at_work.wait(f"/api/station/workers/{worker}", lambda view: view["availability"])
        assert called == f"大厅叫号 {view['call_number']}"
        assert (view["available"], view["availability"]["pay_floor_fen_day"]) == (False, 9_000)
        last = max(window["end"] for window in view["availability"]["windows"])
        assert last > at_work.morning + 3 * DAY_MS
        contact = f"/api/station/workers/{worker}/contact/reveal"
        kept = at_work.client.post(contact).json()
        assert (kept["name"], kept["phone"]) == ("王秀英", PHONE_NUMBER)
        forget_at_the_counter(page)
        assert at_work.client.post(contact).status_code == 404


def test_whoever_chose_a_call_is_called_and_their_yes_is_a_booking(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("09")
    worker = at_work.register("called", channels=["call"])
    contact = f"/api/station/workers/{worker}/contact"
    named = {"phone": PHONE_NUMBER, "name": "王秀英"}
    assert at_work.client.put(contact, json=named).status_code == 200
    at_work.register("next", channels=["call"])
    job = at_work.job("calls", title="守林员", headcount=2)
    with terminal(at_work, browser, "/station#calls") as page:
        card = page.locator(f"[data-worker={worker}]", has_text="守林员")
        expect(card).to_be_visible(timeout=LONG_MS)
        assert PHONE_NUMBER not in page.content()
        press(page, card.get_by_role("button", name="显示电话"))
        expect(card.locator(".phone")).to_have_text(f"王秀英 {PHONE_NUMBER}")
        expect(card.locator(".phone a")).to_have_attribute("href", f"tel:{PHONE_NUMBER}")
        told = card.get_by_role("button", name="已告知")
        tab_to(page, told)
        for _ in range(2):
            with page.expect_response("**/api/station/calls"):
                pass
        expect(told).to_be_focused()  # the list was drawn anew, and nobody lost their place
        page.keyboard.press("Enter")
        expect(card.locator(".matter")).to_have_class("matter told")
        check_accessible(page)
        shoot(page, "calls")
        press(page, card.get_by_role("button", name="接受"))
        expect(card).to_have_count(0, timeout=LONG_MS)
        expect(page.locator(".card .main").first).to_be_focused()  # whom to call next
    view = at_work.wait(f"/api/station/jobs/{job}", lambda view: view["missing"] == 1)
    assert [booking["worker_id"] for booking in view["bookings"]] == [worker]
    assert worker not in [one["worker_id"] for one in at_work.see("/api/station/calls")["calls"]]


def test_a_no_is_entered_for_somebody_with_its_reason(browser: Browser, stations: Stations) -> None:
    at_work = stations("09")
    worker = at_work.register("says-no", channels=["call"])
    job = at_work.job("too-far")
    with terminal(at_work, browser, f"/station#worker/{worker}", script=SAID) as page:
        offer = page.locator("[data-offer]")
        expect(offer).to_have_count(1, timeout=LONG_MS)
        press(page, offer.locator("summary"))
        press(page, offer.get_by_role("button", name="太远"))
        wait_said(page, "已记下拒绝。")
        expect(offer).to_have_count(0, timeout=LONG_MS)
    [made] = at_work.wait(
        f"/api/station/jobs/{job}", lambda view: view["offers"][0]["status"] != "open"
    )["offers"]
    assert (made["worker_id"], made["status"]) == (worker, "declined")


def test_a_clerk_is_to_say_that_the_terms_of_a_booking_have_changed(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("09")
    worker = at_work.register("amended", channels=["call"])
    job = at_work.job("amended", title="护林员")
    at_work.accept(worker, job)
    path = f"/api/station/jobs/{job}"
    at_work.wait(path, lambda view: view["bookings"])
    begin = at_work.morning + DAY_MS
    amended = {"shifts": [{"start": begin, "end": begin + DAY_MS // 4}]}
    at_work.command(f"{path}/amendment", amended)
    with terminal(at_work, browser, "/station#calls") as page:
        matter = page.locator(f"[data-worker={worker}] .matter", has_text="原来定的不算")
        expect(matter.locator("h3")).to_have_text(
            "时间或条件改了，原来定的不算：护林员", timeout=LONG_MS
        )
        expect(matter.locator(".terms")).to_contain_text("07:00–17:00")  # what they had said yes to


def test_an_empty_job_is_explained_changed_and_cancelled(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("10")
    at_work.register("proud", pay_floor_fen_day=17_000)
    job = at_work.job("empty", title="守夜人")
    with terminal(at_work, browser, "/station#jobs") as page:
        row = page.locator(f"[data-job={job}]")
        expect(row).to_contain_text("低于期望工资")
        shoot(page, "jobs")
        press(page, row)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        ask = page.get_by_role("button", name="怎样能招满")
        press(page, ask)
        expect(ask).to_have_attribute("aria-disabled", "true")
        expect(page.locator(".seconds")).to_contain_text("秒")
        page.keyboard.press("Enter")
        page.locator("#rooms a[href='#jobs']").click()
        page.locator(f"[data-job={job}]").click()  # whoever has left finds the answer there later
        advice = page.locator(".advice")
        expect(advice).to_contain_text("只差一项：低于期望工资", timeout=3 * LONG_MS)
        expect(ask).not_to_have_attribute("aria-disabled", "true")
        assert sum(url.endswith("/advice") for url in asked) == 1
        check_accessible(page)
        shoot(page, "advice")
        raised = page.locator(".advice .lines li", has_text=re.compile("^每天加"))
        press(page, raised.get_by_role("button"))
        expect(raised.locator(".said")).to_have_text("市场已确认。", timeout=LONG_MS)
        at_work.wait(f"/api/station/jobs/{job}", lambda view: view["offers"])
        press(page, page.locator(".danger"))
        expect(page.locator(".danger")).to_have_text("确定取消？再按一次")
        page.wait_for_timeout(BETWEEN_MS)
        page.keyboard.press("Enter")
        expect(page.locator(".beside")).to_contain_text("已取消", timeout=LONG_MS)
    assert at_work.see(f"/api/station/jobs/{job}")["job"]["status"] == "cancelled"


def test_somebody_with_two_offers_is_called_once(browser: Browser, stations: Stations) -> None:
    at_work = stations("09")
    worker = at_work.register("twice", channels=["call"])
    at_work.job("first", title="守渔人")
    at_work.job("second", title="守瓜人")
    with terminal(at_work, browser, "/station?lang=en#calls", size=PHONE) as page:
        card = page.locator(f"[data-worker={worker}]")
        expect(card.locator(".matter")).to_have_count(2, timeout=LONG_MS)
        expect(card).to_have_count(1)
        expect(card.get_by_role("button", name="Show number")).to_have_count(1)
        offer = card.locator(".matter", has_text="守渔人")
        yes, no = offer.get_by_role("button", name="Yes"), offer.locator("summary")
        tops = [one.evaluate("one => one.getBoundingClientRect().top") for one in (yes, no)]
        assert tops[0] == pytest.approx(tops[1], abs=4)
        check_fits(page)
        shoot(page, "calls-phone")
        press(page, offer.get_by_role("button", name="Yes"))
        expect(offer).to_have_count(0, timeout=LONG_MS)


def test_hourly_pay_is_said_by_the_hour_and_less_of_it_is_asked_twice(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("10")
    at_work.register("asked")
    worker = at_work.register("by-the-hour")
    pay = {"amount_fen": 2_500, "unit": "hour", "settlement": "weekly"}
    job = at_work.job("hourly", title="守仓人", headcount=2, pay=pay)
    at_work.accept(worker, job)
    path = f"/api/station/jobs/{job}"
    at_work.wait(path, lambda view: view["bookings"] and view["offers"])
    with terminal(at_work, browser, "/station#jobs", size=PHONE) as page:
        row = page.locator(f"[data-job={job}]")
        expect(row.locator(".pay")).to_have_text("25 元/小时，约 250 元/天")
        press(page, row)
        sheet = page.locator(".sheet").first
        expect(sheet.locator(".title .pay")).to_have_text("25 元/小时，约 250 元/天")
        expect(sheet.locator(".where")).to_have_text("双福镇凤凰茶园 · 周结")
        expect(sheet).to_contain_text(f"{job} · ")
        expect(sheet.get_by_text("待答复 1 人，已确认 1 人，还缺 1 人")).to_be_visible()
        ranked = sheet.locator(".line .who", has=page.locator("em"))
        expect(ranked.locator("em").first).to_have_text("待答复")
        link = sheet.locator(f"[data-booking={worker}] a")
        expect(link).to_have_attribute("href", f"#worker/{worker}")
        check_fits(page)
        check_accessible(page)
        assert page.evaluate(SMALL) == []
        shoot(page, "job-hourly", whole=True)
        amount = page.get_by_label("工资（元/小时）")
        amend = page.locator("form.form button")
        amount.fill("24")
        amend.evaluate(PRESSES_AT_ONCE)
        expect(amend).to_have_text("再按一次：1 人的安排会取消")
        expect(said(page.locator(".beside"))).to_be_empty()
        amount.fill("26")
        press(page, amend)
        expect(page.locator(".beside > .said")).to_have_text("市场已确认。", timeout=LONG_MS)
        amount.fill("25")  # less than what has just been agreed to
        press(page, amend)
        expect(amend).to_have_text("再按一次：1 人的安排会取消")
        page.locator(".danger").click()
        expect(page.locator(".danger")).to_have_text("再按一次：1 人的安排会取消")
        expect(page.locator(".danger")).to_have_text("取消岗位")  # by itself, some seconds later
    view = at_work.see(path)
    assert view["posting"]["pay"]["amount_fen"] == 2_600
    assert [one["status"] for one in view["bookings"]] == ["confirmed"]


def test_whoever_cancels_is_told_of_with_the_reason(browser: Browser, stations: Stations) -> None:
    at_work = stations("10")
    worker = at_work.register("leaves")
    job = at_work.job("left", title="守井人")
    at_work.accept(worker, job)
    path = f"/api/station/jobs/{job}"
    [booking] = at_work.wait(path, lambda view: view["bookings"])["bookings"]
    refusal = f"/api/station/workers/{worker}/offers/{booking['offer_id']}/refusal"
    at_work.command(refusal, {})
    at_work.wait(path, lambda view: view["bookings"][0]["status"] == "cancelled")
    with terminal(at_work, browser, f"/station#jobs/{job}") as page:
        line = page.locator(f"[data-booking={worker}]")
        expect(line).to_contain_text("已取消")
        expect(line.locator("small")).to_have_text("本人不来了")


def test_enter_twice_is_one_job_and_only_what_was_changed_is_amended(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("12")
    with terminal(at_work, browser) as page:
        page.locator("[data-path=title] input").fill("装车工")
        page.locator("[data-path='pay.amount_fen pay'] input").fill("2")
        page.get_by_label("元/件").check()
        page.locator("[data-path=employer_id] input").fill(at_work.employer)
        start = page.locator("[data-path='shifts.start shifts'] input")
        start.fill("0:00")
        page.get_by_label("今天").check()
        start.press("Enter")
        expect(page.locator(".fault", has_text="这个时间已经过了")).to_be_visible()
        start.fill("8:00")
        page.get_by_label("明天").check()
        twice = "one => { one.requestSubmit(); one.requestSubmit(); }"
        page.locator("form.form").evaluate(twice)  # before the first can have been decided
        expect(said(page.locator("form.form"))).to_have_text("市场已确认。", timeout=LONG_MS)
        expect(page.locator(".beside")).to_contain_text("2 元/件")
        jobs = [one["job"]["job_id"] for one in at_work.see("/api/station/jobs")["jobs"]]
        own = [job for job in jobs if at_work.posting(job)["employer_id"] == at_work.employer]
        assert len(own) == 1
        path = f"/api/station/jobs/{own[0]}"
        page.goto(f"{at_work.engine.http}/station#jobs")
        page.locator(f"[data-job={own[0]}]").click()
        amount = page.locator("[data-path='pay.amount_fen pay']")
        amount.locator("input").fill("0")
        amount.locator("input").press("Enter")
        expect(amount.locator(".fault")).to_have_text("最少填 0.01 元。")
        amount.locator("input").fill("2")
        headcount = page.locator("[data-path=headcount] input")
        headcount.fill("3")
        other_terminal = {"pay": {"amount_fen": 300, "unit": "piece"}}
        at_work.command(f"{path}/amendment", other_terminal)
        at_work.wait(path, lambda view: view["posting"]["pay"]["amount_fen"] == 300)
        headcount.press("Enter")
        expect(said(page.locator("form.form").locator(".."))).to_have_text(
            "市场已确认。", timeout=LONG_MS
        )
    posting = at_work.posting(own[0])
    assert (posting["headcount"], posting["pay"]["amount_fen"]) == (3, 300)


def test_a_lost_phone_is_signed_out(browser: Browser, stations: Stations) -> None:
    at_work = stations("09")
    worker = at_work.register("lost")
    with (
        Watched(browser, at_work.link(worker), refusals=(401,)) as phone,
        terminal(at_work, browser, "/station#worker") as page,
    ):
        expect(phone.page.locator("#desk")).to_be_visible()
        page.locator(".find input").fill(worker)
        page.keyboard.press("Enter")
        press_twice(page, page.get_by_role("button", name="手机丢了"))
        expect(page.locator(".pass .said.good")).to_contain_text("本人所有手机都已退出")
        check_accessible(page)
        shoot(page, "lost-phone")
        phone.page.reload()
        expect(phone.page.locator("#entrance")).to_be_visible()


def test_every_room_fits_a_phone_and_twice_the_size_and_speaks_english(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("06")
    zoomed = {"size": ZOOMED, "device_scale_factor": 2}
    for options in ({"size": PHONE, "color_scheme": "dark"}, zoomed):
        with terminal(at_work, browser, "/station?lang=en", **options) as page:
            for room in ("post", "jobs", "worker", "calls", "claims"):
                page.evaluate(f"location.hash = '#{room}'")
                expect(page.locator(f"#rooms a[href='#{room}']")).to_have_attribute(
                    "aria-current", "page"
                )
                check_fits(page)
                check_accessible(page)
                assert page.evaluate(SMALL) == []
                shoot(page, f"{room}-{'dark-phone' if options is not zoomed else 'zoomed'}")
            expect(page.locator("#rooms a").first).to_have_text("Post a job")
            told = page.evaluate(
                """async () => {
                  const { words } = await import("/static/words.js");
                  return [1, "1", 2].map((n) => words("station.claim", { yuan: 30, n }));
                }"""
            )
            assert told == ["30 yuan, 1 person", "30 yuan, 1 person", "30 yuan, 2 people"]
