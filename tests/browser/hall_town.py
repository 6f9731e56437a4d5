"""A town for the hall: its jobs and calls, its screen, and what fingers find on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from events.envelope import Record
from events.facts import ClockTicked, Fact, JobPosted, WageClaimOpened, WorkerAvailable
from events.values import Interval, Pay, Perk, Place
from tests.browser.watching import (
    VOICES,
    Watched,
)
from tests.gateway.serving import STATION
from tests.noticing import notify
from tests.projecting import answered
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

OWN = f"{ZONE}-05"
DAY = 24 * HOUR
MORNING = NOW + 1 * HOUR  # 09:00 in China
PORTRAIT = {"width": 1080, "height": 1500}
LANDSCAPE = {"width": 1920, "height": 1080}
KEY = STATION["authorization"].removeprefix("Bearer ")
SHUANGFU = (29.655, 103.445)
FAR = (29.375, 103.395)
READS = f"""{VOICES}
window.utterances = [];
window.hushed = 0;
const speak = speechSynthesis.speak;
speechSynthesis.speak = (said) => {{ window.utterances.push(said); speak(said); }};
speechSynthesis.cancel = () => {{ window.hushed += 1; }};
"""
"""The voices, and what comes of what they were given."""
LATE = f"""{READS}
window.late = [];
const known = speechSynthesis.getVoices;
speechSynthesis.getVoices = () => (known(), late);
speechSynthesis.addEventListener = (name, hear) => {{ window.tell = hear; }};
"""
"""A device that tells its voices when the test says."""
COMES = "() => { late.push({lang: 'zh-CN', name: 'a Chinese voice'}); tell(); }"
IDLE = """
window.idle = [];
const later = window.setTimeout;
window.setTimeout = (act, ms, ...more) => {
  if (ms !== 7777) return later(act, ms, ...more);
  idle.push(act);
  return 0;
};
"""
"""A screen that nobody touches for 7,777 ms does so when the test says."""
NOBODY = "() => { idle.pop()(); }"
SAME = """wanted => {
  const shown = Array.from(document.querySelectorAll(".tile b"), (one) => one.innerText);
  return JSON.stringify(shown.sort()) === JSON.stringify(wanted);
}"""


def job(
    name: str,
    title: str,
    yuan: int,
    days: int,
    at: tuple[float, float] = SHUANGFU,
    place: str = "双福镇凤凰茶园",
    *,
    perks: tuple[Perk, ...] = (),
    hours: int = 9,
    **more: Any,
) -> JobPosted:
    start = MORNING + days * DAY
    return JobPosted(
        job_id=f"J-{name}",
        zone=ZONE,
        station_id=OWN,
        employer_id=more.pop("employer_id", "E-1"),
        title=title,
        shifts=more.pop("shifts", (Interval(start=start, end=start + hours * HOUR),)),
        pay=Pay(amount_fen=yuan * 100),
        place=Place(lat=at[0], lon=at[1], name=place),
        perks=perks,
        **more,
    )


JOBS = (
    job("tea", "采茶工", 160, 1, perks=("meal", "pickup"), headcount=12),
    job("berry", "摘草莓", 130, 1, (29.668, 103.515), "桂花桥镇草莓大棚", headcount=6),
    job("wall", "工地小工", 240, 0, (29.662, 103.452), "双福镇新村工地", perks=("meal",)),
    job("box", "茶叶厂包装工", 140, 2, (29.651, 103.44), "双福镇茶叶加工厂", perks=("lodging",)),
    job("load", "装卸工", 220, 0, (29.622, 103.497), "胜利街道物流园", employer_id="E-2"),
    job("dish", "餐馆洗碗工", 135, 1, (29.573, 103.468), "峨山街道", perks=("meal", "lodging")),
    job(
        "hotel",
        "酒店客房服务员",
        135,
        3,
        (29.572, 103.418),
        "黄湾镇山门酒店",
        perks=("meal", "lodging", "insurance"),
        certificates=("health",),
        minimum_age=18,
    ),
    job("clean", "保洁", 130, 4, (29.601, 103.485), "中心城区"),
    job("guard", "保安", 140, 5, FAR, "龙池镇"),
    job("bamboo", "砍竹子", 150, 6, FAR, "龙池镇竹林", perks=("pickup",)),
    job(
        "days",
        "果园除草",
        140,
        1,
        (29.66, 103.45),
        "双福镇果园",
        shifts=tuple(
            Interval(start=MORNING + n * DAY, end=MORNING + n * DAY + 9 * HOUR) for n in (1, 2, 3)
        ),
        headcount=4,
    ),
)
UNPAID = tuple(
    WageClaimOpened(claim_id=f"C-{n}", employer_id="E-2", zone=ZONE, amount_fen=900_000, workers=9)
    for n in range(3)
)
WORKER = WorkerAvailable(
    worker_id="W-1",
    zone=ZONE,
    station_id=OWN,
    windows=(Interval(start=NOW, end=NOW + 9 * DAY),),
    place=Place(lat=SHUANGFU[0], lon=SHUANGFU[1], name="双福镇"),
    birth_year=1968,
)


def log_of(facts: Sequence[Fact]) -> list[Record]:
    return answered(record_of(fact, n) for n, fact in enumerate([ClockTicked(now=NOW), *facts]))


def call(redis_url: str, log: list[Record]) -> None:
    """Tell the hall of the worker's first offer, as the notifier does."""
    notify(redis_url, log, JOBS, "screen")


@contextmanager
def hall(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A screen in the hall, signed in, with all of its jobs."""
    query = options.pop("query", "")
    options = {"has_touch": True, "size": PORTRAIT, **options}
    with Watched(browser, f"{address}/station?kiosk{query}", **options) as watched:
        page = watched.page
        page.locator("#key").fill(KEY)
        page.keyboard.press("Enter")
        expect(page.locator(".tiles")).to_be_visible()
        yield page


def titles(page: Page) -> list[str]:
    return page.locator(".tile b").all_inner_texts()


def shows(page: Page, *wanted: str) -> None:
    """Wait until jobs of these titles are on the page, in whatever order, and no others."""
    page.wait_for_function(SAME, arg=sorted(wanted))


def has_read(page: Page, times: int) -> dict[str, str]:
    """What was read last, once so often something was."""
    page.wait_for_function("times => window.said.length === times", arg=times)
    said: dict[str, str] = page.evaluate("window.said.at(-1)")
    return said


def wish(page: Page, name: str) -> Locator:
    return page.locator(f"[data-wish={name}]")


def on_its_page(page: Page, what: str) -> Locator:
    """Something on the page that it is on, as one finds it by turning."""
    pages = page.locator(".pages")
    while not page.locator(what).count():
        turned = pages.inner_text()
        page.locator(".after").tap()
        expect(pages).not_to_have_text(turned)
    return page.locator(what)


def small_targets(page: Page) -> list[str]:
    """What a finger would have to aim at."""
    found: list[str] = page.evaluate(
        """() => Array.from(document.querySelectorAll("button, a, input, select"))
          .map((one) => [one, one.getBoundingClientRect()])
          .filter(([, { width, height }]) => width && Math.min(width, height) < 56)
          .map(([one]) => one.outerHTML)"""
    )
    return found
