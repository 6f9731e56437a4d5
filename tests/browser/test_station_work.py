"""A station's terminal: work that is over, wages that are owed, and hostile words everywhere."""

import re
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from events.facts import (
    JobPosted,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkNoShow,
    WorkRated,
)
from tests.browser.at_work import DAY_MS, HOUR_MS, ZONE, AtWork, terminal
from tests.browser.engine import RunningEngine
from tests.browser.watching import (
    HOSTILE,
    ZOOMED,
    check_accessible,
    check_fits,
    press,
    shoot,
    spoil,
    tab_to,
)

pytestmark = pytest.mark.browser

Shift = dict[str, int]
MINUTE_MS = 60_000
SOON_MS = (8_000, 40_000, 240_000)
LONG_MS = 60_000
BETWEEN_MS = 800
"""Presses that are closer are one to the page: a double click, or Enter held."""
SHOWN: Final = frozenset(
    (
        "title",
        "place",
        "name",
        "worker_id",
        "employer_id",
        "employer_name",
        "text",
        "lines",
        "zh-CN",
        "number",
        "referred_to",
    )
)
"""The fields with free words, and ids that are shown."""


@pytest.fixture(scope="module")
def worked(engine: RunningEngine) -> Iterator[tuple[AtWork, str, list[str]]]:
    """Three who are booked for a shift that is soon over: the tests before its one take as long."""
    with AtWork(engine, f"{ZONE}-12") as at_work:
        yield at_work, *booked_in_time(at_work, ("came", "ill", "missed"))


def booked_in_time(
    at_work: AtWork, names: tuple[str, ...], later: Sequence[Shift] = ()
) -> tuple[str, list[str]]:
    """Workers and their job; on a busy machine it may begin before all of them are booked."""
    why = []
    for soon_ms in SOON_MS:
        try:
            return book(at_work, soon_ms, names, later)
        except AssertionError as error:
            why.append(str(error))
    raise AssertionError(f"never booked in time: {why}")


def book(
    at_work: AtWork, soon_ms: int, names: tuple[str, ...], later: Sequence[Shift]
) -> tuple[str, list[str]]:
    """A job that begins so soon and goes on `later`, and who are booked for it."""
    now = time.time_ns() // 1_000_000
    # Not until tomorrow: what other tests post then asks for no skill, and nobody gets four offers.
    windows = [{"start": now, "end": now + soon_ms + 10 * MINUTE_MS}, *later]
    workers = at_work.register_all([f"{name}-{soon_ms}" for name in names], windows=windows)
    begin = time.time_ns() // 1_000_000 + soon_ms
    shifts = [{"start": begin, "end": begin + 1_000}, *later]
    job = at_work.job(f"soon-{soon_ms}", headcount=len(names), shifts=shifts)
    in_time_s = soon_ms / 1_000  # whoever is not booked when it begins never will be
    for worker in workers:
        at_work.accept(worker, job, in_time_s)
    booked = f"/api/station/jobs/{job}"
    at_work.wait(booked, lambda view: len(view["bookings"]) == len(names), in_time_s)
    return job, workers


@pytest.mark.usefixtures("worked")
def test_a_wage_claim_is_opened_at_one_station_and_closed_at_another(
    engine: RunningEngine, browser: Browser
) -> None:
    with (
        AtWork(engine, f"{ZONE}-12") as here,
        AtWork(engine, f"{ZONE}-13") as there,
        terminal(here, browser, "/station#claims") as page,
    ):
        employer = page.locator("[data-path=employer_id]")
        tab_to(page, employer.locator("input"))
        page.keyboard.press("Enter")
        expect(employer.locator(".fault")).to_have_text("请填这一项。")
        expect(page.locator("[data-path=amount_fen] .fault")).to_have_text("请填拖欠多少元。")
        expect(employer.locator("input")).to_be_focused()
        page.keyboard.type(here.employer)
        page.locator("[data-path=kind] select").select_option("simple")
        tab_to(page, page.locator("[data-path=amount_fen] input"))
        page.keyboard.press("Enter")
        nothing = page.locator("[data-path=amount_fen] .fault")
        expect(nothing).to_have_text("请填拖欠多少元。")
        for wrong in ("much", "1,200", "160.555", "-5"):
            page.keyboard.type(wrong)
            page.keyboard.press("Enter")
            expect(nothing).to_have_text("请填数字，如 160 或 160.5。")
            page.keyboard.press("Control+A")
        page.keyboard.type("3000.50")
        people = page.locator("[data-path=workers]")
        for wrong in ("0", ""):
            people.locator("input").fill(wrong)
            page.keyboard.press("Enter")
            expect(people.locator(".fault")).to_have_text("请填人数，1 到 100,000。")
        page.keyboard.type("1")
        page.keyboard.press("Enter")
        line = page.locator("li[data-claim]", has_text=here.employer)
        expect(line).to_contain_text("3000.50 元，1 人", timeout=LONG_MS)
        expect(line).to_contain_text("大为镇受理")
        expect(line.locator(".due")).to_contain_text("一般")
        expect(page.locator("[data-path=kind] select")).to_have_value("larger")
        check_accessible(page)
        shoot(page, "claims")
        with terminal(there, browser, "/station#claims") as other:
            seen = other.locator("li[data-claim]", has_text=here.employer)
            expect(seen).to_contain_text("大为镇受理")
            press(other, seen.get_by_role("button", name="办结"))
            expect(seen.locator(".said")).to_have_text("请先选处理结果。")
            expect(seen.locator("select")).to_be_focused()
            for _ in range(2):  # none, paid, settled
                other.keyboard.press("ArrowDown")
            press(other, seen.get_by_role("button", name="办结"))
            expect(seen).to_have_count(0, timeout=LONG_MS)
            expect(other.locator("[data-path=employer_id] input")).to_be_focused()
        expect(line).to_have_count(0, timeout=LONG_MS)
        [opened] = here.on_the_log(WageClaimOpened, employer_id=here.employer)
        [closed] = here.on_the_log(WageClaimClosed, employer_id=here.employer)
        assert isinstance(opened, WageClaimOpened)
        assert isinstance(closed, WageClaimClosed)
        assert (opened.amount_fen, opened.workers, opened.kind) == (300_050, 1, "simple")
        assert (closed.claim_id, closed.result) == (opened.claim_id, "settled")


def test_a_claim_is_overdue_at_its_own_station_and_referred_to_a_named_office(
    engine: RunningEngine, browser: Browser
) -> None:
    """It takes a day to be overdue: that alone is put into the gateway's answer."""
    office = "犍为县劳动保障监察大队"
    with AtWork(engine, f"{ZONE}-12") as here, AtWork(engine, f"{ZONE}-13") as there:
        ids = [f"C-{here.tag}-{n}" for n in range(3)]
        for claim_id in ids:
            claim = {"claim_id": claim_id, "employer_id": here.employer, "amount_fen": 90_000}
            here.command("/api/station/wage-claims", claim | {"kind": "simple", "workers": 3})
        here.wait("/api/station/wage-claims", lambda view: shown(view) >= set(ids))
        with (
            terminal(here, browser, "/station#claims") as page,
            terminal(there, browser, "/station#claims") as other,
        ):
            lines = page.locator("li[data-claim]", has_text=here.employer)
            expect(lines).to_have_count(3)
            expect(lines.first.locator(".since")).to_contain_text("大为镇受理并负责")
            expect(lines.first.locator(".due")).to_have_text(re.compile("^一般，.+到期$"))
            for one in (page, other):
                one.route("**/api/station/wage-claims", partial(late, ids[-1]))
            owed = page.locator(".owed")
            expect(owed).to_have_attribute("data-claim", ids[-1], timeout=LONG_MS)
            expect(owed.locator(".due")).to_contain_text("一般，已超期")
            expect(page.locator("li[data-claim]").first).to_have_class("owed")
            last = other.locator(f"li[data-claim='{ids[-1]}']")
            expect(last.locator(".due")).to_contain_text("已超期", timeout=LONG_MS)
            expect(other.locator(".owed")).to_have_count(0)
            referred = page.locator(f"li[data-claim='{ids[0]}']")
            name = referred.get_by_label("转给哪个部门")
            expect(name).to_be_hidden()
            referred.get_by_label("处理结果").select_option("referred")
            press(page, referred.get_by_role("button", name="办结"))
            expect(referred.locator(".said")).to_have_text("请填转给了哪个部门。")
            expect(name).to_be_focused()
            check_accessible(page)
            page.keyboard.type(office)
            shoot(page, "claims-overdue")
            press(page, referred.get_by_role("button", name="办结"))
            expect(referred).to_have_count(0, timeout=LONG_MS)
            for one in (page, other):
                section = one.locator("section", has_text="近 7 天办结的线索")
                closed = section.locator("li", has_text=here.employer)
                expect(closed).to_contain_text(f"已转给{office}", timeout=LONG_MS)
                expect(closed).to_contain_text("900 元，3 人")
            shoot(page, "claims-referred")
            check_accessible(page)
        [fact] = here.on_the_log(WageClaimClosed, employer_id=here.employer)
        assert isinstance(fact, WageClaimClosed)
        assert (fact.claim_id, fact.result, fact.referred_to) == (ids[0], "referred", office)


def test_two_employers_with_a_claim_of_the_same_number_have_a_line_each(
    engine: RunningEngine, browser: Browser
) -> None:
    with AtWork(engine, f"{ZONE}-12") as at_work:
        employers = [f"{at_work.employer}-{n}" for n in range(2)]
        for employer in employers:
            claim = {"claim_id": f"C-{at_work.tag}", "employer_id": employer}
            at_work.command("/api/station/wage-claims", claim | {"amount_fen": 90_000})
        is_there = {*employers}.issubset
        at_work.wait(
            "/api/station/wage-claims",
            lambda view: is_there(one["employer_id"] for one in view["claims"]),
        )
        with terminal(at_work, browser, "/station#claims") as page:
            first, second = (page.locator("li[data-claim]", has_text=one) for one in employers)
            expect(second).to_have_count(1, timeout=LONG_MS)
            expect(first).to_have_count(1)
            first.get_by_label("处理结果").select_option("paid")
            press(page, first.get_by_role("button", name="办结"))
            expect(first).to_have_count(0, timeout=LONG_MS)
            expect(second).to_have_count(1)
        [fact] = at_work.on_the_log(WageClaimClosed)
        assert isinstance(fact, WageClaimClosed)
        assert fact.employer_id == employers[0]


def shown(view: dict[str, Any]) -> set[str]:
    return {one["claim_id"] for one in view["claims"]}


def late(claim_id: str, route: Route) -> None:
    """What the gateway answers, when a claim is overdue: as it is but for that."""
    if route.request.method != "GET":
        route.continue_()
        return
    answer = route.fetch(max_retries=3)
    view = answer.json()
    for one in view["claims"]:
        one["overdue"] |= one["claim_id"] == claim_id
    route.fulfill(response=answer, json=view)


def test_hostile_words_are_only_words_in_every_room_also_large(
    engine: RunningEngine, browser: Browser
) -> None:
    """The gateway refuses them, but any Kafka client may have sent them."""
    zoomed: dict[str, Any] = {"size": ZOOMED, "device_scale_factor": 2}
    with AtWork(engine, f"{ZONE}-08") as at_work:
        worker = at_work.register("hostile", channels=["call"])
        at_work.register("reading", channels=["screen"])
        booked = at_work.register("booked")
        job = at_work.job("hostile", headcount=3)
        at_work.accept(booked, job)
        claim = {"claim_id": f"C-{at_work.tag}", "employer_id": at_work.employer, "amount_fen": 1}
        at_work.command("/api/station/wage-claims", claim)
        at_work.wait("/api/station/calls", lambda view: view["calls"])
        at_work.wait("/api/station/kiosk", lambda view: view["notices"])
        with terminal(at_work, browser, refusals=(422,), **zoomed) as page:
            for pattern in ("**/api/station/**", "**/api/station/jobs?*", "**/api/town?*"):
                spoil(page, pattern, SHOWN)
            # It never ends: to wait for all of it is to fail on a machine that takes its time.
            page.route("**/api/station/live*", lambda route: route.continue_())
            advice = {"job_id": job, "feasible": 0, "expected": 0, "open_places": 1}
            advice |= {"lines": [HOSTILE], "changes": [change()]}  # the real one takes a minute
            page.route("**/advice", lambda route: route.fulfill(json=advice))
            page.reload()
            for room, where in (
                ("post", "#place"),
                ("jobs", ".row .name"),
                (f"jobs/{job}", ".sheet h3"),
                (f"worker/{worker}", ".beside h2"),
                ("calls", ".card h3"),
                ("claims", "li[data-claim] b"),
            ):
                page.evaluate(f"location.hash = '#{room}'")
                expect(page.locator(where).first).to_contain_text(HOSTILE)
                if room.startswith("jobs/"):
                    page.get_by_role("button", name="怎样能招满").click()
                    expect(page.locator(".advice b")).to_have_text(HOSTILE)
                if room == "post":
                    refused_by_the_gateway(page)
                is_harmless(page)
            shoot(page, "hostile")
        with terminal(at_work, browser, "/station?kiosk", **zoomed) as page:
            spoil(page, "**/api/station/kiosk", SHOWN)
            page.reload()
            expect(page.locator(".news li").first).to_contain_text(HOSTILE)
            is_harmless(page)
            page.locator("[data-job]").first.click()
            expect(page.locator("main h2")).to_have_text(HOSTILE)
            is_harmless(page)


def change() -> dict[str, object]:
    given = {"text": HOSTILE, "amendment": {}, "feasible": 1, "expected": 0.5}
    return {**given, "enough": False}


def refused_by_the_gateway(page: Page) -> None:
    """What a clerk types comes back in the words of a refusal."""
    page.locator("[data-path=title] input").fill(HOSTILE)
    page.locator("[data-path='pay.amount_fen pay'] input").fill("160")
    page.locator("[data-path=employer_id] input").fill("E-1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-path=title] .fault")).not_to_be_empty()


def is_harmless(page: Page) -> None:
    assert page.locator("main img, main script, #unsent img").count() == 0
    check_fits(page)
    check_accessible(page)


def test_work_that_is_over_is_entered_by_keyboard_and_rated(
    worked: tuple[AtWork, str, list[str]], browser: Browser
) -> None:
    at_work, job, (came, ill, missed) = worked
    with terminal(at_work, browser, f"/station#jobs/{job}") as page:

        def line(worker: str) -> str:
            return f"[data-booking='{worker}']"

        for worker, name, told in (
            (missed, "未到岗", "未到岗"),
            (ill, "请过假", "未到岗"),
            (came, "已完成", "已完成"),
        ):
            booking = page.locator(line(worker))
            button = booking.get_by_role("button", name=name)
            expect(button).to_be_visible(timeout=SOON_MS[-1] + LONG_MS)
            if name == "已完成":
                button.dblclick()  # is entered once
            else:
                press(page, button)
            if name == "未到岗":
                button = booking.get_by_role("button", name=f"再按一次：{worker} 未到岗")
                expect(button).to_be_visible()
                page.wait_for_timeout(BETWEEN_MS)
                page.keyboard.press("Enter")
            expect(booking.locator("span").first).to_have_text(told, timeout=LONG_MS)
            expect(button).to_have_count(0)
        stars = page.get_by_role("button", name=f"给 {came} 评 4 星")
        press(page, stars)
        expect(page.locator(line(came)).locator(".said")).to_have_text(
            "市场已确认。", timeout=LONG_MS
        )
        expect(stars).to_have_attribute("aria-pressed", "true")
        check_accessible(page)
        shoot(page, "work-over")
    bookings = at_work.see(f"/api/station/jobs/{job}")["bookings"]
    assert {one["worker_id"]: (one["status"], one["stars"]) for one in bookings} == {
        came: ("completed", 4),
        ill: ("no_show", None),
        missed: ("no_show", None),
    }
    assert at_work.on_the_log(WorkCompleted) == [
        WorkCompleted(job_id=job, worker_id=came, zone=ZONE)
    ]
    assert at_work.on_the_log(WorkNoShow) == [
        WorkNoShow(job_id=job, worker_id=missed, zone=ZONE),
        WorkNoShow(job_id=job, worker_id=ill, zone=ZONE, excused=True),
    ]
    assert at_work.on_the_log(WorkRated) == [
        WorkRated(job_id=job, worker_id=came, zone=ZONE, stars=4)
    ]


def test_the_days_that_remain_after_somebody_did_not_come_find_somebody_else(
    engine: RunningEngine, browser: Browser
) -> None:
    with AtWork(engine, f"{ZONE}-11") as at_work:
        later = [
            {"start": begin, "end": begin + 9 * HOUR_MS}
            for begin in (at_work.morning, at_work.morning + DAY_MS)
        ]
        job, [came, missed] = booked_in_time(at_work, ("came", "missed"), later)
        other = at_work.register("other", windows=later)
        with terminal(at_work, browser, f"/station#jobs/{job}") as page:
            line = page.locator(f"[data-booking='{missed}']")
            missing = line.get_by_role("button", name="未到岗")
            expect(missing).to_be_visible(timeout=SOON_MS[-1] + LONG_MS)
            expect(line.get_by_role("button", name="已完成")).to_have_count(0)
            press_twice(page, missing)
            again = page.get_by_role("button", name="补招剩余天数：1 人")
            expect(again).to_be_visible(timeout=LONG_MS)
            check_accessible(page)
            shoot(page, "days-that-remain")
            press_twice(page, again)
            expect(page.locator(".sheet").first).to_contain_text(other, timeout=LONG_MS)
            assert page.url.endswith(f"#jobs/{job}-r1")
            page.goto(f"{engine.http}/station#jobs/{job}")
            link = page.get_by_role("link", name="剩余天数已另发岗位，招 1 人")
            expect(link).to_be_visible(timeout=LONG_MS)
            expect(again).to_have_count(0)
        [first, rest] = at_work.on_the_log(JobPosted)
        assert isinstance(first, JobPosted)
        assert isinstance(rest, JobPosted)
        assert (rest.continues, rest.headcount) == (job, 1)
        assert [(shift.start, shift.end) for shift in rest.shifts] == [
            (shift["start"], shift["end"]) for shift in later
        ]
        assert (rest.pay, rest.place, rest.perks) == (first.pay, first.place, first.perks)
        at_work.accept(other, rest.job_id)
        see = f"/api/station/jobs/{rest.job_id}"
        [booking] = at_work.wait(see, lambda view: view["bookings"])["bookings"]
        assert (booking["worker_id"], booking["status"]) == (other, "confirmed")
        assert {
            one["worker_id"]: one["status"]
            for one in at_work.see(f"/api/station/jobs/{job}")["bookings"]
        } == {
            came: "confirmed",
            missed: "no_show",
        }


def press_twice(page: Page, button: Locator) -> None:
    """What is asked about is pressed again, by keyboard."""
    press(page, button)
    page.wait_for_timeout(BETWEEN_MS)
    page.keyboard.press("Enter")


def test_a_job_that_expired_half_full_can_still_be_called_off(
    engine: RunningEngine, browser: Browser
) -> None:
    """The one who is booked would have gone there for nothing."""
    with AtWork(engine, f"{ZONE}-13") as at_work:
        worker = at_work.register("comes")
        job = at_work.job("half", headcount=2)
        at_work.accept(worker, job)
        path = f"/api/station/jobs/{job}"
        at_work.wait(path, lambda view: view["bookings"])
        at_work.command(f"{path}/amendment", {"expires_at": time.time_ns() // 1_000_000 + 1_000})
        seen = at_work.wait(path, lambda view: view["job"]["status"] == "expired")
        assert [one["status"] for one in seen["bookings"]] == ["confirmed"]
        with terminal(at_work, browser, f"/station#jobs/{job}") as page:
            expect(page.locator(".beside")).to_contain_text("已过期")
            press(page, page.locator(".danger"))
            page.wait_for_timeout(BETWEEN_MS)
            page.keyboard.press("Enter")
            expect(page.locator(".beside")).to_contain_text("已取消", timeout=LONG_MS)
            expect(page.locator(".danger")).to_have_count(0)
        [booking] = at_work.see(path)["bookings"]
        assert (booking["status"], booking["reason"]) == ("cancelled", "job_cancelled")
