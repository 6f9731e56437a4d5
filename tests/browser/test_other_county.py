"""Counties of a stations file: their first job and first worker, entered by browser."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from gateway.sealing import new_contact_key
from gigmatch.processes import free_port
from tests.browser.at_work import PATIENCE_S, AtWork, said, terminal
from tests.browser.engine import RunningEngine
from tests.browser.watching import check_accessible, shoot

pytestmark = pytest.mark.browser

COUNTY, THIRD = "511123", "511124"
LONG_MS = 60_000


def station(number: str, chinese: str, english: str, lat: float, lon: float) -> dict[str, object]:
    return {"number": number, "name": {"zh-CN": chinese, "en": english}, "lat": lat, "lon": lon}


STATIONS = {
    "zones": [
        {
            "zone": COUNTY,
            "name": {"zh-CN": "犍为县", "en": "Qianwei"},
            "above": ["四川省", "乐山市"],
            "stations": [
                station("01", "玉津镇", "Yujin Town", 29.209, 103.949),
                station("02", "清溪镇", "Qingxi Town", 29.17, 103.893),
            ],
        },
        {
            "zone": THIRD,
            "name": {"zh-CN": "井研县", "en": "Jingyan"},
            "stations": [station("01", "研城街道", "Yancheng Subdistrict", 29.652, 104.069)],
        },
    ]
}


@pytest.fixture(scope="module")
def county(
    engine: RunningEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    """The engine behind a second gateway, which knows where the counties' stations are."""
    folder = tmp_path_factory.mktemp("county")
    file = folder / "stations.json"
    file.write_text(json.dumps(STATIONS), encoding="utf-8")
    port = free_port()
    env = {
        **engine.env,
        "GIGMATCH_STATIONS": str(file),
        "GIGMATCH_GATEWAY_PORT": str(port),
        "GIGMATCH_STORE": f"sqlite:{folder / 'store.db'}",
        "GIGMATCH_CONTACT_KEYS": new_contact_key(),
    }
    address = f"http://127.0.0.1:{port}"
    with gateway(env, folder / "output", address):
        yield engine._replace(http=address, env=env, keys={})


@pytest.fixture
def at(county: RunningEngine) -> Iterator[Callable[[str], AtWork]]:
    """Stations at work, by their ids."""
    made: list[AtWork] = []

    def at_station(station_id: str) -> AtWork:
        made.append(AtWork(county, station_id))
        return made[-1]

    yield at_station
    for at_work in made:
        at_work.client.close()


@contextmanager
def gateway(env: dict[str, str], output: Path, address: str) -> Iterator[None]:
    """A gateway as a process of its own, once it answers."""
    with output.open("wb") as told:
        argv = [sys.executable, "-m", "gigmatch", "gateway"]
        process = subprocess.Popen(argv, env=env, stdout=told, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + PATIENCE_S
        while not answers(address):
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < end, output.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(180)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def test_the_first_job_and_the_first_worker_of_a_county_are_entered_at_its_terminal(
    browser: Browser, engine: RunningEngine, at: Callable[[str], AtWork]
) -> None:
    # Nobody has said anything there yet, and who has no file of it does not know the county.
    assert httpx.get(f"{engine.http}/api/town?zone={COUNTY}", timeout=60).status_code == 404
    at_work = at(f"{COUNTY}-02")
    worker = f"W-{at_work.tag}"
    with terminal(at_work, browser) as page:
        expect(page.locator("#place")).to_have_text("清溪镇驿站工作台")
        expect(page.locator("[data-path=place] option")).to_have_text(["玉津镇", "清溪镇"])
        page.locator("[data-path=title] input").fill("茉莉花采摘")
        page.locator("[data-path='pay.amount_fen pay'] input").fill("150")
        page.locator("[data-path=employer_id] input").fill(at_work.employer)
        page.keyboard.press("Enter")
        expect(said(page.locator("form.form"))).to_have_text("市场已确认。", timeout=LONG_MS)
        expect(page.locator("#trouble")).to_be_hidden()
        check_accessible(page)
        shoot(page, "county-post")
        job = page.locator(".beside").get_attribute("data-job") or ""
        page.evaluate(f"location.hash = '#worker/{worker}'")
        form = page.locator("form.form")
        expect(form.locator("[data-path=place] select")).to_have_value(f"{COUNTY}-02")
        form.get_by_role("button", name="登记").click()
        expect(said(form)).to_have_text("市场已确认。", timeout=LONG_MS)
        shoot(page, "county-worker")
    place = at_work.posting(job)["place"]
    assert place == {"lat": 29.17, "lon": 103.893, "name": "清溪镇"}
    view = at_work.wait(f"/api/station/workers/{worker}", lambda view: view["offers"])
    assert [offer["job_id"] for offer in view["offers"]] == [job]


def test_a_station_that_the_file_does_not_have_is_told_where_it_belongs(
    browser: Browser, at: Callable[[str], AtWork]
) -> None:
    at_work = at(f"{THIRD}-77")
    with terminal(at_work, browser, f"/station#worker/W-{at_work.tag}") as page:
        box = page.locator("[data-path=place]")
        page.locator("form.form").get_by_role("button", name="登记").click()
        expect(box.locator(".fault")).to_contain_text("GIGMATCH_STATIONS")
        page.evaluate("location.hash = '#post'")
        page.locator("[data-path=title] input").fill("保洁")
        page.locator("[data-path='pay.amount_fen pay'] input").fill("150")
        page.locator("[data-path=employer_id] input").fill(at_work.employer)
        page.keyboard.press("Enter")
        expect(box.locator(".fault")).to_contain_text("GIGMATCH_STATIONS")
        expect(box.locator("select")).to_be_focused()
        shoot(page, "county-no-place")
        box.locator("select").select_option(label="研城街道")
        page.locator("[data-path=title] input").press("Enter")
        expect(said(page.locator("form.form"))).to_have_text("市场已确认。", timeout=LONG_MS)
