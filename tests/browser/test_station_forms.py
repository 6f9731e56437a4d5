"""That the terminal's two forms mean the same work, and fit a phone."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.at_work import DAY_MS, Stations, said, terminal
from tests.browser.filling import (
    LONG_MS,
    begin,
    choose_date,
    day_in,
    form_of,
    moment,
    post,
    register,
)
from tests.browser.watching import (
    PHONE,
    check_accessible,
    check_fits,
    press,
    shoot,
    tab_to,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("title", "skill", "other"), [("搬运工", "装卸", "保洁"), ("采茶", "采茶", "保安")]
)
def test_a_job_by_its_title_finds_who_was_registered_for_such_work_and_nobody_else(
    browser: Browser, stations: Stations, title: str, skill: str, other: str
) -> None:
    """Both as clerks enter them: titles have occupations, and workers had skills alone."""
    at_work = stations("04")
    fits, differs = (f"W-{at_work.tag}-{name}" for name in ("fits", "differs"))
    day = day_in(20)
    with terminal(at_work, browser, "/station#worker") as page:
        for worker, kind in ((differs, other), (fits, skill)):
            page.locator(".find input").fill(worker)
            page.locator(".find input").press("Enter")
            form = page.locator("form.form")
            expect(form.locator(".note").first).to_have_text(worker)
            form.get_by_label(kind, exact=True).check()
            form.get_by_label("明天").uncheck()
            form.get_by_label("选日期").check()
            form.get_by_label("从哪天").fill(day.isoformat())
            form.get_by_label("到哪天").fill(day.isoformat())
            form.get_by_label("出生年份").fill("1970")
            register(page)
        page.locator("#rooms a[href='#post']").click()
        begin(page, at_work, title)
        expect(page.locator("input[name=occupation]:checked")).not_to_have_value("")
        choose_date(page, day)
        job = post(page)
        shoot(page, "meets")
    view = at_work.wait(f"/api/station/jobs/{job}", lambda view: view["offers"])
    named = {one["worker_id"] for one in view["ranking"]["ranking"]}
    assert fits in named
    assert differs not in named
    assert fits in {one["worker_id"] for one in view["offers"]}


def test_who_wished_for_other_work_before_is_found_for_what_the_counter_adds(
    browser: Browser, stations: Stations
) -> None:
    """Wishes of an imported table were kept unseen, and hid whoever could do more by now."""
    at_work, day = stations("04"), day_in(25)
    windows = [{"start": moment(day, 5), "end": moment(day, 22)}]
    wishes = {"occupations": ["4-09-08-01"], "skills": []}
    worker = at_work.register("wishes", windows=windows, birth_year=1970, **wishes)
    with form_of(at_work, browser, worker) as page:
        form = page.locator("form.form")
        kept = form.locator("input[name=occupations]")
        expect(kept).to_have_count(1)
        expect(form.locator("[data-path=occupations] .choice")).to_have_text("保洁员")
        press(page, form.get_by_label("装卸", exact=True), "Space")
        other = form.get_by_label("还会做什么")
        tab_to(page, other)
        page.keyboard.type("喂猪")
        page.keyboard.press("Enter")  # asks; nothing is registered by it
        press(page, form.get_by_label("家畜饲养员"), "Space")
        expect(said(form)).to_be_empty()
        check_accessible(page)
        shoot(page, "worker-kinds")
        register(page)
        page.locator("#rooms a[href='#post']").click()
        found = []
        for title in ("搬运工", "喂猪", "保洁", "保安"):
            begin(page, at_work, title)
            occupations = page.locator("[data-path=occupation] input")
            expect(occupations.first).to_be_attached()
            occupations.first.check()
            choose_date(page, day)
            view = at_work.see(f"/api/station/jobs/{post(page)}")
            names = [one["worker_id"] for one in view["ranking"]["ranking"]]
            found.append((title, worker in names))
    assert found == [("搬运工", True), ("喂猪", True), ("保洁", True), ("保安", False)]


def test_heavy_work_asks_for_the_year_of_birth_once_and_the_sheet_says_what_excludes(
    browser: Browser, stations: Stations
) -> None:
    """The law asks for eighteen: whoever had no year was offered no load, and nobody knew why."""
    at_work, day = stations("04"), day_in(28)
    windows = [{"start": moment(day, 5), "end": moment(day, 22)}]
    worker = at_work.register("young", windows=windows)
    with terminal(at_work, browser) as page:
        begin(page, at_work, "搬运工")
        choose_date(page, day)
        post(page)
        page.evaluate(f"location.hash = '#worker/{worker}'")
        form = page.locator("form.form")
        form.get_by_label("装卸", exact=True).check()
        form.get_by_role("button", name="登记").click()
        fault = form.locator("[data-path=birth_year] .fault")
        expect(fault).to_contain_text("18 周岁")
        expect(form.get_by_label("出生年份")).to_be_focused()
        register(page)  # whoever cannot say it is registered all the same
        excluded = page.locator(".beside .excluded")
        expect(excluded).to_contain_text("年龄", timeout=LONG_MS)
        shoot(page, "worker-no-year")
        form.get_by_label("出生年份").fill("1980")
        register(page)
        expect(page.locator(".beside .lines").first).to_contain_text("搬运工", timeout=LONG_MS)


def test_both_forms_fit_a_phone_with_all_their_fields_open(
    browser: Browser, stations: Stations
) -> None:
    at_work, day = stations("13"), day_in(3)
    windows = [
        {"start": moment(day, 5) + n * DAY_MS, "end": moment(day, 22) + n * DAY_MS}
        for n in range(20)
    ]
    worker = at_work.register("many", windows=windows)
    options: dict[str, Any] = {"size": PHONE, "has_touch": True, "is_mobile": True}
    for language in ("zh-CN", "en"):
        address = f"/station?lang={language}#worker/{worker}"
        with terminal(at_work, browser, address, **options) as page:
            expect(page.locator("input[name=said]")).to_have_count(14)
            for name, value in (("days", "dates"), ("hours", "own")):
                page.locator(f"input[name={name}][value={value}]").check()
            check_fits(page)
            check_accessible(page)
            shoot(page, f"phone-worker-{language}")
            page.evaluate("location.hash = '#post'")
            page.locator("input[name=day][value=date]").check()
            page.locator("summary").click()
            check_fits(page)
            check_accessible(page)
            shoot(page, f"phone-post-{language}")
