"""The worker's page on a phone, against a whole running engine: coming in, and how it looks."""

import json
import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from events.values import Interval
from tests.browser.at_work import DAY_MS, HOUR_MS, AtWork
from tests.browser.engine import RunningEngine
from tests.browser.hall_town import READS, has_read
from tests.browser.watching import (
    HOSTILE,
    PHONE,
    VOICES,
    WRITTEN,
    Watched,
    bring_into_sight,
    check_accessible,
    check_fits,
    phone,
    shoot,
)

pytestmark = pytest.mark.browser
MOST_BYTES = 100_000
SMALL: ViewportSize = {"width": 360, "height": 740}
LOST = """
window.lost = false;
const real = window.fetch;
window.fetch = async (...asked) => {
  const answer = await real(...asked);
  if (asked[0] !== '/api/session' || !window.lost) return answer;
  window.lost = false;
  throw new TypeError('lost');
};
"""
"""A line that loses the next answer to who signs in, once somebody says so."""


def test_a_link_signs_in_once_and_does_not_stay_in_the_address(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("linked")
    link = fresh.link(worker)
    with phone(browser, link, refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#desk")).to_be_visible()
        expect(page.locator("#who")).to_contain_text(worker)
        called = fresh.see(f"/api/station/workers/{worker}")["call_number"]
        expect(page.locator("#who")).to_contain_text(f"叫号 {called}")
        assert "#" not in page.url
        page.reload()
        expect(page.locator("#desk")).to_be_visible()
        # The message with the link is opened once more: the session is as good as it was.
        page.goto("about:blank")
        page.goto(link)
        expect(page.locator("#desk")).to_be_visible()
        expect(page.locator("#notice")).to_contain_text(f"这部手机还登录着：{worker}")
    with phone(browser, link, refusals=(401,)) as watched:
        told = watched.page.locator("#entrance-told")
        expect(told).to_contain_text("链接已用过")
        expect(told).to_contain_text("驿站")
        shoot(watched.page, "worker-entrance")
        check_accessible(watched.page)
        asked: list[str] = []
        watched.page.on("request", lambda request: asked.append(request.url))
        watched.page.locator("#code").fill("1234")
        watched.page.keyboard.press("Enter")
        expect(told).to_have_text("请填 8 位数字口令。")
        assert asked == []
        watched.page.locator("#language").click()
        expect(watched.page.locator("html")).to_have_attribute("lang", "en")
        watched.page.locator("#code").fill("12345678")
        watched.page.keyboard.press("Enter")
        expect(told).to_have_text(re.compile(r"^[A-Z].*\.$"))
        watched.page.locator("#code").fill(fresh.code(worker))
        watched.page.keyboard.press("Enter")
        expect(watched.page.locator("#who")).to_contain_text(worker)


def test_a_link_whose_answer_is_lost_lets_in_all_the_same(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("unheard-of")
    script = f"{LOST}window.lost = true;"
    with phone(browser, fresh.link(worker), refusals=(401,), script=script) as watched:
        expect(watched.page.locator("#desk")).to_be_visible()
        expect(watched.page.locator("#who")).to_contain_text(worker)


def test_a_code_whose_answer_is_lost_is_good_for_another_tap_and_for_a_reload(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("unheard-code")
    address = f"{fresh.engine.http}/worker"
    with phone(browser, address, refusals=(401, 404), script=LOST) as watched:
        page, told = watched.page, watched.page.locator("#entrance-told")
        for goes_on in (page.locator("#entrance .yes").click, page.reload):
            page.locator("#code").fill(fresh.code(worker))
            page.evaluate("window.lost = true")
            page.keyboard.press("Enter")
            expect(told).to_have_text("没有信号，还没办成。等有信号了，请再点一次。")
            page.context.clear_cookies()  # they came with the answer
            goes_on()
            expect(page.locator("#who")).to_contain_text(worker)
            page.context.clear_cookies()
            page.reload()
            expect(page.locator("#entrance")).to_be_visible()
            assert page.evaluate("sessionStorage.length") == 0


def test_a_link_that_is_opened_where_the_page_is_open_already_lets_in(
    fresh: AtWork, browser: Browser
) -> None:
    first, second = fresh.register("tab-1"), fresh.register("tab-2")
    used = fresh.link(first)
    with phone(browser, used, refusals=(401,)) as watched:
        expect(watched.page.locator("#who")).to_contain_text(first)
    with phone(browser, used, refusals=(401, 404)) as watched:
        page = watched.page
        expect(page.locator("#entrance-told")).to_contain_text("链接已用过")
        for worker in (first, second):  # at the entrance, and over somebody's session
            page.evaluate("link => setTimeout(() => location.assign(link))", fresh.link(worker))
            expect(page.locator("#who")).to_contain_text(worker)
            assert "#" not in page.url


def test_a_page_that_is_loaded_again_on_a_bad_line_still_has_its_link(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("impatient")
    page_of_all = f"{fresh.engine.http}/worker"
    with phone(browser, page_of_all, refusals=(401, 404, 503)) as watched:
        page = watched.page
        page.goto("about:blank")
        page.route(
            "**/api/session", lambda route: route.fulfill(status=503, json={"title": "nobody"})
        )
        page.goto(fresh.link(worker))
        expect(page.locator("#connecting")).to_be_visible()
        page.reload()
        expect(page.locator("#connecting")).to_be_visible()
        page.unroute("**/api/session")
        expect(page.locator("#who")).to_contain_text(worker)
        expect(page.locator("#connecting")).to_be_hidden()


def test_another_card_is_read_at_once_and_signing_out_is_silence(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("listening")
    for title in ("采茶工", "保洁"):
        fresh.job(f"read-{ord(title[0])}", title=title)
    with phone(browser, fresh.link(worker), refusals=(401,), script=READS) as watched:
        page = watched.page
        keys = [page.locator("#offers li", has_text=one).locator(".aloud") for one in ("采", "保")]
        for number, key in enumerate(keys):
            key.tap()
            has_read(page, number + 1)
            page.evaluate("n => utterances[n].dispatchEvent(new Event('start'))", number)
            expect(key).to_have_text("不读了")
        expect(keys[0]).to_have_text("读给我听")
        first, second = (said["text"] for said in page.evaluate("said"))
        assert ("采茶工" in first, "保洁" in second) == (True, True)
        bring_into_sight(keys[0])
        shoot(page, "worker-reading")
        check_accessible(page)
        before = page.evaluate("hushed")
        page.locator("#me button", has_text="退出").click()
        page.locator("#me button", has_text="是，退出").click()
        expect(page.locator("#entrance")).to_be_visible()
        assert page.evaluate("hushed") == before + 1


def test_a_notice_that_stays_is_not_read_out_again(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("noticed")
    link = fresh.link(worker)
    with phone(browser, link, refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#desk")).to_be_visible()
        page.goto("about:blank")
        page.goto(link)
        expect(page.locator("#notice")).to_contain_text("还登录着")
        page.evaluate(f"() => {{ {WRITTEN} }}")
        for count in (1, 2):  # what is told is drawn anew with each
            fresh.job(f"noticed-{count}")
            expect(page.locator("#offers [data-offer]")).to_have_count(count)
        assert page.evaluate("written") == []
        page.locator("#offers .yes").first.click()
        expect(page.locator("#notice")).to_contain_text("定了")
        assert page.evaluate("written").count("") == 1


def test_a_phone_that_is_handed_on_shows_nothing_of_who_has_left(
    fresh: AtWork, browser: Browser
) -> None:
    first, second = fresh.register("first"), fresh.register("second")
    job = fresh.job("shared")
    fresh.accept(first, job)
    with phone(browser, fresh.link(first), refusals=(401, 404, 503)) as watched:
        page = watched.page
        expect(page.locator("#bookings")).to_contain_text("采茶工")
        page.get_by_role("button", name="退出", exact=True).click()
        page.get_by_role("button", name="是，退出").click()
        code = page.locator("#code")
        expect(code).to_be_visible()
        page.route(
            "**/api/worker/matches", lambda route: route.fulfill(status=503, json={"title": "x"})
        )
        code.fill(fresh.code(second))
        page.keyboard.press("Enter")
        expect(page.locator("#line")).to_be_visible()
        assert first not in page.content()
        assert "采茶工" not in page.content()
        page.unroute("**/api/worker/matches")
        expect(page.locator("#who")).to_contain_text(second)


def test_a_job_that_names_a_worker_is_there_at_once_though_nobody_asks_them(
    fresh: AtWork, browser: Browser
) -> None:
    """Whoever has three offers open is not asked for more; what fits them is shown all the same."""
    worker = fresh.register("popular")
    for number in range(3):
        fresh.job(f"asked-{number}")
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        page = watched.page
        expect(page.locator("#offers [data-offer]")).to_have_count(3)
        expect(page.locator("#matches .empty")).to_be_visible()
        job = fresh.job("named")
        card = page.locator(f"#matches [data-job='{job}']")
        expect(card).to_be_visible()
        expect(page.locator("#news li").first).to_contain_text("有适合您的活儿：采茶工")
        bring_into_sight(card)
        shoot(page, "worker-matches")


def test_every_day_one_agrees_to_is_shown_or_opened(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("many-days")
    first = Interval(start=fresh.morning, end=fresh.morning + 8 * HOUR_MS)
    fresh.job("week", shifts=[shifted(first, n) for n in range(6)])

    def longer(route: Route) -> None:
        given = route.fetch(max_retries=3)
        view = given.json()
        view["terms"][0]["shifts"] = [shifted(first, n) for n in range(9)]
        noon = fresh.morning + 5 * HOUR_MS - DAY_MS  # before the first shift; never midnight
        view["offers"][0]["expires_at"] = noon
        view["now"] = noon - 29 * 60_000
        route.fulfill(response=given, json=view)

    with Watched(browser, fresh.link(worker), size=SMALL, refusals=(401,)) as watched:
        page, card = watched.page, watched.page.locator("#offers [data-offer]")
        days = card.locator("[data-fact=time] p")
        expect(days).to_have_count(6)
        page.route("**/api/worker/matches", longer)
        page.reload()
        expect(card.locator(".by")).to_contain_text(re.compile(r"请在 今天 \d\d:\d\d 前答复"))
        expect(card.locator(".by")).to_contain_text("（还有 29 分钟）")
        expect(days.nth(8)).to_be_hidden()
        card.locator("summary").click()
        expect(days.nth(8)).to_be_visible()
        bring_into_sight(card.locator("summary"))
        shoot(page, "worker-many-days")
        check_accessible(page)
        assert too_small(page) == []


def shifted(first: Interval, days: int) -> dict[str, int]:
    return {"start": first.start + days * DAY_MS, "end": first.end + days * DAY_MS}


def too_small(page: Page) -> list[str]:
    """What is less than 44 px high and yet to be tapped."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("button, summary, select, label")]
          .filter((one) => one.getClientRects().length && one.getBoundingClientRect().height < 44)
          .map((one) => one.outerHTML)"""
    )
    return found


def test_open_wage_claims_are_said_before_one_answers(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("careful")
    claim = {"claim_id": f"C-{fresh.tag}", "employer_id": fresh.employer, "amount_fen": 50_000}
    fresh.command("/api/station/wage-claims", claim)
    fresh.job("doubtful")
    with phone(browser, fresh.link(worker), refusals=(401,)) as watched:
        fact = watched.page.locator("#offers [data-fact=safe]")
        expect(fact).to_have_text("有 1 件欠薪线索还没办结，先问清楚")
        expect(fact).to_have_class("warn")


def test_it_loads_in_under_100_kb(fresh: AtWork, browser: Browser) -> None:
    worker = fresh.register("light")
    fresh.job("light")
    sizes: list[int] = []
    with phone(browser, "about:blank", refusals=(401,)) as watched:
        page, watched.address = watched.page, fresh.engine.http
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
        page.goto(fresh.link(worker))
        expect(page.locator("#offers [data-offer]")).to_have_count(1)
        while len(sizes) < 15:
            page.wait_for_timeout(50)
        page.wait_for_timeout(300)
        assert sum(sizes) < MOST_BYTES


def test_what_has_not_changed_is_not_sent_again(engine: RunningEngine) -> None:
    first = httpx.get(f"{engine.http}/static/worker/main.js", timeout=30)
    same = httpx.get(str(first.url), headers={"if-none-match": first.headers["etag"]}, timeout=30)
    assert first.headers["cache-control"] == "no-cache"
    assert (same.status_code, same.content) == (304, b"")


def test_hostile_words_are_only_words(fresh: AtWork, browser: Browser) -> None:
    """The API refuses them, but any Kafka client may have sent them."""
    worker = fresh.register("hostile")
    fresh.job("hostile")
    with phone(browser, "about:blank", refusals=(401,)) as watched:
        page = watched.page

        def spoil(route: object) -> None:
            answer = route.fetch(max_retries=3)  # type: ignore[attr-defined]
            view = answer.json()
            for job in view["jobs"]:
                job["title"], job["place"] = HOSTILE, HOSTILE
            for terms in view["terms"]:
                terms["employer_id"] = HOSTILE
            view["station_name"] = {"zh-CN": HOSTILE, "en": HOSTILE}
            route.fulfill(response=answer, body=json.dumps(view))  # type: ignore[attr-defined]

        watched.address = fresh.engine.http
        page.route("**/api/worker/matches", spoil)
        page.goto(fresh.link(worker))
        expect(page.locator("#offers h3")).to_have_text(HOSTILE)
        expect(page.locator("#offers [data-fact=employer]")).to_contain_text(HOSTILE)
        assert page.locator("main img").count() == 0
        check_fits(page)


def test_it_is_read_by_keyboard_in_english_in_the_dark_and_large(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("large")
    fresh.job("large")
    half = {"width": 195, "height": 422}
    with Watched(
        browser,
        fresh.link(worker).replace("/worker#", "/worker?lang=en#"),
        size=half,  # type: ignore[arg-type]
        refusals=(401,),
        device_scale_factor=2,
        color_scheme="dark",
    ) as watched:
        page = watched.page
        expect(page.locator("#offers .yes")).to_have_text("I will come")
        check_fits(page)
        check_accessible(page)
        page.set_viewport_size(PHONE)
        shoot(page, "worker-dark-english")
        check_accessible(page)
        for _ in range(3):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.className") == "yes":
                break
        page.keyboard.press("Enter")
        expect(page.locator("#bookings .status")).to_have_text("booked")


def test_a_card_says_and_reads_aloud_what_speaks_for_the_work_and_what_does_not(
    fresh: AtWork, browser: Browser
) -> None:
    worker = fresh.register("listening")
    fresh.job("read")

    def farther(route: Route) -> None:
        given = route.fetch(max_retries=3)
        view = given.json()
        reasons = [("near", 0.2), ("long_shift", -0.1), ("pickup", 0.1)]
        told = [{"code": code, "contribution": effect} for code, effect in reasons]
        for terms in view["terms"]:
            terms.update(distance_km=km, reasons=told)
        route.fulfill(response=given, json=view)

    km = 6.9
    with phone(browser, "about:blank", refusals=(401,), script=VOICES) as watched:
        page = watched.page
        watched.address = fresh.engine.http
        page.route("**/api/worker/matches", farther)
        page.goto(fresh.link(worker))
        why = page.locator("#offers .why")
        expect(why).to_have_text(["为什么找您路程合适有接送", "不太合适的地方一班时间长"])
        page.locator("#offers .aloud").tap()
        said = has_read(page, 1)
        assert (said["lang"], said["voice"]) == ("zh-CN", "a Chinese voice")
        for part in ("采茶工", "160 元每天", "公里", "07:00 到 17:00", "包吃", "没有查到拖欠工钱"):
            assert part in said["text"]
        assert "为什么找您，路程合适，有接送。不太合适的地方，一班时间长。" in said["text"]
        km = 0.4
        page.reload()
        expect(page.locator("#offers [data-fact=place]")).to_contain_text("就在附近")
        expect(page.locator("#offers .why").first).to_contain_text("离家近")
