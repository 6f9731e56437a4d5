"""A station's screen in the hall: by touch alone, large, read aloud, nothing personal."""

import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.places import known_station
from tests.browser.at_work import PATIENCE_S, ZONE, AtWork, terminal
from tests.browser.engine import RunningEngine
from tests.browser.hall_town import IDLE, NOBODY, has_read
from tests.browser.watching import VOICES, check_accessible, check_fits, shoot

pytestmark = pytest.mark.browser

LONG_MS = 60_000
SCREEN = {"width": 1080, "height": 1500}
SMALL = {"width": 1024, "height": 768}
OPENED = """
window.opened = new Set();
new MutationObserver(() => {
  for (const one of document.querySelectorAll("main h2")) opened.add(one.textContent);
}).observe(document, { childList: true, subtree: true });
"""
"""Keeps what was opened, which a screen that nobody touches may have left again."""


def test_it_shows_jobs_by_touch_large_read_aloud_and_nothing_personal(
    engine: RunningEngine, browser: Browser
) -> None:
    place = {"lat": 29.47, "lon": 103.35, "name": "龙门乡"}
    touch = {"has_touch": True, "size": SCREEN, "script": VOICES + IDLE}
    with AtWork(engine, f"{ZONE}-13") as at_work:
        worker = at_work.register("waits", channels=["screen"], place=place)
        job = at_work.job("woods", place=place, title="护林/小工", perks=["meal"])
        with terminal(at_work, browser, "/station?kiosk&idle=7777", **touch) as page:
            news = page.locator(".news")
            called = at_work.see(f"/api/station/workers/{worker}")["call_number"]
            expect(news).to_contain_text(f"{called} 号：有新邀约，护林/小工", timeout=LONG_MS)
            assert worker not in page.content()
            check_accessible(page)
            shoot(page, "kiosk")
            page.locator(f"[data-job={job}]").tap()
            expect(page.locator("main h2")).to_have_text("护林/小工")
            sizes = page.evaluate(
                "Array.from(document.querySelectorAll('main *'), "
                "(one) => parseFloat(getComputedStyle(one).fontSize))"
            )
            assert min(sizes) >= 24
            said = has_read(page, 1)
            assert (said["lang"], said["voice"]) == ("zh-CN", "a Chinese voice")
            for part in (
                "护林/小工。160 元每天",
                "龙门乡，就在附近",
                "07:00到17:00",
                "要 1 人，还缺 1 人",
                "包餐",
                "请到柜台登记",
            ):
                assert part in said["text"]
            page.locator(".read").tap()
            expect(page.locator(".read")).to_have_text("读给我听")
            page.evaluate(NOBODY)
            expect(page.locator(".tiles")).to_be_visible()
            expect(page.locator("main .back")).to_have_count(0)
            page.locator("#language").tap()
            expect(page.locator("#place")).to_have_text("Longmen Township gig station")
            expect(page.locator("main form")).to_have_count(0)  # the desk's
            tile = page.locator(f"[data-job={job}]")
            tile.evaluate("one => { window.tile = one; }")
            with page.expect_response("**/api/station/kiosk"):
                pass
            assert page.evaluate("window.tile.isConnected")  # not drawn anew under a finger
            tile.tap()
            said = has_read(page, 2)
            assert (said["lang"], said["voice"]) == ("en", "an English voice")
            for part in ("¥160 a day", "close by", "1 wanted", "meal", "come to the counter"):
                assert part in said["text"]
            page.locator(".back").tap()
            expect(page.locator(".tiles")).to_be_visible()
            # Without a voice for the language nothing offers to read.
            page.evaluate("speechSynthesis.getVoices = () => [{lang: 'fr-FR', name: 'a voice'}]")
            page.locator(f"[data-job={job}]").tap()
            expect(page.locator("main h2")).to_be_visible()
            expect(page.locator(".read")).to_have_count(0)
            page.set_viewport_size({"width": 540, "height": 750})
            check_fits(page)


def test_what_nobody_touches_any_more_begins_anew_by_itself(
    engine: RunningEngine, browser: Browser
) -> None:
    with AtWork(engine, f"{ZONE}-12") as at_work:
        job = at_work.job("left", title="采茶", place=_here(at_work))
        options = {"has_touch": True, "size": SCREEN, "script": OPENED}
        with terminal(at_work, browser, "/station?kiosk&idle=500", **options) as page:
            page.locator(f"[data-job={job}]").tap()
            page.wait_for_function("() => opened.has('采茶')")
            expect(page.locator(".tiles")).to_be_visible()


def test_a_job_that_is_gone_while_somebody_reads_of_it_goes(
    engine: RunningEngine, browser: Browser
) -> None:
    with AtWork(engine, f"{ZONE}-12") as at_work:
        job = at_work.job("gone", title="采茶", place=_here(at_work))
        with terminal(at_work, browser, "/station?kiosk", size=SCREEN) as page:
            page.locator(f"[data-job={job}]").click(timeout=LONG_MS)
            expect(page.locator("main h2")).to_have_text("采茶")
            at_work.command(f"/api/station/jobs/{job}/cancellation", {})
            expect(page.locator("main .back")).to_have_count(0, timeout=LONG_MS)
            expect(page.locator(f"[data-job={job}]")).to_have_count(0)


def test_a_screen_whose_session_has_ended_shows_no_old_jobs_and_asks_to_sign_in(
    engine: RunningEngine, browser: Browser
) -> None:
    with AtWork(engine, f"{ZONE}-12") as at_work:
        job = at_work.job("tea", title="采茶", place=_here(at_work))
        options = {"refusals": (401,), "size": SCREEN}
        with terminal(at_work, browser, "/station?kiosk&idle=500", **options) as page:
            tile = page.locator(f"[data-job={job}]")
            expect(tile).to_be_visible(timeout=LONG_MS)
            page.context.clear_cookies()
            expect(page.locator("#key")).to_be_visible(timeout=LONG_MS)
            expect(page.locator("#trouble")).to_be_hidden()
            expect(page.locator("#what")).not_to_contain_text("看详情")
            page.wait_for_timeout(1_000)  # longer than a screen waits that nobody touches
            expect(tile).to_have_count(0)
            page.locator("#key").fill(at_work.key)
            page.keyboard.press("Enter")
            expect(tile).to_be_visible(timeout=LONG_MS)
            expect(page.locator("html")).to_have_class("kiosk")


def test_a_worker_signs_in_with_a_code_answers_and_is_out_when_nobody_touches_it(
    engine: RunningEngine, browser: Browser
) -> None:
    options = {"has_touch": True, "size": SMALL, "script": VOICES + IDLE, "refusals": (401,)}
    with AtWork(engine, f"{ZONE}-13") as at_work:
        worker = at_work.register("guest")
        job, other = at_work.job("tea"), at_work.job("other", title="选茶工")
        path = f"/api/station/workers/{worker}"
        at_work.wait(path, lambda view: len(view["offers"]) == 2)
        with terminal(at_work, browser, "/station?kiosk&idle=7777", **options) as page:
            page.locator(".mine").tap(timeout=LONG_MS)
            _touch(page, "00000000")
            expect(page.locator(".gone")).to_contain_text("口令不对")
            _check_in_sight(page)
            with page.expect_response("**/api/session/guest") as answered:
                _touch(page, at_work.code(worker))
            token = answered.value.json()["token"]
            expect(page.locator("[data-own]")).to_have_count(2)
            assert worker not in page.content()
            check_accessible(page)
            check_fits(page)
            # What a yes is for, and the way out, however long the list is.
            expect(page.locator(".own .given").first).to_have_text("日结 · 包餐 · 接送")
            expect(page.locator(".leave")).to_be_in_viewport(ratio=1)
            shoot(page, "kiosk-mine", whole=True)
            page.locator(".own li", has_text="选茶工").get_by_text("不去").tap()
            page.get_by_text("真的不去").tap()
            expect(page.locator(".gone")).to_have_text("记下了，不去：选茶工。", timeout=LONG_MS)
            page.get_by_text("我去").tap()
            expect(page.locator(".gone")).to_contain_text("定下了：采茶工", timeout=LONG_MS)
            page.locator(".read").tap()
            assert "已经定下" in has_read(page, 1)["text"]
            # Nobody touches it any more: whoever comes next sees nothing of them.
            for _ in range(3):  # it reads, and whoever listens is there
                page.evaluate(NOBODY)
            expect(page.locator(".tiles, .empty").first).to_be_visible()
            expect(page.locator("[data-own]")).to_have_count(0)
            _wait_signed_out(f"{engine.http}/api/worker/matches", token)
            expect(page.locator("html")).to_have_class("kiosk")
        view = at_work.see(path)
        booked = [one["job_id"] for one in view["bookings"] if one["status"] == "confirmed"]
        assert booked == [job]
        assert other not in [one["job_id"] for one in view["offers"]]


def test_a_crew_leader_is_told_how_many_places_a_yes_is_for(
    engine: RunningEngine, browser: Browser
) -> None:
    options = {"has_touch": True, "size": SMALL, "script": VOICES}
    with AtWork(engine, f"{ZONE}-13") as at_work:
        leader = at_work.register(
            "leader", crew={"leader_id": f"W-{at_work.tag}-leader", "size": 3}
        )
        job = at_work.job("crew", headcount=5, accepts_crews=True)
        path = f"/api/station/workers/{leader}"
        at_work.wait(path, lambda view: view["offers"])
        with terminal(at_work, browser, "/station?kiosk", **options) as page:
            page.locator(".mine").tap(timeout=LONG_MS)
            _touch(page, at_work.code(leader))
            asked = page.locator(".own li", has_text="采茶工")
            expect(asked.locator(".crew")).to_have_text("给您的班组 3 个名额")
            page.locator(".read").tap()
            assert "给您的班组 3 个名额" in has_read(page, 1)["text"]
            asked.get_by_text("我去").tap()
            expect(page.locator(".gone")).to_contain_text("定下了：采茶工", timeout=LONG_MS)
            expect(asked.locator(".crew")).to_have_text("给您的班组 3 个名额")
        [booked] = at_work.see(path)["bookings"]
        assert (booked["job_id"], booked["places"]) == (job, 3)


def test_what_is_touched_is_in_sight_on_a_small_screen(
    engine: RunningEngine, browser: Browser
) -> None:
    """Half of the digits, the number to say and the way back were below its edge."""
    options = {"has_touch": True, "size": SMALL, "script": VOICES}
    with AtWork(engine, f"{ZONE}-12") as at_work:
        job = at_work.job("small", title="采茶")
        shown = at_work.wait("/api/station/kiosk", lambda view: job in _numbers(view))
        with terminal(at_work, browser, "/station?kiosk", **options) as page:
            for room in ("[data-wish=work]", ".mine"):
                page.locator(room).tap(timeout=LONG_MS)
                _check_in_sight(page)
                page.locator(".back").tap()
            page.locator(".by-number").tap()  # the list may have many pages of other tests' jobs
            _check_in_sight(page)
            _touch(page, _numbers(shown)[job])
            expect(page.locator(".ask b")).to_be_in_viewport(ratio=1)
            _check_in_sight(page)


def _here(at_work: AtWork) -> dict[str, Any]:
    """Where the station is: of all that other tests have posted, nothing is nearer to its hall."""
    station = known_station(at_work.station_id)
    assert station is not None
    return {"lat": station.lat, "lon": station.lon, "name": "大为镇"}


def _wait_signed_out(matches: str, token: str) -> None:
    """Wait until a token opens nothing any more: the screen does not wait for the answer."""
    end = time.monotonic() + PATIENCE_S
    headers = {"authorization": f"Bearer {token}"}
    while httpx.get(matches, headers=headers, timeout=60).status_code != 401:
        assert time.monotonic() < end, "the guest is still signed in"
        time.sleep(0.1)


def _numbers(view: dict[str, Any]) -> dict[str, str]:
    return {one["job_id"]: one["number"] for one in view["jobs"]}


def _touch(page: Page, digits: str) -> None:
    for digit in digits:
        page.locator(f"[data-digit='{digit}']").tap()


def _check_in_sight(page: Page) -> None:
    for key in page.locator("main button").all():
        expect(key).to_be_in_viewport(ratio=1)
