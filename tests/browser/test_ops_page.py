"""The operators' page in a real browser, over a whole running engine that the test feeds."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from events.facts import Fact, JobPosted, WorkerAvailable
from events.topics import EVENTS, partition_of
from events.values import Interval, Pay, Place, Skill
from producers.publisher import Publisher
from tests.browser.engine import RunningEngine
from tests.browser.watching import (
    LATER,
    LONG_MS,
    MOST_TABS,
    PHONE,
    PRESS_TWICE,
    PRESSES_AT_ONCE,
    Watched,
    bring_into_sight,
    check_accessible,
    check_fits,
    shoot,
)

pytestmark = pytest.mark.browser

HOUR = 3_600_000
ZONE, STATION = "511181", "511181-03"
"""A station where no other test is at work: they may have run before on the same engine."""
PLACE = Place(lat=28.572, lon=103.418, name="黄湾镇")
"""So far from everywhere that nobody of another test has only one thing against them."""
HOSTILE = b"\xff\x00<img src=x onerror=alert(1)><script>alert(2)</script>\xe2\x80\xae 13912345678"
UNSIGNED = (401,)
LETTERS_EVERY_MS = 15_000


def people() -> list[Fact]:
    now = time.time_ns() // 1_000_000
    day = Interval(start=now + 24 * HOUR, end=now + 32 * HOUR)
    facts: list[Fact] = [
        WorkerAvailable(
            worker_id=f"W-ops-{number}",
            zone=ZONE,
            station_id=STATION,
            windows=(Interval(start=now, end=now + 96 * HOUR),),
            place=PLACE,
            pay_floor_fen_day=20_000,
            skills=(Skill(code="ops", level=2),),
        )
        for number in range(3)
    ]
    jobs = (("J-ops-1", "值守页试工", 15_000), ("J-ops-2", "<b>粗体</b>搬运", 21_000))
    facts += [
        JobPosted(
            job_id=job_id,
            zone=ZONE,
            station_id=STATION,
            employer_id="E-ops",
            title=title,
            shifts=(day,),
            pay=Pay(amount_fen=fen),
            place=PLACE,
            headcount=4,
            skills=("ops",),
        )
        for job_id, title, fen in jobs
    ]
    return facts


@pytest.fixture(scope="module")
def fed(engine: RunningEngine) -> RunningEngine:
    """The engine with some people, two jobs that stay open, and what nobody can read."""
    publisher = Publisher(engine.kafka, client_id="tests")
    for number, fact in enumerate(people()):
        source = f"/zones/{ZONE}/stations/03"
        publisher.publish_fact(fact, id=f"ops-{number}", source=source)
    partition = partition_of(ZONE, publisher.partitions(EVENTS))
    for value in (HOSTILE, *(b"garbage %d" % number for number in range(3))):
        headers = (("ce_id", value),)
        publisher.publish(EVENTS, value, key=ZONE.encode(), headers=headers, partition=partition)
    publisher.close()
    return engine


@pytest.fixture(scope="module")
def operator_key(engine: RunningEngine) -> str:
    return engine.operator_key("operator")


@pytest.fixture(scope="module")
def reader_key(engine: RunningEngine) -> str:
    return engine.operator_key("reader")


def sign_in(page: Page, key: str) -> Page:
    page.locator("#key").fill(key)
    page.keyboard.press("Enter")
    expect(page.locator("#desk")).to_be_visible()
    expect(page.locator("#state")).to_have_attribute("data-state", "live")
    expect(page.locator("tr[data-process]")).to_have_count(4)
    expect(page.locator("#letters li[data-origin]").nth(3)).to_be_visible()
    return page


@pytest.fixture
def desk(fed: RunningEngine, operator_key: str, browser: Browser) -> Iterator[Page]:
    with Watched(browser, f"{fed.http}/ops", refusals=UNSIGNED) as watched:
        page = sign_in(watched.page, operator_key)
        # Tests of other counties may have run before on the same engine.
        expect(page.locator(f"#zone option[value='{ZONE}']")).to_be_attached()
        choose = "(box, zone) => { box.value = zone; box.dispatchEvent(new Event('change')); }"
        page.locator("#zone").evaluate(choose, ZONE)
        yield page


def figures(engine: RunningEngine, key: str) -> dict[str, Any]:
    answer = httpx.get(
        f"{engine.http}/api/operator/figures",
        headers={"authorization": f"Bearer {key}"},
        timeout=30,
    )
    found: dict[str, Any] = answer.json()["figures"]
    return found


def posts_of(page: Page) -> list[str]:
    """What a page sends from here on."""
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    return sent


def eventually(look: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 120
    while not look():
        assert time.monotonic() < give_up
        time.sleep(0.2)


def test_what_runs_waits_and_takes_how_long_is_there(desk: Page) -> None:
    expect(desk.locator("tr[data-process=matcher][data-up=true]")).to_be_visible()
    expect(desk.locator("tr[data-partition]")).to_have_count(4)
    expect(desk.locator("tr[data-stage]")).to_have_count(8)
    expect(desk.locator("figure canvas")).to_have_count(5)
    expect(desk.locator("figure[data-chart=events] .plot")).to_have_attribute(
        "aria-label", re.compile("^事件流量。最新：事件 ")
    )
    row = desk.locator(f"tr[data-station='{STATION}']")
    expect(row.locator("td").nth(0)).to_have_text("2")
    expect(row.locator("td").nth(5)).to_have_text(re.compile("刚刚|分钟前"))
    expect(desk.locator("#map circle[data-station]")).to_have_count(14)
    expect(desk.locator("#fairness dd").first).not_to_have_text("")
    shoot(desk, "ops-1280x800")


def test_the_page_the_terminal_and_metrics_show_the_same(
    fed: RunningEngine, desk: Page, reader_key: str
) -> None:
    def shown() -> float:
        return sum(float(one["total"]) for one in figures(fed, reader_key)["reasons"])

    def rejected() -> float:
        matcher = dict(part.split("=") for part in fed.scrape.split(","))["matcher"]
        said = httpx.get(f"http://{matcher}/metrics", timeout=30).text
        lines = (one for one in said.splitlines() if one.startswith("gigmatch_rejected_total{"))
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def seen_at_once() -> bool:
        told = subprocess.run(
            [sys.executable, "-m", "gigmatch", "top", "--once", "--json"],
            env={**fed.env, "GIGMATCH_SCRAPE": fed.scrape, "GIGMATCH_SCRAPE_S": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        seen = json.loads(told.stdout)
        is_same = sum(one["total"] for one in seen["reasons"]) == total
        return is_same and all(one["up"] for one in seen["processes"])

    # Who looks every second, or for three seconds, may miss a busy process once.
    eventually(lambda: shown() >= 4)
    eventually(lambda: shown() == rejected())
    total = rejected()
    expect(desk.locator("[data-figure=letters]")).to_have_text(f"{total:.0f}")
    eventually(seen_at_once)


def test_hostile_bytes_are_text(desk: Page) -> None:
    letter = desk.locator("#letters li", has_text=r"\xff\x00<img").first
    letter.locator("summary").click()
    shown = letter.locator("pre")
    expect(shown).to_contain_text(r"\u202e")
    expect(shown).to_contain_text("***")
    assert "13912345678" not in desk.content()
    assert desk.locator("#desk img, #letters script, #unmatched b b").count() == 0


def test_a_letter_is_sent_again_once_and_stays_marked(
    fed: RunningEngine, desk: Page, operator_key: str
) -> None:
    letter = desk.locator("#letters li", has_text="garbage 0").first
    origin = letter.get_attribute("data-origin")
    letter.get_by_role("button").click()
    marked = desk.locator(f"#letters li[data-origin='{origin}']")
    expect(marked.locator(".good")).to_contain_text("已重发")
    expect(marked.get_by_role("button")).to_have_count(0)
    expect(desk.locator("#dead-told")).to_contain_text("重发了 1 条")
    path = f"{fed.http}/api/operator/dead-letters"
    headers = {"authorization": f"Bearer {operator_key}"}
    again = httpx.post(
        f"{path}/replay", headers=headers, json={"origins": [origin]}, timeout=30
    ).json()
    assert again["repeated"] == [origin]
    listed = json.loads(fed.run("dead-letters", "list", "--json"))
    assert next(one for one in listed if one["origin"] == origin)["replayed_at"] is not None


def test_all_of_a_reason_are_sent_again_after_a_second_press(desk: Page) -> None:
    desk.locator("#reason").select_option("missing_attribute")
    button = desk.locator("#replay-all")
    expect(button).to_contain_text("重发这一类")
    expect(button).to_be_enabled()
    sent = posts_of(desk)
    button.evaluate(PRESSES_AT_ONCE)
    expect(button).to_contain_text("再按一次")
    expect(button).to_contain_text("重发这一类")  # by itself
    assert sent == []
    assert "再按一次" in button.evaluate(PRESS_TWICE)
    expect(desk.locator("#dead-told")).to_contain_text("重发了")
    expect(desk.locator("#letters .good").first).to_contain_text("已重发")


def test_a_reader_sees_all_and_can_send_nothing(
    fed: RunningEngine, reader_key: str, browser: Browser
) -> None:
    with Watched(browser, f"{fed.http}/ops", refusals=UNSIGNED) as watched:
        page = sign_in(watched.page, reader_key)
        expect(page.locator("#reader-note")).to_be_visible()
        assert page.locator("#letters").get_by_role("button").count() == 0


def test_a_stations_key_is_none_of_an_operator(fed: RunningEngine, browser: Browser) -> None:
    with Watched(browser, f"{fed.http}/ops", refusals=UNSIGNED) as watched:
        page = watched.page
        page.locator("#key").fill("gm_000000000000_" + "x" * 43)
        page.keyboard.press("Enter")
        expect(page.locator("#sign-in-error")).to_contain_text("密钥无效")
        page.locator("#key").fill(fed.station_key(STATION))
        page.keyboard.press("Enter")
        expect(page.locator("#sign-in-error")).to_contain_text("不是值守用的")
        expect(page.locator("#desk")).to_be_hidden()


def test_why_a_job_has_no_people_and_what_would_fill_it(desk: Page) -> None:
    desk.locator("#why-input").fill("J-ops-1")
    job = desk.locator("#unmatched li[data-job='J-ops-1']")
    expect(job.locator(".excluded")).to_contain_text("低于期望工资 3")
    expect(desk.locator("#unmatched li")).to_have_count(1)
    job.get_by_role("button").click()
    advice = job.locator(".advice")
    expect(advice).to_contain_text("还缺 4 人", timeout=3 * LONG_MS)
    expect(advice).to_contain_text("每天加 50 元")
    desk.locator("#why-input").fill("粗体")
    expect(desk.locator("#unmatched b").first).to_have_text("<b>粗体</b>搬运")


def test_by_keyboard_alone(fed: RunningEngine, operator_key: str, browser: Browser) -> None:
    with Watched(browser, f"{fed.http}/ops", refusals=UNSIGNED) as watched:
        page = watched.page
        expect(page.locator("#key")).to_be_focused()
        page.keyboard.type(operator_key)
        page.keyboard.press("Enter")
        expect(page.locator("#letters li[data-origin]").first).to_be_visible()
        reached: set[str] = set()
        wanted = {"language", "sign-out", "zone", "reason", "SUMMARY", "why-input"}
        for _ in range(MOST_TABS):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate("document.activeElement.id || document.activeElement.tagName")
            )
            if wanted <= reached:
                break
        assert wanted <= reached
        page.locator("#letters summary").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#letters details").first).to_have_attribute("open", "")
        page.locator("#sign-out").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#sign-in")).to_be_visible()


def test_axe_english_phone_and_dark(
    fed: RunningEngine, operator_key: str, browser: Browser
) -> None:
    with Watched(browser, f"{fed.http}/ops?lang=en", refusals=UNSIGNED) as watched:
        check_accessible(watched.page)
        page = sign_in(watched.page, operator_key)
        expect(page.locator("h1")).to_have_text("Operations")
        expect(page.locator("#processes th").first).to_have_text("Processes")
        expect(page.locator("#letters .reason").first).to_contain_text("the")
        check_accessible(page)
        page.emulate_media(color_scheme="dark")
        expect(page.locator("figure canvas")).to_have_count(5)
        check_accessible(page)
        shoot(page, "ops-dark-1280x800")
        page.set_viewport_size(PHONE)
        check_fits(page)
        shoot(page, "ops-390x844")


def test_at_twice_the_size(fed: RunningEngine, operator_key: str, browser: Browser) -> None:
    half: ViewportSize = {"width": 640, "height": 400}
    with Watched(
        browser, f"{fed.http}/ops", size=half, refusals=UNSIGNED, device_scale_factor=2
    ) as watched:
        page = sign_in(watched.page, operator_key)
        check_fits(page)
        expect(page.locator("#verdict-head")).to_be_in_viewport()


def channel(name: str, *, sent: int, failed: int, no_address: int = 0) -> dict[str, Any]:
    lately = {"recent_sent": sent, "recent_failed": failed, "recent_no_address": no_address}
    return {"channel": name, "sent": sent, "failed": failed, **lately}


def test_what_the_alerts_are_about_is_said_first(desk: Page) -> None:
    drifted = {"distance_km": 0.31, "rating": 0.2}

    def spoilt(route: Route) -> None:
        told = route.fetch(max_retries=3).json()
        told["figures"]["ranking"] |= {"p99": 13.6}
        told["figures"]["projector_troubles"] = 6
        told["figures"]["channels"] = [
            channel("sms", sent=3, failed=6, no_address=2),
            channel("webhook", sent=6, failed=6),
            channel("call", sent=0, failed=9, no_address=9),
            channel("page", sent=0, failed=4),
        ]
        release = "sha256:" + "0" * 64
        for zone in told["figures"]["zones"]:
            zone["release"] = release
        told["figures"]["drift"] = [
            {"release": release, "feature": feature, "psi": psi, "unseen": 0.0}
            for feature, psi in drifted.items()
        ]
        told["figures"]["calibration"] = [
            {"release": release, "target": "accept", "offers": 600, "error": 0.15},
            {"release": release, "target": "complete", "offers": 400, "error": 0.15},
        ]
        route.fulfill(json=told)

    desk.route("**/api/operator/figures*", spoilt)
    troubles = desk.locator("#troubles")
    expect(troubles).to_contain_text("一百次匹配里有一次要等 13.6 秒")
    expect(troubles).to_contain_text("“路程（公里）”与模型训练时不同了（PSI 0.31）")
    expect(troubles).to_contain_text("“应邀”的预测与实际相差 15.0%")
    expect(troubles).not_to_contain_text("评分")
    expect(troubles).not_to_contain_text("到岗")
    expect(troubles).to_contain_text("页面数据写不进去：五分钟内失败 6 次")
    # And below stands what it is about.
    model, sms = desk.locator("#model"), desk.locator("#channels [data-channel=sms] > *")
    expect(model.locator(".release b")).to_have_text("00000000")
    expect(model).to_contain_text("15.0%")
    expect(model.locator("dt", has_text="路程（公里）")).to_be_visible()
    expect(sms).to_have_text(["短信", "3", "6"])
    # Half is not more than half, a worker without a number is no failure, and four are too few.
    expect(troubles.get_by_text("通道十分钟内")).to_have_count(0)
    # Of many inputs one line, not eight that hide what else there is.
    drifted["rating"] = 0.9
    many = troubles.get_by_text("不同了")
    expect(many).to_have_text("2 项特征与模型训练时不同了，最远的是“评分”（PSI 0.90）")


def test_a_channel_that_fails_more_often_than_not_is_said_first(desk: Page) -> None:
    def spoilt(route: Route) -> None:
        told = route.fetch(max_retries=3).json()
        told["figures"]["channels"] = [channel("sms", sent=4, failed=7, no_address=2)]
        route.fulfill(json=told)

    desk.route("**/api/operator/figures*", spoilt)
    expect(desk.locator("#troubles")).to_contain_text("通道十分钟内 9 条里失败了 5 条")


def test_without_a_broker_the_letters_say_so_and_the_page_goes_on(
    fed: RunningEngine, operator_key: str, browser: Browser
) -> None:
    with Watched(browser, f"{fed.http}/ops", refusals=(*UNSIGNED, 503)) as watched:
        page = sign_in(watched.page, operator_key)
        answer = {"status": 503, "json": {"type": "urn:gigmatch:unavailable", "title": "…"}}
        page.route("**/api/operator/dead-letters", lambda route: route.fulfill(**answer))
        page.evaluate(LATER, LETTERS_EVERY_MS)
        told, state = page.locator("#dead-told"), page.locator("#state")
        expect(told).to_contain_text("异常事件暂时读不到")
        expect(state).to_have_attribute("data-state", "live")
        before = page.locator("#updated").text_content()
        expect(page.locator("#updated")).not_to_have_text(before or "")
        expect(state).to_have_attribute("data-state", "live")
        expect(page.locator("#letters li[data-origin]").first).to_be_visible()  # those there were
        page.unroute("**/api/operator/dead-letters")
        page.evaluate(LATER, LETTERS_EVERY_MS)
        expect(told).to_have_text("")


def test_figures_that_no_longer_come_are_no_good_news(
    fed: RunningEngine, operator_key: str, browser: Browser
) -> None:
    """It went on saying that all is well, of figures that were minutes old."""
    with Watched(browser, f"{fed.http}/ops", refusals=(*UNSIGNED, 503)) as watched:
        page = sign_in(watched.page, operator_key)
        expect(page.locator("#updated")).not_to_have_text("")
        answer = {"status": 503, "json": {"type": "urn:gigmatch:no_redis", "title": "…"}}
        page.route("**/api/operator/figures*", lambda route: route.fulfill(**answer))
        expect(page.locator("#troubles")).to_contain_text("起没有新数字")
        expect(page.locator("#verdict")).to_have_attribute("data-state", "trouble")
        page.unroute("**/api/operator/figures*")
        expect(page.locator("#troubles")).not_to_contain_text("起没有新数字")


def test_a_process_that_is_down_is_shown_as_down(
    fed: RunningEngine, desk: Page, reader_key: str
) -> None:
    address = dict(part.split("=") for part in fed.scrape.split(","))["notifier"]
    pid = _listener(int(address.rpartition(":")[2]))
    os.kill(pid, signal.SIGSTOP)
    try:
        row = desk.locator("tr[data-process=notifier]")
        expect(row).to_have_attribute("data-up", "false")
        expect(row).to_contain_text("停止")
        expect(desk.locator("#verdict")).to_have_attribute("data-state", "trouble")
        expect(desk.locator("#troubles")).to_contain_text("通知 没有响应")
        shoot(desk, "ops-down-1280x800")
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(row).to_have_attribute("data-up", "true", timeout=90_000)


def test_a_station_that_sends_only_garbage_is_seen_and_released(
    fed: RunningEngine, desk: Page
) -> None:
    station = f"{ZONE}-77"
    _flood(fed, station, 400)
    held = desk.locator(f"#quarantine li[data-station='{station}']")
    expect(held).to_be_visible()
    expect(desk.locator("#troubles")).to_contain_text(f"驿站 {station} 已被隔离")
    check_accessible(desk)
    bring_into_sight(held)
    shoot(desk, "ops-quarantine")
    button, sent = held.get_by_role("button"), posts_of(desk)
    button.evaluate(PRESSES_AT_ONCE)
    expect(button).to_contain_text("再按一次")
    expect(button).to_have_text("解除隔离")  # by itself
    assert sent == []
    assert "再按一次" in button.evaluate(PRESS_TWICE)
    expect(desk.locator("#dead-told")).to_contain_text("已解除")
    expect(held).to_be_hidden()


def _flood(engine: RunningEngine, station: str, records: int) -> None:
    zone, _, number = station.partition("-")
    publisher = Publisher(engine.kafka, client_id="tests")
    partition = partition_of(zone, publisher.partitions(EVENTS))
    headers = (("ce_source", f"/zones/{zone}/stations/{number}".encode()),)
    for _ in range(records):
        publisher.publish(EVENTS, b"?", key=zone.encode(), headers=headers, partition=partition)
    publisher.close()


def _listener(port: int) -> int:
    """The process that listens on a port of this machine."""
    told = subprocess.run(
        ["ss", "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=True
    ).stdout
    return int(told.partition("pid=")[2].partition(",")[0])
