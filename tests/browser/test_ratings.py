"""What workers say of an employer, from the first tap to the card of who comes after them."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from events.facts import WorkRated
from tests.browser.at_work import ZONE, AtWork, terminal
from tests.browser.engine import RunningEngine
from tests.browser.hall_town import has_read
from tests.browser.test_station_answers import unreachable
from tests.browser.test_station_work import LONG_MS, booked_in_time
from tests.browser.watching import (
    PRESS_TWICE,
    VOICES,
    bring_into_sight,
    check_accessible,
    check_fits,
    never,
    phone,
    shoot,
    tab_to,
)

pytestmark = pytest.mark.browser

HEIGHTS = "all => all.map((one) => one.getBoundingClientRect().height)"


def test_what_three_have_said_of_an_employer_is_read_by_the_next(
    engine: RunningEngine, browser: Browser
) -> None:
    with AtWork(engine, f"{ZONE}-09") as at_work:
        job, workers = booked_in_time(at_work, ("taps", "tells", "writes"))
        taps, tells, writes = workers
        path = f"/api/station/jobs/{job}"
        script = VOICES + never(8_000)  # a slip can be taken back for as long as one likes
        with phone(browser, at_work.link(taps), refusals=(401,), script=script) as watched:
            card = watched.page.locator("#bookings li")
            expect(card.locator(".status")).to_have_text("定了")
            expect(card.locator(".rate")).to_have_count(0)
            over(at_work, job)
            for worker in workers:
                at_work.command(f"{path}/workers/{worker}/completion", {})
            at_work.wait(path, is_done)
            watched.page.reload()  # which it would look for by itself within half a minute
            rates_on_a_phone(watched.page)
        with terminal(at_work, browser, f"/station#worker/{tells}", refusals=(503,)) as page:
            enters_it_at_the_counter(page)
        with terminal(at_work, browser) as page:
            is_not_asked_of_work_that_is_forgotten(page, writes)
        with phone(browser, at_work.link(writes), refusals=(401, 409)) as watched:
            comes_too_late(watched.page, at_work, writes)
        rated = at_work.wait(path, lambda view: view["employer_rating"])["employer_rating"]
        assert rated == {"ratings": 3, "mean": 3.7}

        new = at_work.register("next")
        later = at_work.job("later")
        with terminal(at_work, browser, f"/station#jobs/{later}") as page:
            expect(page.locator(".sheet").first).to_contain_text(
                "做过的人说：好（3.7 星，3 次评价）"
            )
            shoot(page, "rating-job-sheet")
        with phone(browser, at_work.link(new), refusals=(401,)) as watched:
            said = watched.page.locator("#offers [data-fact=stars]")
            expect(said).to_have_text("做过的人说：好（3.7 星，3 次评价）")
            bring_into_sight(said)
            shoot(watched.page, "rating-offer")
            check_accessible(watched.page)
        facts = [fact for fact in at_work.on_the_log(WorkRated) if isinstance(fact, WorkRated)]
        assert [(one.worker_id, one.rated_by, one.stars) for one in facts] == [
            (taps, "worker", 5),
            (tells, "worker", 4),
            (writes, "worker", 2),
        ]


def is_done(view: dict[str, Any]) -> bool:
    return all(one["status"] == "completed" for one in view["bookings"])


def over(at_work: AtWork, job: str) -> None:
    """The market's clock has passed the end of a job."""
    end = at_work.posting(job)["shifts"][-1]["end"]
    at_work.wait(f"/api/town?zone={ZONE}", lambda town: town["now"] > end)


def rates_on_a_phone(page: Page) -> None:
    """A slip is taken back, and then it is said, kept after a reload, and not asked again."""
    card = page.locator("#bookings li")
    buttons = card.locator(".rate button")
    expect(buttons).to_have_count(5, timeout=LONG_MS)
    assert min(buttons.evaluate_all(HEIGHTS)) >= 60
    card.locator(".aloud").tap()
    said = has_read(page, 1)
    assert "这家用人方怎么样？只点一次。很好，好，一般，不好，很差" in said["text"]
    check_fits(page)
    check_accessible(page)
    bring_into_sight(card.locator(".rate"))
    shoot(page, "rating-asked")
    card.get_by_role("button", name="很差").tap()
    expect(card.locator(".state")).to_have_text("记下了，马上发出")
    card.get_by_role("button", name="点错了，撤回").tap()
    card.get_by_role("button", name="很好").tap()
    expect(card.locator(".rated")).to_contain_text("您说这家用人方：很好")
    bring_into_sight(card.locator(".rated"))
    shoot(page, "rating-held")
    page.reload()  # what is held back goes out
    expect(card.locator(".rated")).to_contain_text("您说这家用人方：很好")
    expect(card.locator(".state")).to_have_count(0, timeout=LONG_MS)  # the market has it
    expect(card.locator(".rate")).to_have_count(0)
    bring_into_sight(card.locator(".rated"))
    shoot(page, "rating-given")
    check_accessible(page)


def enters_it_at_the_counter(page: Page) -> None:
    """It cannot be taken back, so it is asked twice."""
    line = page.locator(".lines li", has_text="对用人方的评价")
    good = line.get_by_role("group", name="对用人方的评价").get_by_role("button", name="4★ 好")
    tab_to(page, good)
    shoot(page, "rating-counter")
    check_accessible(page)
    page.route("**/rating", unreachable)
    assert good.evaluate(PRESS_TWICE) == "再按一次：好"
    kept = line.locator(".said", has_text="已存好")
    expect(kept).to_be_visible()
    page.reload()
    expect(kept).to_be_visible(timeout=LONG_MS)  # it still waits
    shoot(page, "rating-counter-kept")
    page.unroute("**/rating")
    expect(page.locator(".lines li", has_text="评价用人方：好")).to_be_visible(timeout=LONG_MS)
    expect(line).to_have_count(0)


def is_not_asked_of_work_that_is_forgotten(page: Page, worker: str) -> None:
    """A booking is shown for longer than its job, which takes a week: it alone is left out."""

    def without_jobs(route: Route) -> None:
        answer = route.fetch(max_retries=3)
        route.fulfill(response=answer, json=answer.json() | {"jobs": []})

    page.route(f"**/api/station/workers/{worker}", without_jobs)
    page.evaluate(f"location.hash = '#worker/{worker}'")
    line = page.locator(".lines li", has_text="已完成")
    expect(line).to_have_count(1, timeout=LONG_MS)
    expect(line.get_by_role("button")).to_have_count(0)


def comes_too_late(page: Page, at_work: AtWork, worker: str) -> None:
    """The clerk has entered another word, which a phone without news does not know."""
    good = page.locator("#bookings li").get_by_role("button", name="很好")
    expect(good).to_be_visible()
    path = f"/api/station/workers/{worker}"
    [booking] = at_work.see(path)["bookings"]
    before = page.evaluate("fetch('/api/worker/matches').then((answer) => answer.text())")
    page.route("**/api/worker/matches", lambda route: route.fulfill(json=json.loads(before)))
    at_work.command(f"{path}/offers/{booking['offer_id']}/rating", {"stars": 2})
    at_work.wait(path, lambda view: view["bookings"][0]["rated"])
    good.tap()
    told = page.locator("#notice")
    expect(told).to_have_text("没有办成：已经评价过了，只算第一次。", timeout=LONG_MS)
    page.unroute("**/api/worker/matches")
    expect(page.locator("#bookings .rated")).to_contain_text("不好", timeout=LONG_MS)
