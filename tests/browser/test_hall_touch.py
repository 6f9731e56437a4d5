"""The hall by touch alone: wishes, pages, a job read aloud, a number typed; nobody is ever stuck.

A real gateway over what the real projector makes of a market's log, at a time of its own.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from gateway.hall import MOST_SHOWN
from tests.browser.hall_town import (
    COMES,
    IDLE,
    JOBS,
    LANDSCAPE,
    LATE,
    NOBODY,
    READS,
    UNPAID,
    WORKER,
    call,
    hall,
    has_read,
    job,
    log_of,
    on_its_page,
    shows,
    small_targets,
    titles,
    wish,
)
from tests.browser.watching import (
    DESK,
    HOSTILE,
    ZOOMED,
    check_accessible,
    check_fits,
    shoot,
    spoil,
)
from tests.gateway.serving import serving
from tests.projecting import project
from tests.town import HOUR

pytestmark = pytest.mark.browser

SCREENS = ((720, 1000), (1024, 768), (1080, 1500), (1280, 800), (1366, 768), (1920, 1080))

SMALLEST_ROW = 1024
ROWS = """() => new Set(Array.from(document.querySelectorAll(".turning > *"), (one) => {
  const { top, bottom } = one.getBoundingClientRect();
  return Math.round((top + bottom) / 2);
})).size"""
"""In how many rows the keys at the end of the page stand."""


@pytest.fixture
def address(redis_url: str) -> Iterator[str]:
    log = log_of([*JOBS, *UNPAID, WORKER])
    project(redis_url, log)
    call(redis_url, log)
    with serving(redis_url) as found:
        yield found


def test_wishes_by_large_buttons_say_what_they_leave(browser: Browser, address: str) -> None:
    with hall(browser, address, script=READS) as page:
        shoot(page, "kiosk")
        expect(page.locator(".news")).to_contain_text("号：有新邀约")
        expect(wish(page, "all")).to_contain_text("11")
        assert titles(page)[0] == "采茶工"  # the nearest, and the older is after it
        wish(page, "today").tap()
        shows(page, "装卸工", "工地小工")
        expect(wish(page, "today")).to_have_attribute("aria-pressed", "true")
        wish(page, "tomorrow").tap()
        shows(page, "采茶工", "果园除草", "摘草莓", "餐馆洗碗工")
        wish(page, "perks").tap()
        shows(page, "采茶工", "餐馆洗碗工")
        wish(page, "near").tap()
        shows(page, "采茶工")
        expect(wish(page, "near")).to_contain_text("1")
        expect(wish(page, "perks")).to_contain_text("1")
        expect(wish(page, "today").locator("small")).to_have_text("1")
        # What is left of other kinds of work is none: one is told so, and gets out again.
        wish(page, "work").tap()
        expect(page.locator("[data-work=hospitality] small")).to_have_text("0")
        shoot(page, "kiosk-work")
        check_accessible(page)
        assert small_targets(page) == []
        page.locator("[data-work=hospitality]").tap()
        expect(page.locator(".nothing")).to_contain_text("眼下没有这样的活儿")
        shoot(page, "kiosk-nothing")
        page.locator(".nothing button").tap()
        expect(wish(page, "all")).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".nothing")).to_have_count(0)
        wish(page, "work").tap()
        page.locator("[data-work=farm]").tap()
        expect(wish(page, "work")).to_have_text("农活")
        assert "采茶工" in titles(page)
        assert "工地小工" not in titles(page)


def test_a_job_reads_itself_aloud_says_what_to_do_next_and_is_silent_when_told(
    browser: Browser, address: str
) -> None:
    with hall(browser, address, script=READS) as page:
        on_its_page(page, "[data-job=J-hotel]").tap()
        expect(page.locator("main h2")).to_have_text("酒店客房服务员")
        number = page.locator(".ask b").inner_text()
        assert len(number) == 4
        said = has_read(page, 1)
        for part in (
            "酒店客房服务员。135 元每天，日结",
            "3月18日",
            "09:00到18:00",
            "黄湾镇山门酒店，离这里约 9.6 公里",
            "包餐，包住，工伤/意外保险",
            "还缺 1 人",
            "要有证书：健康证，要年满 18 岁",
            "没有因欠薪被停招",
            f"请到柜台登记，说编号 {' '.join(number)}",
        ):
            assert part in said["text"], said["text"]
        shoot(page, "kiosk-job")
        check_accessible(page)
        assert small_targets(page) == []
        read = page.locator(".read")
        expect(read).to_have_text("不读了")
        before = page.evaluate("window.hushed")
        read.tap()
        expect(read).to_have_text("读给我听")
        assert page.evaluate("window.hushed") > before
        read.tap()
        expect(read).to_have_text("不读了")
        # The end of what was read before is not the end of what is read now.
        page.evaluate("utterances[0].dispatchEvent(new Event('error'))")
        expect(read).to_have_text("不读了")
        page.evaluate("utterances[1].dispatchEvent(new Event('end'))")
        expect(read).to_have_text("读给我听")
        # In another language it begins again; going back is silence.
        read.tap()
        page.locator("#language").tap()
        expect(page.locator(".read")).to_have_text("Stop")
        assert has_read(page, 4)["lang"] == "en"
        before = page.evaluate("window.hushed")
        page.locator("main .back").tap()
        expect(page.locator("[data-job=J-hotel]")).to_be_focused()
        assert page.evaluate("window.hushed") > before


def test_without_a_voice_it_says_so_and_wages_unpaid_are_told(
    browser: Browser, address: str
) -> None:
    with hall(browser, address, size=LANDSCAPE) as page:
        tile = page.locator("[data-job=J-load]")
        expect(tile).to_contain_text("欠薪停招")
        shoot(page, "kiosk-wide")
        tile.tap()
        expect(page.locator("[data-fact=warn]")).to_contain_text("拖欠工钱，已被暂停招工")
        expect(page.locator(".silent")).to_contain_text("不会读出声")
        expect(page.locator(".read")).to_have_count(0)
        shoot(page, "kiosk-silent")
        page.locator("main .back").tap()
        on_its_page(page, "[data-job=J-days]").tap()
        expect(page.locator("[data-fact=time]")).to_contain_text("3 班")
        expect(page.locator("[data-fact=perks]")).to_contain_text("不包吃住")


def test_pages_are_turned_by_large_keys_and_what_is_not_shown_is_told_of(
    browser: Browser, redis_url: str
) -> None:
    many = [job(f"{n}", f"采茶工{n}", 150, 1) for n in range(MOST_SHOWN + 7)]
    project(redis_url, log_of(many))
    with serving(redis_url) as address, hall(browser, address) as page:
        expect(page.locator(".more")).to_have_text("还有 7 个活儿，请到柜台问。")
        expect(page.locator(".pages")).to_contain_text("第 1 页")
        shown = len(titles(page))
        assert shown >= 6
        heights = "[document.documentElement.scrollHeight, innerHeight]"
        whole, seen = page.evaluate(heights)
        assert whole <= seen  # nothing to push
        first = titles(page)[0]
        expect(page.locator(".before")).to_be_disabled()
        page.locator(".after").tap()
        expect(page.locator(".pages")).to_contain_text("第 2 页")
        assert first not in titles(page)
        assert len(titles(page)) == shown
        shoot(page, "kiosk-pages")
        page.locator(".tile").nth(1).tap()
        page.locator("main .back").tap()
        expect(page.locator(".pages")).to_contain_text("第 2 页")
        page.locator(".before").tap()
        expect(page.locator(".tile b").first).to_have_text(first)
        # A screen turned round shows as many as it has room for.
        page.set_viewport_size({"width": 1366, "height": 768})
        expect(page.locator(".tile")).not_to_have_count(shown)
        whole, seen = page.evaluate(heights)
        assert whole <= seen
        shoot(page, "kiosk-small")


def test_a_job_is_found_by_its_number_by_touch_and_by_keyboard(
    browser: Browser, address: str
) -> None:
    with hall(browser, address) as page:
        on_its_page(page, "[data-job=J-tea]").tap()
        number = page.locator(".ask b").inner_text()
        page.locator("main .back").tap()
        page.locator(".by-number").tap()
        shoot(page, "kiosk-find")
        check_accessible(page)
        assert small_targets(page) == []
        for digit in "9998":
            page.locator(f"[data-digit='{digit}']").tap()
        expect(page.locator(".gone")).to_contain_text("没有编号 9998 的活儿")
        for digit in number[:3]:
            page.locator(f"[data-digit='{digit}']").tap()
        expect(page.locator(".gone")).to_have_count(0)
        page.locator(".keypad").get_by_text("退一格").tap()
        expect(page.locator(".digits")).to_have_text(f"{number[:2]}··")
        page.keyboard.type(number[2:])
        expect(page.locator("main h2")).to_have_text("采茶工")
        page.keyboard.press("Escape")
        expect(page.locator(".tiles")).to_be_visible()
        # All of it without a finger.
        page.locator("[data-job=J-wall]").focus()
        page.keyboard.press("Enter")
        expect(page.locator("main h2")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("[data-job=J-wall]")).to_be_focused()


def test_whoever_listens_is_not_cut_short_and_nobody_listens_for_ever(
    browser: Browser, address: str
) -> None:
    with hall(browser, address, script=READS + IDLE, query="&idle=7777") as page:
        title, tiles = page.locator("main h2"), page.locator(".tiles")
        page.locator("[data-job=J-tea]").tap()
        expect(page.locator(".read")).to_have_text("不读了")
        for _ in range(2):
            page.evaluate(NOBODY)
            assert title.inner_text() == "采茶工"
        page.evaluate(NOBODY)
        expect(tiles).to_be_visible()
        page.locator("[data-job=J-tea]").tap()
        has_read(page, 2)
        page.evaluate("utterances[1].dispatchEvent(new Event('end'))")
        page.evaluate(NOBODY)
        expect(tiles).to_be_visible()


def test_a_language_without_a_voice_is_shown_and_not_read(browser: Browser, address: str) -> None:
    with hall(browser, address, script=READS) as page:
        page.locator("[data-job=J-tea]").tap()
        expect(page.locator(".read")).to_have_text("不读了")
        only = "speechSynthesis.getVoices = () => [{lang: 'zh-CN', name: 'a Chinese voice'}]"
        page.evaluate(only)
        before = page.evaluate("window.hushed")
        page.locator("#language").tap()
        expect(page.locator("main .back")).to_have_text("Back")
        expect(page.locator(".silent")).to_be_visible()
        assert page.evaluate("window.hushed") > before
        assert len(page.evaluate("window.said")) == 1


def test_a_job_opened_before_the_voices_came_is_read_when_they_have(
    browser: Browser, address: str
) -> None:
    with hall(browser, address, script=LATE) as page:
        page.locator("[data-job=J-tea]").tap()
        expect(page.locator(".silent")).to_be_visible()
        page.evaluate(COMES)
        expect(page.locator(".read")).to_have_text("不读了")
        assert len(page.evaluate("window.said")) == 1
        # Another voice that comes is no reason to begin again, nor is one after the job was left.
        page.evaluate(COMES)
        page.locator("main .back").tap()
        page.evaluate(COMES)
        expect(page.locator(".tiles")).to_be_visible()
        assert len(page.evaluate("window.said")) == 1


def test_the_halls_language_comes_back_when_there_is_a_line_again(
    browser: Browser, address: str
) -> None:
    options = {"script": IDLE, "query": "&idle=7777", "refusals": (503,)}
    with hall(browser, address, **options) as page:
        page.locator("#language").tap()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.route("**/api/texts?*", lambda route: route.fulfill(status=503, json={}))
        before = page.evaluate("idle.length")
        with page.expect_response("**/api/texts?*"):
            page.evaluate(NOBODY)
        page.wait_for_function(f"() => idle.length === {before}")
        page.unroute("**/api/texts?*")
        page.evaluate(NOBODY)
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_whoever_walks_away_leaves_the_start_behind(browser: Browser, address: str) -> None:
    with hall(browser, address, script=READS + IDLE, query="&idle=7777") as page:
        for leave in ("[data-job=J-tea]", ".by-number", "[data-wish=work]"):
            page.locator(leave).tap()
            expect(page.locator("main h2[tabindex]")).to_be_visible()
            has_read(page, 1)  # the job alone
            page.evaluate("utterances.forEach((one) => one.dispatchEvent(new Event('end')))")
            page.evaluate(NOBODY)
            expect(page.locator(".tiles .tile").first).to_be_visible()
        wish(page, "today").tap()
        page.locator("#language").tap()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.evaluate(NOBODY)
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        expect(wish(page, "all")).to_have_attribute("aria-pressed", "true")
        expect(wish(page, "today")).to_contain_text("今天")


def test_without_a_line_one_can_go_on_and_what_has_begun_goes(
    browser: Browser, address: str
) -> None:
    with hall(browser, address, refusals=(503,)) as page:
        page.route("**/api/station/kiosk", lambda route: route.fulfill(status=503, json={}))
        expect(page.locator("#trouble")).to_contain_text("连接中断")
        wish(page, "today").tap()
        page.locator("[data-job=J-wall]").tap()
        expect(page.locator("main h2")).to_have_text("工地小工")
        page.evaluate(f"() => {{ const now = Date.now; Date.now = () => now() + {2 * HOUR}; }}")
        expect(page.locator(".gone")).to_contain_text("“工地小工”刚刚没有了")
        expect(page.locator(".news")).to_have_count(0)  # the time to answer is up, too
        expect(page.locator("[data-job=J-wall]")).to_have_count(0)
        page.unroute("**/api/station/kiosk")
        expect(page.locator("#trouble")).to_be_hidden()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_at_twice_the_size_everything_is_there(
    browser: Browser, address: str, language: str
) -> None:
    half = {"width": 540, "height": 750}
    for size in (half, ZOOMED, DESK):
        with hall(browser, address, size=size, query=f"&lang={language}") as page:
            check_fits(page)
            check_accessible(page)
            assert small_targets(page) == []
            shoot(page, f"kiosk-{language}-{size['width']}")
            for room in ("[data-wish=work]", ".by-number", "[data-job=J-hotel]"):
                on_its_page(page, room).tap()
                check_fits(page)
                shoot(page, f"kiosk-{language}-{size['width']}-{room.strip('.[]').split('=')[-1]}")
                page.locator("main .back").tap()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_nothing_of_a_job_is_cut_on_the_screens_there_are(
    browser: Browser, redis_url: str, language: str
) -> None:
    """Words for what is included stand where they fit; drawings where they would be cut."""
    full: dict[str, Any] = {"perks": ("meal", "lodging", "pickup")}
    project(redis_url, log_of([*JOBS, job("full", "酒店帮厨", 150, 1, **full)]))
    with serving(redis_url) as gateway:
        for width, height in SCREENS:
            size = {"width": width, "height": height}
            with hall(browser, gateway, size=size, query=f"&lang={language}") as page:
                perks = on_its_page(page, "[data-job=J-full] .pay")
                assert perks.evaluate("one => one.scrollWidth <= one.clientWidth"), size
                expect(perks).to_contain_text("接送" if language == "zh-CN" else "pick-up")
                fits = "() => document.documentElement.scrollHeight <= innerHeight"
                assert page.evaluate(fits), size
                check_accessible(page)
                shoot(page, f"kiosk-perks-{language}-{width}")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_keys_stand_in_one_row_where_there_is_room(
    browser: Browser, address: str, language: str
) -> None:
    """A second row would be below the screen, or push jobs off it."""
    for width, height in (screen for screen in SCREENS if screen[0] >= SMALLEST_ROW):
        size = {"width": width, "height": height}
        with hall(browser, address, size=size, query=f"&lang={language}") as page:
            assert page.locator(".turning > *").count() == 5
            assert page.evaluate(ROWS) == 1, size
            fits = "() => document.documentElement.scrollHeight <= innerHeight"
            assert page.evaluate(fits), size


def test_what_has_not_changed_is_not_sent_to_a_screen_again(browser: Browser, address: str) -> None:
    sizes: list[int] = []
    with hall(browser, address) as page:
        with page.expect_request("**/kiosk") as again:  # not that of the tiles, which may still end
            pass
        answer = again.value.response()
        assert answer is not None
        answer.finished()
        sizes.append(again.value.sizes()["responseBodySize"])
        assert msgspec.json.decode(answer.body())["jobs"]
        # Loaded anew it needs the time of now, which a copy does not have.
        with page.expect_request_finished(lambda one: one.url.endswith("/kiosk")) as anew:
            page.reload()
        sizes.append(anew.value.sizes()["responseBodySize"])
    assert sizes[0] == 0
    assert sizes[1] > 0


def test_hostile_words_are_only_words_in_every_room(browser: Browser, address: str) -> None:
    with hall(browser, address, size=ZOOMED) as page:
        spoil(page, "**/api/station/kiosk", frozenset({"title", "place", "certificates"}))
        expect(page.locator(".news li")).to_contain_text(HOSTILE)
        expect(page.locator(".tile b").first).to_have_text(HOSTILE)
        check_fits(page)
        on_its_page(page, "[data-job=J-hotel]").tap()
        expect(page.locator("main h2")).to_have_text(HOSTILE)
        expect(page.locator("[data-fact=place]")).to_contain_text(HOSTILE)
        check_fits(page)
        check_accessible(page)
        assert page.locator("main img").count() == 0
