"""A station's screen in the hall: by touch alone, large, read aloud, nothing personal."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.at_work import ZONE, AtWork, terminal
from tests.browser.engine import RunningEngine
from tests.browser.watching import VOICES, check_accessible, check_fits, shoot

pytestmark = pytest.mark.browser

LONG_MS = 60_000
SCREEN = {"width": 1080, "height": 1500}
SMALL = {"width": 1024, "height": 768}


def test_it_shows_jobs_by_touch_large_read_aloud_and_nothing_personal(
    engine: RunningEngine, browser: Browser
) -> None:
    place = {"lat": 29.47, "lon": 103.35, "name": "龙门乡"}
    touch = {"has_touch": True, "size": SCREEN, "script": VOICES}
    with AtWork(engine, f"{ZONE}-13") as at_work:
        worker = at_work.register("waits", channels=["screen"], place=place)
        job = at_work.job("woods", place=place, title="护林/小工", perks=["meal"])
        with terminal(at_work, browser, "/station?kiosk&idle=20000", **touch) as page:
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
            [said] = page.evaluate("window.said")
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
            # Nobody touches it any more.
            expect(page.locator(".tiles")).to_be_visible(timeout=LONG_MS)
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
            said = page.evaluate("window.said")[-1]
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


def test_a_job_that_is_gone_while_somebody_reads_of_it_goes(
    engine: RunningEngine, browser: Browser
) -> None:
    with AtWork(engine, f"{ZONE}-12") as at_work:
        job = at_work.job("gone", title="采茶")
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
        job = at_work.job("tea", title="采茶")
        options = {"refusals": (401,), "size": SCREEN}
        with terminal(at_work, browser, "/station?kiosk&idle=1000", **options) as page:
            tile = page.locator(f"[data-job={job}]")
            expect(tile).to_be_visible(timeout=LONG_MS)
            page.context.clear_cookies()
            expect(page.locator("#key")).to_be_visible(timeout=LONG_MS)
            expect(page.locator("#trouble")).to_be_hidden()
            expect(page.locator("#what")).not_to_contain_text("看详情")
            page.wait_for_timeout(2_000)  # longer than a screen waits that nobody touches
            expect(tile).to_have_count(0)
            page.locator("#key").fill(at_work.key)
            page.keyboard.press("Enter")
            expect(tile).to_be_visible(timeout=LONG_MS)
            expect(page.locator("html")).to_have_class("kiosk")


def test_a_worker_signs_in_with_a_code_answers_and_is_out_when_nobody_touches_it(
    engine: RunningEngine, browser: Browser
) -> None:
    options = {"has_touch": True, "size": SMALL, "script": VOICES, "refusals": (401,)}
    with AtWork(engine, f"{ZONE}-13") as at_work:
        worker = at_work.register("guest")
        job, other = at_work.job("tea"), at_work.job("other", title="选茶工")
        path = f"/api/station/workers/{worker}"
        at_work.wait(path, lambda view: len(view["offers"]) == 2)
        with terminal(at_work, browser, "/station?kiosk&idle=15000", **options) as page:
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
            shoot(page, "kiosk-mine", whole=True)
            page.locator(".own li", has_text="选茶工").get_by_text("不去").tap()
            page.get_by_text("真的不去").tap()
            expect(page.locator(".gone")).to_have_text("记下了，不去：选茶工。", timeout=LONG_MS)
            page.get_by_text("我去").tap()
            expect(page.locator(".gone")).to_contain_text("定下了：采茶工", timeout=LONG_MS)
            page.locator(".read").tap()
            assert "已经定下" in page.evaluate("window.said")[-1]["text"]
            # Nobody touches it any more: whoever comes next sees nothing of them.
            expect(page.locator(".tiles, .empty").first).to_be_visible(timeout=LONG_MS)
            expect(page.locator("[data-own]")).to_have_count(0)
            headers = {"authorization": f"Bearer {token}"}
            matches = f"{engine.http}/api/worker/matches"
            assert httpx.get(matches, headers=headers, timeout=30).status_code == 401
            expect(page.locator("html")).to_have_class("kiosk")
        view = at_work.see(path)
        booked = [one["job_id"] for one in view["bookings"] if one["status"] == "confirmed"]
        assert booked == [job]
        assert other not in [one["job_id"] for one in view["offers"]]


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


def _numbers(view: dict[str, Any]) -> dict[str, str]:
    return {one["job_id"]: one["number"] for one in view["jobs"]}


def _touch(page: Page, digits: str) -> None:
    for digit in digits:
        page.locator(f"[data-digit='{digit}']").tap()


def _check_in_sight(page: Page) -> None:
    for key in page.locator("main button").all():
        expect(key).to_be_in_viewport(ratio=1)
