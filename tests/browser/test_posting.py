"""The terminal's form for jobs: days and hours, days off, what is wrong at its field."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.at_work import Stations, said, terminal
from tests.browser.filling import (
    CHINA,
    CONFIRMED,
    LONG_MS,
    begin,
    choose_date,
    day_in,
    moment,
    post,
)
from tests.browser.watching import (
    check_accessible,
    phone,
    press,
    shoot,
    tab_to,
)

pytestmark = pytest.mark.browser


def test_a_split_job_of_several_days_from_a_date_on_is_posted_by_keyboard_alone(
    browser: Browser, stations: Stations
) -> None:
    at_work, first = stations("10"), day_in(40)
    with terminal(at_work, browser) as page:
        keyboard = page.keyboard
        tab_to(page, page.locator("[data-path=title] input"))
        keyboard.type("采茶工")
        tab_to(page, page.locator("[data-path='pay.amount_fen pay'] input"))
        keyboard.type("160")
        date_field = page.locator("[data-path=date] input")
        expect(date_field).to_be_hidden()
        tab_to(page, page.get_by_label("明天"))
        keyboard.press("ArrowRight")
        keyboard.press("ArrowRight")
        expect(date_field).to_be_visible()
        tab_to(page, date_field)
        keyboard.type(f"{first:%m%d%Y}")  # the browser speaks the order of its language
        if date_field.input_value() != first.isoformat():
            date_field.fill(first.isoformat())
        tab_to(page, page.locator("[data-path='shifts.start shifts'] input"))
        keyboard.type("6")
        tab_to(page, page.locator("[data-path='shifts.end'] input"))
        keyboard.type("10")
        tab_to(page, page.locator("[data-path=employer_id] input"))
        keyboard.type(at_work.employer)
        tab_to(page, page.locator("[data-path=days] input"))
        keyboard.type("3")
        tab_to(page, page.locator("[data-path='second.start second'] input"))
        keyboard.type("15")
        tab_to(page, page.locator("[data-path='second.end'] input"))
        keyboard.type("1800")
        told = f"共 3 天，{first.month}月{first.day}日"
        expect(page.locator("form .when")).to_contain_text(told)
        expect(page.locator("form .when")).to_contain_text("06:00–10:00 + 15:00–18:00")
        for perk in ("包餐", "包住", "接送"):
            press(page, page.get_by_label(perk), "Space")
        keyboard.press("Enter")
        expect(said(page.locator("form.form"))).to_have_text(CONFIRMED, timeout=LONG_MS)
        expect(said(page.locator("form.form"))).to_be_in_viewport()  # the form is longer than that
        sheet = page.locator(".beside")
        expect(sheet.locator(".terms").first).to_contain_text(told)
        expect(sheet.locator(".perks")).to_have_text("包餐 · 包住 · 接送")
        check_accessible(page)
        shoot(page, "post-split")
        posting = at_work.posting(sheet.get_attribute("data-job") or "")
    days = [first + timedelta(days=n) for n in range(3)]
    assert posting["shifts"] == [
        {"start": moment(day, begin), "end": moment(day, end)}
        for day in days
        for begin, end in ((6, 10), (15, 18))
    ]
    assert posting["perks"] == ["meal", "lodging", "pickup"]


def test_days_off_are_left_out_and_what_is_wrong_is_told_at_its_field(
    browser: Browser, stations: Stations
) -> None:
    at_work, first = stations("10"), day_in(8)
    with terminal(at_work, browser, refusals=(422,)) as page:
        begin(page, at_work, "采茶工")

        def refused(path: str, told: str) -> None:
            page.locator("[data-path=title] input").press("Enter")
            box = page.locator(f"[data-path='{path}']")
            expect(box.locator(".fault")).to_contain_text(told)
            expect(box.locator("input").first).to_be_focused()

        page.get_by_label("另选日期").check()
        for wrong in ("", day_in(-1).isoformat(), day_in(400).isoformat()):
            page.locator("[data-path=date] input").fill(wrong)
            refused("date", "一年内")
        page.locator("[data-path=date] input").fill(first.isoformat())
        count = page.locator("[data-path=days] input")
        for wrong in ("0", "1.5", "181"):
            count.fill(wrong)
            refused("days", "1 到 180 天")
        count.fill("6")
        second = page.locator("[data-path='second.start second'] input")
        second.fill("16")  # before the first stretch ends
        page.locator("[data-path='second.end'] input").fill("18")
        refused("second.start second", "重叠")
        page.locator("[data-path='second.end'] input").fill("late")
        refused("second.end", "8:00")
        second.fill("4")  # earlier than the first stretch: in the morning after it
        page.locator("[data-path='second.end'] input").fill("7")
        page.locator("[data-path='shifts.end'] input").fill("23")
        refused("shifts.end", "小时")
        page.locator("[data-path='shifts.end'] input").fill("8:00")
        refused("shifts.end", "同一个时间")
        page.locator("[data-path='shifts.end'] input").fill("17")
        count.fill("1")
        told = page.locator("form .when")
        next_day = first + timedelta(days=1)
        expect(told).to_contain_text(f"{first.month}月{first.day}日")
        expect(told).to_contain_text("08:00–17:00 · ")
        expect(told).to_contain_text(f"{next_day.month}月{next_day.day}日")
        count.fill("180")
        page.locator("summary").click()
        for name in ("周一", "周二", "周三", "周四", "周五", "周日"):
            page.get_by_role("checkbox", name=name).check()
        refused("days", "一年内")
        for name in ("周一", "周二", "周三", "周四", "周五", "周日"):
            page.get_by_role("checkbox", name=name).uncheck()
        page.locator("summary").click()
        count.fill("6")
        for path in ("second.start second", "second.end"):
            page.locator(f"[data-path='{path}'] input").fill("")
        page.locator("summary").click()
        for name in ("周六", "周日"):
            page.get_by_role("checkbox", name=name).check()
        job = post(page)
    starts = [shift["start"] for shift in at_work.posting(job)["shifts"]]
    days = [datetime.fromtimestamp(start / 1000, CHINA).date() for start in starts]
    expected = [first + timedelta(days=n) for n in range(12)]
    assert days == [day for day in expected if day.weekday() < 5][:6]


def test_what_is_left_out_is_told_at_once_at_every_field_and_nothing_of_it_goes_out(
    browser: Browser, stations: Stations
) -> None:
    """The employer alone was told of, and of an amount in yuan that fen have no decimals."""
    at_work = stations("10")
    with terminal(at_work, browser) as page:
        title = page.locator("[data-path=title]")
        amount = page.locator("[data-path='pay.amount_fen pay']")
        employer = page.locator("[data-path=employer_id]")
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.method))
        title.locator("input").press("Enter")
        for box in (title, employer):
            expect(box.locator(".fault")).to_have_text("请填这一项。")
        expect(amount.locator(".fault")).to_have_text("请填数字，如 160 或 160.5。")
        expect(title.locator("input")).to_be_focused()
        shoot(page, "post-left-out")
        assert "POST" not in sent  # nor is it kept, to be refused when there is a line again
        begin(page, at_work, "护林员", yuan="160元")
        title.locator("input").press("Enter")
        expect(amount.locator(".fault")).to_contain_text("请填数字")
        expect(amount.locator("input")).to_be_focused()
        for yuan, limit in (("0", "最少填 0.01 元。"), ("16000000", "最多填 1,000,000 元。")):
            amount.locator("input").fill(yuan)
            amount.locator("input").press("Enter")
            expect(amount.locator(".fault")).to_have_text(limit)
        assert "POST" not in sent
        amount.locator("input").fill("１６０．５")  # as a Chinese keyboard types it
        job = post(page)
    assert at_work.posting(job)["pay"]["amount_fen"] == 16_050


def test_a_job_is_the_newest_at_the_end_of_the_list_and_its_card_says_what_it_gives(
    browser: Browser, stations: Stations
) -> None:
    at_work, day = stations("05"), day_in(30)
    older = at_work.job("older", perks=[])
    windows = [{"start": moment(day, 5), "end": moment(day, 22)}]
    worker = at_work.register("sees", windows=windows, birth_year=1970)
    given = "包餐 · 包住 · 接送"
    with terminal(at_work, browser) as page:
        begin(page, at_work, "护林员")
        choose_date(page, day)
        for perk in given.split(" · "):
            page.get_by_label(perk).check()
        newer = post(page)
        page.locator("#rooms a[href='#jobs']").click()
        rows = page.locator(".cards .row")
        expect(page.locator(f"[data-job={newer}]")).to_be_visible()
        listed = rows.evaluate_all("all => all.map((one) => one.dataset.job)")
        assert listed.index(older) < listed.index(newer)
        page.locator(f"[data-job={older}]").click()
        expect(page.locator(".sheet .terms")).to_contain_text("07:00–17:00")
        expect(page.locator(".sheet .perks")).to_have_count(0)
        page.evaluate(f"location.hash = '#jobs/{newer}'")
        expect(page.locator(".sheet .perks")).to_have_text(given)
    at_work.wait(f"/api/station/workers/{worker}", lambda view: view["offers"])
    with phone(browser, at_work.link(worker), refusals=(401,)) as watched:
        offer = watched.page.locator("#offers [data-offer]")
        expect(offer.locator("[data-fact=perks]")).to_have_text("包吃 · 包住 · 车接车送")
