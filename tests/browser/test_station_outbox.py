"""A terminal through the outbox of its machine: what is entered outlives line, page and process."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gigmatch.processes import LOCALHOST
from tests.browser.at_work import AtWork, Stations, said
from tests.browser.filling import begin
from tests.browser.watching import check_accessible, check_fits, shoot
from tests.cutting import Line
from tests.gateway.serving import STATION, serving
from tests.producers.outbox.terminals import gateway_behind
from tests.system.outboxes import OutboxProcess, running_outbox

pytestmark = pytest.mark.browser

LONG_MS = 90_000
ON_DISK = "已存到本机磁盘，等待发送"
NOWHERE = f"{LOCALHOST}:1"


@contextmanager
def at_the_outbox(
    folder: Path, wire: Line, station_id: str, key: str, kafka: str
) -> Iterator[OutboxProcess]:
    """An outbox that serves the terminal of a station, over a wire to its gateway."""
    file = folder / "station.key"
    file.touch(0o600)
    file.write_text(key)
    options = ("--gateway", f"http://{LOCALHOST}:{wire.port}", "--key-file", str(file))
    with running_outbox(kafka, folder, station_id, *options) as outbox:
        yield outbox


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def sign_in(page: Page, outbox: OutboxProcess, key: str) -> None:
    page.goto(f"{outbox.address}/station")
    page.locator("#key").fill(key)
    page.keyboard.press("Enter")
    expect(page.locator("#rooms")).to_be_visible(timeout=LONG_MS)


def is_live(page: Page) -> None:
    """Return when the page has seen the market: only then it knows the places of its zone."""
    expect(page.locator("#state")).to_have_attribute("data-state", "live", timeout=LONG_MS)


def enter_job(page: Page, at_work: AtWork, title: str) -> None:
    begin(page, at_work, title)
    page.keyboard.press("Enter")
    expect(said(page.locator("form.form"))).to_contain_text("已存好", timeout=LONG_MS)


def test_a_job_that_is_posted_without_a_line_is_in_the_market_once_whatever_happens(
    browser: Browser, stations: Stations, tmp_path: Path
) -> None:
    at_work = stations("10")
    titles = ["背柴工", "修渠工"]
    with (
        Line(port_of(at_work.engine.http)) as wire,
        at_the_outbox(
            tmp_path, wire, at_work.station_id, at_work.key, at_work.engine.kafka
        ) as outbox,
        browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800}) as context,
    ):
        page = context.new_page()
        sign_in(page, outbox, at_work.key)
        state, unsent = page.locator("#state"), page.locator("#unsent")
        is_live(page)
        wire.break_off()
        enter_job(page, at_work, titles[0])
        expect(unsent.locator("li em")).to_have_text([ON_DISK])
        # The line is still away when the machine is on again: who is signed in is known.
        outbox.kill()
        outbox.start_again()
        page.reload()
        expect(page.locator("#rooms")).to_be_visible(timeout=LONG_MS)
        expect(unsent.locator("li em")).to_have_text([ON_DISK])
        enter_job(page, at_work, titles[1])
        expect(unsent.locator("li em")).to_have_text([ON_DISK, ON_DISK])
        expect(state).to_have_attribute("data-state", "offline")
        check_accessible(page)
        check_fits(page)
        page.evaluate("scrollTo(0, 0)")
        shoot(page, "outbox-kept")
        assert outbox.status()["commands"]["waiting"] == len(titles)
        outbox.kill()
        wire.mend()
        outbox.start_again()
        expect(unsent).to_be_hidden(timeout=LONG_MS)
        is_live(page)
        shoot(page, "outbox-sent")
        assert outbox.status()["commands"]["refused"] == []
    listed = at_work.wait(
        "/api/station/jobs",
        lambda view: {one["job"]["title"] for one in view["jobs"]} >= set(titles),
    )["jobs"]
    assert sorted(one["job"]["title"] for one in listed if one["job"]["title"] in titles) == sorted(
        titles
    )


def test_with_no_page_open_it_goes_out_by_itself(
    browser: Browser, stations: Stations, tmp_path: Path
) -> None:
    at_work = stations("10")
    with (
        Line(port_of(at_work.engine.http)) as wire,
        at_the_outbox(
            tmp_path, wire, at_work.station_id, at_work.key, at_work.engine.kafka
        ) as outbox,
    ):
        with browser.new_context(locale="zh-CN") as context:
            page = context.new_page()
            sign_in(page, outbox, at_work.key)
            is_live(page)
            wire.break_off()
            enter_job(page, at_work, "守林员")
        outbox.kill()
        wire.mend()
        outbox.start_again()
        outbox.wait_for(lambda status: status["commands"]["waiting"] == 0)
    listed = at_work.wait("/api/station/jobs", lambda view: view["jobs"])["jobs"]
    assert [one["job"]["title"] for one in listed].count("守林员") == 1


def test_one_signs_in_where_the_gateway_is_reached_by_https(
    browser: Browser, redis_url: str, tmp_path: Path
) -> None:
    """Its cookie is `Secure`, and of this machine's origin it knows nothing."""
    key = STATION["authorization"].removeprefix("Bearer ")
    with (
        serving(redis_url, public_url="https://gig.example") as address,
        Line(port_of(address)) as wire,
        at_the_outbox(tmp_path, wire, "511181-05", key, NOWHERE) as outbox,
        browser.new_context(locale="zh-CN") as context,
    ):
        page = context.new_page()
        sign_in(page, outbox, key)
        page.reload()
        expect(page.locator("#rooms")).to_be_visible(timeout=LONG_MS)
        [cookie] = context.cookies()
        assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
            "gigmatch_session",
            False,
            True,
            "Strict",
        )
        expect(page.locator("#place")).to_contain_text(re.compile("双福镇|511181-05"))


def enter_low_pay(page: Page, title: str) -> None:
    """What the law does not allow, which the gateway knows."""
    page.locator("[data-path=title] input").fill(title)
    page.locator("[data-path='pay.amount_fen pay'] input").fill("5")
    page.locator("[data-path=employer_id] input").fill("E-1")
    page.keyboard.press("Enter")


def refused_at(outbox: OutboxProcess) -> list[str]:
    return [one["id"] for one in outbox.status()["commands"]["refused"]]


def test_what_was_refused_when_its_browser_was_gone_is_told_until_it_has_been_read(
    browser: Browser, redis_url: str, tmp_path: Path
) -> None:
    key = STATION["authorization"].removeprefix("Bearer ")
    with (
        gateway_behind(redis_url) as behind,
        at_the_outbox(tmp_path, behind.wire, "511181-05", key, NOWHERE) as outbox,
    ):
        with browser.new_context(locale="zh-CN") as context:
            page = context.new_page()
            sign_in(page, outbox, key)
            is_live(page)
            expect(page.locator("#refused")).to_be_hidden()
            behind.wire.break_off()
            enter_low_pay(page, "守夜工")
            expect(page.locator("#unsent li em")).to_have_text([ON_DISK], timeout=LONG_MS)
        behind.wire.mend()
        outbox.wait_for(lambda status: len(status["commands"]["refused"]) == 1)
        with browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800}) as other:
            page = other.new_page()
            sign_in(page, outbox, key)
            told = page.locator("#refused")
            expect(told.locator("li span")).to_have_text(["发布岗位"], timeout=LONG_MS)
            expect(told.locator("li em")).to_contain_text(["最低"])
            expect(page.locator("#unsent")).to_be_hidden()
            check_accessible(page)
            check_fits(page)
            shoot(page, "outbox-refused")
            # Whoever signs out and in again has the same before them, and can do the same with it.
            page.locator("#sign-out").click()
            page.wait_for_timeout(1_000)  # presses closer than this are one
            page.locator("#sign-out").click()
            expect(told).to_be_hidden()
            sign_in(page, outbox, key)
            told.get_by_role("button", name="知道了").click()
            expect(told).to_be_hidden(timeout=LONG_MS)
            outbox.wait_for(lambda status: status["commands"]["refused"] == [])
            # What is read in the form is not told again, nor after the page is loaded anew.
            is_live(page)
            enter_low_pay(page, "打更工")
            expect(page.locator("form.form .faulty")).to_contain_text("最低工资", timeout=LONG_MS)
            outbox.wait_for(lambda status: status["commands"]["decided_kept"] == 0)
            assert refused_at(outbox) == []
            page.reload()
            expect(page.locator("#rooms")).to_be_visible(timeout=LONG_MS)
            is_live(page)
            expect(told).to_be_hidden()
    assert behind.facts == []
