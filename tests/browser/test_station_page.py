"""A station's terminal and its hall, against a running engine: every task from end to end."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import RunningEngine
from tests.browser.watching import PHONE, Watched, check_accessible, check_fits, shoot

pytestmark = pytest.mark.browser

HOUR_MS = 3_600_000
PHONE_NUMBER = "13900001234"
PLACE = {"lat": 29.668, "lon": 103.515, "name": "桂花桥镇"}
LONG_MS = 30_000


class Api:
    """The same station, asked by a program: to set a scene, and to look behind the page."""

    def __init__(self, engine: RunningEngine, key: str) -> None:
        self.client = httpx.Client(
            base_url=engine.http, headers={"authorization": f"Bearer {key}"}, timeout=30
        )

    def command(self, path: str, body: dict[str, Any]) -> None:
        headers = {"idempotency-key": str(uuid.uuid4())}
        answer = self.client.post(f"/api/station/{path}", json=body, headers=headers)
        assert answer.status_code == 202, answer.text

    def see(self, path: str, arrived: Callable[[Any], Any] = bool) -> Any:
        while True:
            answer = self.client.get(f"/api/station/{path}")
            if answer.status_code == 200 and arrived(answer.json()):
                return answer.json()
            time.sleep(0.1)

    def register(self, worker_id: str, **changes: Any) -> None:
        now = time.time_ns() // 1_000_000
        said = {
            "windows": [{"start": now, "end": now + 96 * HOUR_MS}],
            "place": PLACE,
            "channels": ["call"],
            **changes,
        }
        self.command(f"workers/{worker_id}/availability", said)
        self.see(f"workers/{worker_id}", lambda view: view["available"])

    def post(self, job_id: str, *, hours: int = 2, **changes: Any) -> None:
        start = time.time_ns() // 1_000_000 + hours * HOUR_MS
        job = {
            "job_id": job_id,
            "employer_id": "E-1",
            "title": "摘草莓",
            "shifts": [{"start": start, "end": start + 4 * HOUR_MS}],
            "pay": {"amount_fen": 16_000, "unit": "day"},
            "place": PLACE,
            **changes,
        }
        self.command("jobs", job)
        self.see(f"jobs/{job_id}", lambda view: view["ranking"])


@pytest.fixture(scope="module")
def stations(engine: RunningEngine) -> Iterator[Callable[[str], tuple[Api, str]]]:
    """A station's API and key, made once each: tests use stations of their own."""
    made: dict[str, tuple[Api, str]] = {}

    def station(number: str) -> tuple[Api, str]:
        if number not in made:
            key = engine.station_key(f"511181-{number}")
            made[number] = (Api(engine, key), key)
        return made[number]

    yield station
    for api, _ in made.values():
        api.client.close()


@contextmanager
def terminal(
    engine: RunningEngine, browser: Browser, key: str, path: str = "/station", **options: Any
) -> Iterator[Page]:
    """A terminal that is signed in; what the market does not know yet is a 404 to who asks."""
    options["refusals"] = (404, *options.get("refusals", ()))
    with Watched(browser, f"{engine.http}{path}", **options) as watched:
        page = watched.page
        page.locator("#key").fill(key)
        page.keyboard.press("Enter")
        expect(page.locator("#key")).to_have_count(0)
        yield page


def said(page: Page | Locator) -> Locator:
    """Where the fate of a command is told."""
    return page.locator(".said").last


def fresh() -> str:
    return uuid.uuid4().hex[:8]


def test_a_wrong_key_is_refused_and_a_right_one_is_asked_for_once(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    _, key = stations("06")
    with Watched(browser, f"{engine.http}/station", refusals=(401,)) as watched:
        page = watched.page
        page.locator("#key").fill("gm_000000000000_wrong")
        page.keyboard.press("Enter")
        expect(page.locator(".said.bad")).to_contain_text("密钥无效")
        check_accessible(page)
        shoot(page, "sign-in")
        page.locator("#key").fill(key)
        page.keyboard.press("Enter")
        expect(page.locator("#place")).to_have_text("桂花桥镇驿站工作台")
        page.reload()
        expect(page.locator("#rooms")).to_be_visible()
        assert key not in str(page.evaluate("JSON.stringify(localStorage)"))
        page.locator("#sign-out").click()
        expect(page.locator("#key")).to_be_visible()
        page.reload()
        expect(page.locator("#key")).to_be_visible()


def test_a_job_is_posted_by_keyboard_alone_and_ranked_at_once(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    api, key = stations("06")
    worker = f"W-{fresh()}"
    api.register(worker, skills=[{"code": "strawberry_picking", "level": 2}])
    pressed = 0
    with terminal(engine, browser, key) as page:
        keyboard = page.keyboard

        def press(name: str) -> None:
            nonlocal pressed
            pressed += 1
            keyboard.press(name)

        def write(text: str) -> None:
            nonlocal pressed
            pressed += len(text)
            keyboard.type(text)

        def tab_to(path: str) -> None:
            field = page.locator(f"[data-path='{path}'] input")
            while not field.evaluate("one => one === document.activeElement"):
                press("Tab")

        write("采茶工")
        expect(page.locator("input[name=occupation]").first).to_be_attached()
        tab_to("pay.amount_fen pay")
        write("160")
        tab_to("headcount")
        write("2")
        tab_to("employer_id")
        write("E-0042")
        press("Enter")
        expect(said(page.locator("form.form"))).to_have_text("市场已确认。", timeout=LONG_MS)
        sheet = page.locator(".beside")
        expect(sheet.locator("h3").first).to_have_text("采茶工")
        expect(sheet.locator(".fit b")).to_be_visible()
        expect(page.locator("form.form input").first).to_be_focused()
        check_accessible(page)
        shoot(page, "post")
        job_id = sheet.get_attribute("data-job")
    assert pressed <= 32
    view = api.see(f"jobs/{job_id}")
    assert view["posting"]["pay"]["amount_fen"] == 16_000
    assert view["posting"]["headcount"] == 2
    assert view["posting"]["employer_id"] == "E-0042"
    assert view["posting"]["place"]["name"] == "桂花桥镇"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("pay.amount_fen pay", "1", "最低工资"),
        ("pay.amount_fen pay", "abc", "金额"),
        ("headcount", "0", "招聘人数"),
        ("employer_id", "李 老板", "用人方编号"),
    ],
)
def test_the_focus_goes_to_the_field_at_fault_with_the_gateways_words(
    engine: RunningEngine, browser: Browser, stations: Any, path: str, value: str, told: str
) -> None:
    _, key = stations("06")
    with terminal(engine, browser, key, refusals=(422,)) as page:
        page.locator("[data-path=title] input").fill("保洁")
        page.locator("[data-path='pay.amount_fen pay'] input").fill("120")
        page.locator("[data-path=employer_id] input").fill("E-1")
        box = page.locator(f"[data-path='{path}']")
        box.locator("input").fill(value)
        page.keyboard.press("Enter")
        expect(box.locator(".fault")).to_contain_text(told)
        expect(box.locator("input")).to_be_focused()


def test_an_unsure_title_is_answered_with_a_short_list(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    _, key = stations("06")
    with terminal(engine, browser, key) as page:
        page.locator("[data-path=title] input").fill("杂工")
        choices = page.locator("[data-path=occupation] .choice")
        expect(choices.last).to_have_text("都不是")
        assert choices.count() <= 6


def test_a_worker_is_registered_told_where_to_look_and_known_again(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    api, key = stations("07")
    worker = f"W-{fresh()}"
    with terminal(engine, browser, key, "/station#worker") as page:
        page.locator(".find input").fill(worker)
        page.keyboard.press("Enter")
        form = page.locator("form.form")
        form.get_by_label("这一周").check(force=True)
        form.get_by_label("采茶").check(force=True)
        form.get_by_label("最低日薪（元）").fill("90")
        form.get_by_label("电话（加密保存）").fill(PHONE_NUMBER)
        page.keyboard.press("Enter")
        expect(said(form)).to_have_text("市场已确认，电话已加密保存。", timeout=LONG_MS)
        page.get_by_role("button", name="显示二维码").click()
        expect(page.locator(".qr")).to_be_visible()
        check_accessible(page)
        shoot(page, "worker")
        page.get_by_role("button", name="口令").click()
        expect(page.locator(".code")).to_be_visible()
        page.reload()
        page.locator(".find input").fill(worker)
        page.keyboard.press("Enter")
        expect(form.get_by_label("采茶")).to_be_checked()
        expect(form.get_by_label("最低日薪（元）")).to_have_value("90")
        assert PHONE_NUMBER not in page.content()
        assert PHONE_NUMBER not in str(page.evaluate("JSON.stringify(localStorage)"))
    assert api.see(f"workers/{worker}")["availability"]["pay_floor_fen_day"] == 9_000


def test_whoever_chose_a_call_is_called_and_their_yes_is_a_booking(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    api, key = stations("09")
    worker, job = f"W-{fresh()}", f"J-{fresh()}"
    place = {"lat": 27.5, "lon": 103.4, "name": "金沙"}  # no other test's workers are near
    api.register(worker, place=place, max_distance_km=2)
    contact = f"/api/station/workers/{worker}/contact"
    assert api.client.put(contact, json={"phone": PHONE_NUMBER}).status_code == 200
    api.post(job, place=place)
    with terminal(engine, browser, key, "/station#calls") as page:
        card = page.locator(f"[data-worker={worker}]")
        expect(card).to_be_visible(timeout=LONG_MS)
        assert PHONE_NUMBER not in page.content()
        card.get_by_role("button", name="显示电话").click()
        expect(card.locator(".phone")).to_have_text(PHONE_NUMBER)
        card.get_by_role("button", name="已告知").click()
        expect(card).to_have_class("card told")
        check_accessible(page)
        shoot(page, "calls")
        card.get_by_role("button", name="接受").click()
        expect(card).to_have_count(0, timeout=LONG_MS)
    view = api.see(f"jobs/{job}", lambda view: view["missing"] == 0)
    assert [booking["worker_id"] for booking in view["bookings"]] == [worker]
    assert api.see("calls", lambda view: True)["calls"] == []


def test_an_empty_job_is_explained_changed_and_cancelled(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    api, key = stations("10")
    worker, job = f"W-{fresh()}", f"J-{fresh()}"
    place = {"lat": 28.5, "lon": 103.4, "name": "高桥镇"}
    api.register(worker, pay_floor_fen_day=17_000, place=place, max_distance_km=1)
    api.post(job, hours=24, place=place, title="守夜人", skills=[])
    with terminal(engine, browser, key, "/station#jobs") as page:
        row = page.locator(f"[data-job={job}]")
        expect(row).to_contain_text("低于期望工资")
        shoot(page, "jobs")
        row.click()
        page.get_by_role("button", name="怎样能招满").click()
        advice = page.locator(".advice")
        expect(advice).to_contain_text("只差一项：低于期望工资", timeout=3 * LONG_MS)
        check_accessible(page)
        shoot(page, "advice")
        raised = page.locator(".advice .lines li", has_text="每天加")
        raised.get_by_role("button").click()
        expect(raised.locator(".said")).to_have_text("市场已确认。", timeout=LONG_MS)
        api.see(f"jobs/{job}", lambda view: view["offers"])
        cancel = page.locator(".danger")
        cancel.click()
        cancel.click()
        expect(page.locator(".beside")).to_contain_text("已取消", timeout=LONG_MS)
    assert api.see(f"jobs/{job}")["job"]["status"] == "cancelled"


def test_what_cannot_be_sent_waits_and_has_its_effect_once(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    api, key = stations("11")
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{engine.http}/station")
    page.locator("#key").fill(key)
    page.keyboard.press("Enter")
    expect(page.locator("#place")).to_contain_text("龙池镇")
    # The answer is lost once, after the command has arrived: it is sent again with the same id.
    path = "**/api/station/jobs"
    page.route(path, lambda route: (route.fetch(), route.abort()))
    page.locator("[data-path=title] input").fill("挑夫")
    page.locator("[data-path='pay.amount_fen pay'] input").fill("150")
    page.locator("[data-path=employer_id] input").fill("E-1")
    page.keyboard.press("Enter")
    expect(page.locator("#unsent")).to_contain_text("1 条等待发送")
    expect(page.locator("#unsent")).to_contain_text("挑夫")
    shoot(page, "unsent")
    page.reload()
    page.unroute(path)
    expect(page.locator("#unsent")).to_be_hidden(timeout=LONG_MS)
    posted = api.see("jobs", lambda view: view["jobs"])["jobs"]
    assert [one["job"]["title"] for one in posted] == ["挑夫"]
    context.close()


def test_work_that_is_over_and_wage_claims_are_entered(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    _, key = stations("12")
    with terminal(engine, browser, key, "/station#claims", refusals=(422,)) as page:
        page.locator("[data-path=employer_id] input").fill("E-owes")
        page.locator("[data-path=amount_fen] input").fill("3000.50")
        page.keyboard.press("Enter")
        line = page.locator(".beside .lines li")
        expect(line).to_contain_text("3000.50 元", timeout=LONG_MS)
        line.get_by_role("button", name="办结").click()
        expect(line).to_have_count(0, timeout=LONG_MS)
        check_accessible(page)


def test_the_hall_shows_jobs_by_touch_large_and_nothing_personal(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    api, key = stations("13")
    worker, job = f"W-{fresh()}", f"J-{fresh()}"
    place = {"lat": 29.47, "lon": 103.35, "name": "龙门乡"}
    api.register(worker, channels=["screen"], place=place, max_distance_km=2)
    api.post(job, place=place, title="护林小工", perks=["meal"])
    touch = {"has_touch": True, "size": {"width": 1080, "height": 1500}}
    with terminal(engine, browser, key, "/station?kiosk&idle=1500", **touch) as page:
        news = page.locator(".news")
        expect(news).to_contain_text(worker[-4:], timeout=LONG_MS)
        assert worker not in page.content()
        check_accessible(page)
        shoot(page, "kiosk")
        page.locator(f"[data-job={job}]").tap()
        expect(page.locator("main h2")).to_have_text("护林小工")
        sizes = page.evaluate(
            "Array.from(document.querySelectorAll('main *'), "
            "(one) => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(sizes) >= 24
        # Nobody touches it any more.
        expect(page.locator(".tiles")).to_be_visible()
        expect(page.locator("main .back")).to_have_count(0)


def test_every_room_fits_a_phone_and_twice_the_size_and_speaks_english(
    engine: RunningEngine, browser: Browser, stations: Any
) -> None:
    _, key = stations("06")
    zoomed = {"size": {"width": 640, "height": 400}, "device_scale_factor": 2}
    for options in ({"size": PHONE, "color_scheme": "dark"}, zoomed):
        with terminal(engine, browser, key, "/station?lang=en", **options) as page:
            for room in ("post", "jobs", "worker", "calls", "claims"):
                page.evaluate(f"location.hash = '#{room}'")
                expect(page.locator(f"#rooms a[href='#{room}']")).to_have_attribute(
                    "aria-current", "page"
                )
                check_fits(page)
                check_accessible(page)
                shoot(page, f"{room}-{'dark-phone' if options is not zoomed else 'zoomed'}")
            expect(page.locator("#rooms a").first).to_have_text("Post a job")
