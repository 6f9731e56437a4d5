"""The page of the town in a real browser: real gateway, real Redis, the real projector's code."""

from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pytest
from playwright.sync_api import Browser, expect
from redis import Redis

from events.envelope import Record
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import index_key
from tests.brokers import RedisServer
from tests.browser.watching import PHONE, Watched, check_accessible, check_fits, shoot
from tests.gateway.serving import serving
from tests.projecting import project, town_log
from tests.town import ZONE

pytestmark = pytest.mark.browser

RANKED = b'"subject":"job"'
LINE = b'"rank":1'


@pytest.fixture(scope="module")
def logs() -> tuple[list[Record], list[Record]]:
    """A log up to the ranking of a job, and up to the one after it; both have somebody in them."""
    whole = town_log(hours=32, registered=300)
    values = [record.value or b"" for record in whole]
    rankings = [n for n, value in enumerate(values) if RANKED in value]
    ends = [*rankings[2:], len(whole)]
    earlier, end = max(
        (m, end)
        for (m, n), end in zip(pairwise(rankings), ends, strict=True)
        if LINE in values[m] and LINE in values[n]
    )
    return whole[: earlier + 1], whole[:end]


@pytest.fixture(scope="module")
def log(logs: tuple[list[Record], list[Record]]) -> list[Record]:
    return logs[1]


@pytest.fixture
def before(logs: tuple[list[Record], list[Record]], redis_url: str) -> list[Record]:
    """The log before its last ranking of a job, projected."""
    project(redis_url, logs[0])
    return logs[0]


@pytest.fixture
def town(before: list[Record], redis_url: str, browser: Browser) -> Iterator[Watched]:
    with serving(redis_url) as address, Watched(browser, address) as watched:
        expect(watched.page.locator("#state")).to_have_attribute("data-state", "live")
        yield watched


def test_a_ranking_appears_by_itself(town: Watched, log: list[Record], redis_url: str) -> None:
    sheet = town.page.locator("#ranking")
    expect(sheet.locator(".line").first).to_be_visible()
    shown = sheet.get_attribute("data-job")
    project(redis_url, log)
    expect(sheet).not_to_have_attribute("data-job", shown or "")
    expect(sheet.locator(".score").first).to_contain_text("%")
    expect(sheet.locator(".why span").first).to_be_visible()
    expect(town.page.locator("#feed li").first).to_be_visible()
    shoot(town.page, "town-1280x800")


def test_the_figures_follow(town: Watched, log: list[Record], redis_url: str) -> None:
    workers = town.page.locator("[data-figure=workers]")
    expect(workers).not_to_have_text("0")
    confirmed = town.page.locator("[data-figure='booking.confirmed']")
    before = confirmed.inner_text()
    project(redis_url, log)
    expect(confirmed).not_to_have_text(before)


def test_the_language_changes_at_once_and_stays(town: Watched) -> None:
    page = town.page
    expect(page.locator("h1")).to_have_text("峨眉山市零工市场")
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("Emeishan gig market")
    expect(page.locator("#jobs-head")).to_have_text("Open jobs")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator("h1")).to_have_text("Emeishan gig market")


def test_a_choice_outlives_the_language_in_the_address(town: Watched) -> None:
    page = town.page
    page.goto(f"{page.url}?lang=en")
    expect(page.locator("h1")).to_have_text("Emeishan gig market")
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("峨眉山市零工市场")
    page.reload()
    expect(page.locator("h1")).to_have_text("峨眉山市零工市场")


def test_a_chosen_job_stays_until_one_goes_back(
    town: Watched, log: list[Record], redis_url: str
) -> None:
    page = town.page
    chosen = page.locator("#earlier .row").first
    job_id = chosen.get_attribute("data-job")
    assert job_id
    chosen.click()
    sheet = page.locator("#ranking")
    expect(sheet).to_have_attribute("data-job", job_id)
    project(redis_url, log)
    expect(page.locator("#earlier .row").first).not_to_have_attribute("data-job", job_id)
    expect(sheet).to_have_attribute("data-job", job_id)
    page.locator("#follow").click()
    expect(sheet).not_to_have_attribute("data-job", job_id)


def test_the_stations_are_on_the_map_and_said_to_be_approximate(town: Watched) -> None:
    expect(town.page.locator("#map circle[data-station]")).to_have_count(14)
    expect(town.page.locator(".stations .note")).to_contain_text("3 公里")


def test_markup_in_a_title_is_shown_as_text(town: Watched, redis_url: str) -> None:
    """The API refuses it, but any Kafka client may have sent it."""
    title = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    with Redis.from_url(redis_url) as redis:
        key = next(iter(redis.scan_iter("gigmatch:v3:job:*")))
        stored = redis.get(key)
        assert isinstance(stored, bytes)
        job = msgspec.json.decode(stored, type=JobDoc)
        job.posted = msgspec.structs.replace(job.posted, title=title)
        redis.set(key, msgspec.json.encode(job))
        redis.zadd(index_key("ranked", ZONE), {job.posted.job_id: 10**9})
        redis.zadd(index_key("open", ZONE), {job.posted.job_id: 10**9})
    town.page.reload()
    expect(town.page.locator("#jobs .name").first).to_have_text(title)
    assert town.page.locator("img[src=x], main script").count() == 0


def test_it_fits_a_phone(town: Watched) -> None:
    page = town.page
    page.set_viewport_size(PHONE)
    expect(page.locator("#ranking .line").first).to_be_visible()
    check_fits(page)
    shoot(page, "town-390x844")


def test_axe_finds_nothing_serious(town: Watched) -> None:
    expect(town.page.locator("#ranking .line").first).to_be_visible()
    check_accessible(town.page)


def test_a_zone_that_is_none_is_said(
    before: list[Record], redis_url: str, browser: Browser
) -> None:
    page = browser.new_page(locale="zh-CN")
    with serving(redis_url) as address:
        page.goto(f"{address}/?zone=999999&lang=en")
        expect(page.locator("#state")).to_have_attribute("data-state", "unknown")
        expect(page.locator("#ranking")).to_contain_text("there is no zone 999999")
    page.close()


def test_a_read_model_that_goes_away_is_said_and_forgiven(
    log: list[Record], redis_server: RedisServer, browser: Browser
) -> None:
    project(redis_server.url, log)
    page = browser.new_page()
    with serving(redis_server.url) as address:
        page.goto(address)
        state = page.locator("#state")
        expect(state).to_have_attribute("data-state", "live")
        redis_server.stop()
        expect(state).to_have_attribute("data-state", "offline", timeout=90_000)
        redis_server.start()
        project(redis_server.url, log)
        expect(state).to_have_attribute("data-state", "live", timeout=90_000)
    page.close()


def test_a_gateway_that_goes_away_is_said_and_forgiven(
    before: list[Record], redis_url: str, browser: Browser
) -> None:
    page = browser.new_page()
    with serving(redis_url) as address:
        page.goto(address)
        expect(page.locator("#state")).to_have_attribute("data-state", "live")
    expect(page.locator("#state")).to_have_attribute("data-state", "offline")
    with serving(redis_url, port=int(address.rsplit(":", 1)[1])):
        expect(page.locator("#state")).to_have_attribute("data-state", "live", timeout=90_000)
    page.close()
