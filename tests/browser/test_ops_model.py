"""The operators' page: which model scores, and the market's figures as the market has them."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from events.codec import decode, decode_outcome
from events.envelope import Record
from events.facts import ClockTicked, Fact, JobPosted, ModelPromoted
from events.outcomes import JobFilled
from events.topics import EVENTS
from gigmatch.figures.scraping import Target
from gigmatch.processes import LOCALHOST, free_port
from gigmatch.readmodel.zone import FILL_MINUTES
from gigmatch.settings import PACKAGED_RELEASES
from matching.market_state import MarketState
from matching.scorer import RULES
from matching.state import Job
from models.registry import Registry
from streams import calibration, drift
from tests.browser.at_work import AtWork
from tests.browser.watching import (
    PHONE,
    Watched,
    bring_into_sight,
    check_accessible,
    check_fits,
    shoot,
)
from tests.gateway.serving import READER, serving
from tests.matching.scenario import JOB
from tests.projecting import answered, new_engine, project, town_log
from tests.town import ZONE
from tests.worlds import record_of

pytestmark = pytest.mark.browser

PACKAGED = Registry(PACKAGED_RELEASES).newest()
FIRST, SECOND, EARLIER = (f"sha256:{digit * 64}" for digit in "123")
ZONES = ("511102", "511123", "511181")
UNSIGNED = (401,)
UNITS = {"秒": 1, "分钟": 60, "小时": 3_600}
MOST_MINUTES = 10_000


def sign_in(watched: Watched, key: str) -> Page:
    page = watched.page
    page.locator("#key").fill(key)
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_attribute("data-state", "live")
    return page


@contextmanager
def ops_page(redis_url: str, browser: Browser) -> Iterator[Page]:
    """The page of a gateway that asks itself, and nobody else, for figures."""
    port = free_port()
    scrape = (Target("gateway", f"{LOCALHOST}:{port}"),)
    with (
        serving(redis_url, port, scrape=scrape, scrape_s=1.0) as address,
        Watched(browser, f"{address}/ops", refusals=UNSIGNED) as watched,
    ):
        yield sign_in(watched, READER["authorization"].removeprefix("Bearer "))


def test_what_scores_is_named_after_a_promotion_and_after_a_rollback(
    fresh: AtWork, browser: Browser
) -> None:
    fresh.register("anybody")  # a market has begun, whatever ran before
    engine = fresh.engine
    with Watched(browser, f"{engine.http}/ops", refusals=UNSIGNED) as watched:
        page = sign_in(watched, engine.operator_key("reader"))
        at_work = page.locator("#model .release:not(.over)")
        expect(at_work).to_have_text(f"正在评分的版本 {PACKAGED[7:15]}")  # by `gigmatch up`
        engine.run("model", "promote", RULES)
        try:
            expect(at_work).to_have_text("正在评分的版本 规则评分")
            expect(at_work).to_have_attribute("title", RULES)
            scrape = {"GIGMATCH_SCRAPE": engine.scrape, "GIGMATCH_SCRAPE_S": "1"}
            asked = engine._replace(env={**engine.env, **scrape})
            assert f"正在评分的版本 {RULES}" in asked.run("top", "--once")
        finally:
            engine.run("model", "rollback")
        expect(at_work).to_have_text(f"正在评分的版本 {PACKAGED[7:15]}")


@pytest.fixture(autouse=True)
def _nothing_else_scored() -> None:
    """What other tests' matchers in this process have left of releases of theirs."""
    for metric in (
        drift.PSI,
        drift.OFFERS,
        calibration.OFFERS,
        calibration.EXPECTED,
        calibration.OBSERVED,
    ):
        metric.clear()


@contextmanager
def watched_releases(**psi: float) -> Iterator[None]:
    """Releases that drifted and did not keep what they promised, as their processes tell it."""
    releases = {"first": FIRST, "second": SECOND, "earlier": EARLIER, "rules": RULES}
    for name, value in psi.items():
        release = releases[name]
        drift.PSI.labels(release, "distance_km").set(value)
        drift.OFFERS.labels(release).set(2_048)
        for counter, count in (
            (calibration.OFFERS, 1_000),
            (calibration.EXPECTED, 500),
            (calibration.OBSERVED, 500 - 1_000 * value),
        ):
            counter.labels(release, "accept", "5").inc(count)
    try:
        yield
    finally:
        for name in psi:
            drift.PSI.remove(releases[name], "distance_km")
            drift.OFFERS.remove(releases[name])
            for counter in (calibration.OFFERS, calibration.EXPECTED, calibration.OBSERVED):
                counter.remove(releases[name], "accept", "5")


def jobs_everywhere() -> list[Fact]:
    return [
        msgspec.structs.replace(JOB, job_id=f"J-{zone}", zone=zone, station_id=f"{zone}-01")
        for zone in ZONES
    ]


def project_facts(redis_url: str, *facts: Fact) -> None:
    project(redis_url, answered(record_of(fact, number) for number, fact in enumerate(facts)))


def test_where_zones_differ_each_is_named_and_an_earlier_release_is_no_trouble(
    redis_url: str, browser: Browser
) -> None:
    trial = ModelPromoted(zone=ZONES[1], release=SECOND)
    project_facts(redis_url, *jobs_everywhere(), ModelPromoted(release=FIRST), trial)
    with (
        watched_releases(first=0.31, second=0.06, earlier=0.44),
        ops_page(redis_url, browser) as page,
    ):
        model, troubles = page.locator("#model"), page.locator("#troubles")
        expect(model.locator(".release")).to_have_text(
            [
                "正在评分的版本 11111111",
                "正在评分的版本 22222222",
                "先前的版本（已不再评分） 33333333",
            ]
        )
        expect(model.locator(".note")).to_have_text(
            ["各区县的评分版本不一样", "在 511102, 511181 评分", "在 511123 评分"]
        )
        figures = ("31.0%", "0.31", "6.0%", "0.06", "44.0%", "0.44")
        expect(model.locator("dd:not(.line)")).to_have_text(
            [re.compile(f"^{one}") for one in figures]
        )
        expect(troubles).to_contain_text("PSI 0.31")
        expect(troubles).to_contain_text("相差 31.0%")
        expect(troubles).not_to_contain_text("44")
        check_accessible(page)
        bring_into_sight(model)
        shoot(page, "ops-model-1280x800")
        page.set_viewport_size(PHONE)
        check_fits(page)


def test_one_release_for_all_is_said_once_and_what_it_lacks_is_its_own(
    redis_url: str, browser: Browser
) -> None:
    project_facts(redis_url, *jobs_everywhere())
    with watched_releases(earlier=0.3), ops_page(redis_url, browser) as page:
        notes = page.locator("#model .note")
        rules = ["全部 3 个区县都由它评分", "还没有结果可比", "规则评分没有训练数据，谈不上漂移"]
        expect(notes).to_have_text(rules)
        project_facts(redis_url, *jobs_everywhere(), ModelPromoted(release=FIRST))
        expect(notes).to_have_text([*rules[:2], "不足 1024 次邀约，还看不出漂移 (0)"])


def test_rules_that_do_not_keep_their_word_are_no_trouble(redis_url: str, browser: Browser) -> None:
    """They were never calibrated, and nothing scored before them that one could go back to."""
    project_facts(redis_url, *jobs_everywhere())
    with watched_releases(rules=0.2), ops_page(redis_url, browser) as page:
        expect(page.locator("#model dd:not(.line)").first).to_have_text(re.compile(r"^20\.0%"))
        expect(page.locator("#troubles")).not_to_contain_text("相差")


def test_without_a_market_nothing_is_said_to_score_or_to_be_over(
    redis_url: str, browser: Browser
) -> None:
    with watched_releases(first=0.3), ops_page(redis_url, browser) as page:
        expect(page.locator("#model .note")).to_contain_text("不知道哪个版本在评分")
        expect(page.locator("#model .release")).to_have_text(["版本 11111111"])
        expect(page.locator("#troubles")).to_contain_text("PSI 0.30")


class Town(NamedTuple):
    """A town's log, what its market knows at the end, and how long its filled jobs took, in ms."""

    log: list[Record]
    state: MarketState
    took: dict[str, int]

    def closed(self, station_id: str = "") -> list[Job]:
        return [
            job
            for job in self.state.jobs.values()
            if job.status in ("filled", "expired") and station_id in ("", job.posted.station_id)
        ]


@pytest.fixture(scope="module")
def town() -> Town:
    engine = new_engine()
    log = town_log(hours=80, registered=300, engine=engine)
    state = engine.markets[ZONE].state
    filled = {id for id, job in state.jobs.items() if job.status == "filled"}
    took = {id: time for id, time in _times_to_fill(log).items() if id in filled}
    assert took.keys() == filled
    return Town(log, state, took)


def _times_to_fill(log: list[Record]) -> dict[str, int]:
    posted: dict[str, int] = {}
    took: dict[str, int] = {}
    clock = 0
    for record in log:
        if record.topic != EVENTS:
            _, outcome = decode_outcome(record)
            if isinstance(outcome, JobFilled):
                took[outcome.job_id] = outcome.at - posted[outcome.job_id]
            continue
        fact = decode(record).fact
        if isinstance(fact, ClockTicked):
            clock = max(clock, fact.now)
        elif isinstance(fact, JobPosted):
            posted.setdefault(fact.job_id, clock)
    return took


def share(jobs: list[Job]) -> str:
    """Places taken of those asked, in whole hundredths."""
    asked = sum(job.posted.headcount for job in jobs)
    return f"{int(sum(job.booked_places for job in jobs) / asked * 100 + 0.5)}%"


def seconds(told: str) -> float:
    amount, unit = re.fullmatch(r"([\d.]+) (\S+)", told).groups()  # type: ignore[union-attr]
    return float(amount) * UNITS[unit]


def test_offers_fill_rates_and_times_to_fill_are_the_markets_own(
    town: Town, redis_url: str, browser: Browser
) -> None:
    project(redis_url, town.log)
    with ops_page(redis_url, browser) as page:
        offers = Counter[str](offer.status for offer in town.state.offers.values())
        states = ("open", "accepted", "declined", "expired", "withdrawn")
        assert sum(map(bool, offers.values())) >= 4
        shown = page.locator("#offers dl").first.locator("dd:not(.line)")
        expect(shown).to_have_text([str(offers[state]) for state in states])
        expect(page.locator("[data-figure=fill]")).to_have_text(share(town.closed()))
        expect(page.locator("[data-figure=offers]")).to_have_text(str(offers["open"]))
        stations = {job.posted.station_id for job in town.closed()}
        assert len(stations) > 9
        for station_id in stations:
            check_station(page, station_id, town)


def check_station(page: Page, station_id: str, town: Town) -> None:
    """That a station's row says how many were filled, how much, and how fast by the median."""
    closed = town.closed(station_id)
    took = sorted(town.took[job.posted.job_id] for job in closed if job.status == "filled")
    cells = page.locator(f"tr[data-station='{station_id}'] td")
    expect(cells.nth(2)).to_have_text(f"{len(took)}/{len(closed)}")
    expect(cells.nth(3)).to_have_text(share(closed))
    if not took:
        expect(cells.nth(4)).to_have_text("–")
        return
    # It is told from classes: it lies in that of the median.
    bounds = (0, *FILL_MINUTES, MOST_MINUTES)
    above = bisect_left(bounds, took[(len(took) - 1) // 2] / 60_000)
    median = seconds(cells.nth(4).inner_text()) / 60
    assert bounds[above - 1] * 0.99 <= median <= bounds[above] * 1.01
