"""The terminal's form for workers: what was said before, days, hours and other work."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.at_work import HOUR_MS, Stations, said
from tests.browser.filling import (
    CONFIRMED,
    LONG_MS,
    day_in,
    form_of,
    moment,
    register,
)
from tests.browser.watching import (
    check_accessible,
    press,
    shoot,
    tab_to,
)

pytestmark = pytest.mark.browser

READ_OUT = """document.getElementById(
  document.activeElement.getAttribute("aria-describedby")
).textContent"""
"""What is said of the field with the focus."""


def test_what_somebody_said_last_and_is_still_ahead_stands_in_the_form_again(
    browser: Browser, stations: Stations
) -> None:
    """It stood for tomorrow, whatever they had said, and took their days away."""
    at_work, now = stations("07"), time.time_ns() // 1_000_000
    near, far = day_in(3), day_in(12)
    windows = [
        {"start": now - 30 * HOUR_MS, "end": now - 20 * HOUR_MS},
        *({"start": moment(day, 7), "end": moment(day, 15)} for day in (near, far)),
    ]
    place = {"lat": 29.6, "lon": 103.55, "name": "战斗村"}
    terms = {"max_distance_km": 35, "pay_floor_fen_day": 12_500, "travel_mode": "bus"}
    more = {"certificates": ["forklift"], "birth_year": 1970, "place": place}
    worker = at_work.register("again", windows=windows, **terms, **more)
    path = f"/api/station/workers/{worker}"
    with form_of(at_work, browser, worker) as page:
        form = page.locator("form.form")
        chips = form.locator("input[name=said]")
        expect(chips).to_have_count(2)  # the day that is over has fallen away
        assert [chips.nth(n).is_checked() for n in range(2)] == [True, True]
        expect(form.locator("input[name=days]:checked")).to_have_count(0)
        shown = form.locator(".said-windows .choice").first
        expect(shown).to_contain_text(f"{near.month}月{near.day}日")
        expect(shown).to_contain_text("07:00–15:00")
        expect(form.locator("input[name=hours]:checked")).to_have_value("own")
        expect(form.get_by_label("住哪里").locator("option:checked")).to_have_text("战斗村")
        check_accessible(page)
        shoot(page, "worker-again")
        register(page)
        same = at_work.wait(path, lambda view: len(view["availability"]["windows"]) == 2)
        assert same["availability"] | {"windows": windows[1:]} == same["availability"]
        for name, value in (terms | more).items():
            assert same["availability"][name] == value, name
        # Other hours are no word of the days that were said before.
        form.get_by_label("上午").check()
        form.get_by_role("button", name="登记").click()
        expect(form.locator("[data-path=windows] .fault")).to_contain_text("是哪几天")
        assert "是哪几天" in page.evaluate(READ_OUT)  # whoever does not see it hears it
        form.get_by_label("自己填").check()
        # A day said anew is said with its hours: what was said of it before is taken back in sight,
        # and is there again when the day is not meant after all.
        week = form.get_by_label("这一周")
        week.check()
        assert [chips.nth(n).is_checked() for n in range(2)] == [False, True]
        week.uncheck()
        assert [chips.nth(n).is_checked() for n in range(2)] == [True, True]
        form.get_by_label("选日期").check()
        form.get_by_label("从哪天").fill(near.isoformat())
        form.get_by_label("到哪天").fill((near + timedelta(days=1)).isoformat())
        form.get_by_label("到哪天").blur()
        assert [chips.nth(n).is_checked() for n in range(2)] == [False, True]
        form.get_by_label("上午").check()
        register(page)
    said_now = at_work.wait(path, lambda view: len(view["availability"]["windows"]) == 3)
    days = (near, near + timedelta(days=1))
    mornings = [{"start": moment(day, 5), "end": moment(day, 12)} for day in days]
    assert said_now["availability"]["windows"] == [*mornings, windows[2]]


def test_who_has_stopped_looking_begins_with_tomorrow_and_their_usual_hours(
    browser: Browser, stations: Stations
) -> None:
    at_work, day = stations("07"), day_in(4)
    windows = [{"start": moment(day, 5), "end": moment(day, 12)}]
    worker = at_work.register("stopped", windows=windows)
    path = f"/api/station/workers/{worker}"
    at_work.command(f"{path}/unavailability", {})
    at_work.wait(path, lambda view: not view["available"])
    with form_of(at_work, browser, worker) as page:
        kept = page.locator("input[name=said]")
        expect(kept).to_have_count(1)  # their own page keeps it, too
        expect(kept).not_to_be_checked()
        expect(page.locator("input[name=days]:checked")).to_have_value("tomorrow")
        expect(page.locator("input[name=hours]:checked")).to_have_value("morning")
        page.get_by_label("明天").uncheck()
        kept.check()
        shoot(page, "worker-stopped")
        register(page)
    view = at_work.wait(path, lambda view: view["available"])
    assert view["availability"]["windows"] == windows


def test_days_without_a_switch_of_their_own_give_way_to_what_is_said_anew(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("07")
    days = [day_in(n) for n in range(3, 19)]
    windows = [{"start": moment(day, 7), "end": moment(day, 15)} for day in days]
    worker = at_work.register("many", windows=windows)
    with form_of(at_work, browser, worker) as page:
        form = page.locator("form.form")
        more = form.locator(".said-windows .choice").last
        expect(more).to_contain_text("3 段")
        form.get_by_label("选日期").check()
        form.get_by_label("到哪天").fill(days[-1].isoformat())
        form.get_by_label("从哪天").fill(days[-1].isoformat())
        form.get_by_label("从哪天").blur()
        expect(more).to_contain_text("2 段")
        form.get_by_label("上午").check()
        register(page)
    morning = {"start": moment(days[-1], 5), "end": moment(days[-1], 12)}
    expected = [*windows[:-1], morning]
    path = f"/api/station/workers/{worker}"
    at_work.wait(path, lambda view: view["availability"]["windows"] == expected)


def test_other_work_keeps_what_was_meant_and_not_what_was_on_the_way(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("04")
    names = {
        "守": {"code": "1-01-01-01", "name": "守"},
        "守门": {"code": "1-01-01-02", "name": "守门"},
        "保洁": {"code": "4-09-08-01", "name": "保洁员"},
    }

    def answer(route: Route) -> None:
        [title] = parse_qs(urlsplit(route.request.url).query)["title"]
        found = names.get(title)
        choices = [found] if found else []
        route.fulfill(json={"code": found and found["code"], "name": title, "choices": choices})

    with form_of(at_work, browser, f"W-{at_work.tag}-guess") as page:
        page.route("**/api/station/occupation?*", answer)
        other = page.locator("form.form").get_by_label("还会做什么")
        ticked = page.locator("input[name=occupations]:checked")
        for title, expected in (
            ("守", ["1-01-01-01"]),
            ("守门", ["1-01-01-02"]),
            ("保洁", ["1-01-01-02", "4-09-08-01"]),
            ("", ["1-01-01-02", "4-09-08-01"]),
            ("守", ["1-01-01-02", "4-09-08-01", "1-01-01-01"]),
        ):
            other.fill(title)
            expect(ticked).to_have_count(len(expected))
            expect(ticked.last).to_have_value(expected[-1])
            assert ticked.evaluate_all("all => all.map((one) => one.value)") == expected
        own = page.locator("input[name=occupations][value='1-01-01-01']")
        own.uncheck()
        own.check()  # the clerk's own word
        other.fill("守门")
        expect(ticked).to_have_count(3)


def test_somebody_is_registered_for_days_and_hours_of_their_own_by_keyboard_alone(
    browser: Browser, stations: Stations
) -> None:
    at_work = stations("13")
    worker = f"W-{at_work.tag}-own"
    with form_of(at_work, browser, worker) as page:
        form, keyboard = page.locator("form.form"), page.keyboard
        press(page, form.get_by_label("明天"), "Space")
        press(page, form.get_by_label("选日期"), "Space")
        first, last = (form.get_by_label(name) for name in ("从哪天", "到哪天"))
        tab_to(page, last)
        expect(first).to_have_value(day_in(2).isoformat())
        expect(last).to_have_value(day_in(8).isoformat())
        tab_to(page, form.get_by_label("全天"))
        for _ in range(5):
            keyboard.press("ArrowRight")
        tab_to(page, form.locator("[data-path=own] input"))
        keyboard.type("late")
        keyboard.press("Enter")
        expect(form.locator("[data-path=own] .fault")).to_contain_text("8:00")
        expect(form.locator("[data-path=own] input")).to_be_focused()
        keyboard.press("Control+A")
        keyboard.type("7")
        press(page, form.get_by_label("采茶"), "Space")
        keyboard.press("Enter")
        expect(said(form)).to_have_text(CONFIRMED, timeout=LONG_MS)
    view = at_work.wait(f"/api/station/workers/{worker}", lambda view: view["availability"])
    assert view["availability"]["windows"] == [
        {"start": moment(day_in(n), 7), "end": moment(day_in(n), 17)} for n in range(2, 9)
    ]
    assert view["availability"]["occupations"] == ["5-01-02-01", "5-01-02-02"]
