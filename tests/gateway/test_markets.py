"""The markets' figures: out of a real read model, through /metrics, and back."""

import asyncio
from collections import Counter

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from events.facts import Fact, ModelPromoted
from gateway.markets import gini, read_markets, show_markets
from gigmatch.figures.markets import are_known, left_out, zones_of
from gigmatch.figures.scraping import Round, Scrape, Target, parsed
from gigmatch.figures.types import ZoneFigures
from gigmatch.health import HealthServer
from gigmatch.processes import LOCALHOST, free_port
from gigmatch.readmodel.keys import ZONES
from matching.engine import Engine
from matching.scorer import RULES
from tests.gateway.serving import gateway_of
from tests.matching.scenario import JOB
from tests.projecting import answered, new_engine, project, town_log
from tests.town import ZONE
from tests.worlds import record_of

PROMOTED = "sha256:" + "1" * 64
INFO = "gigmatch_market_release_info"


@pytest.fixture
def engine(redis_url: str) -> Engine:
    made = new_engine()
    project(redis_url, town_log(hours=80, registered=300, engine=made))
    return made


async def read(redis_url: str) -> ZoneFigures:
    async with AsyncRedis.from_url(redis_url) as redis:
        [zone], left_out = await read_markets(redis)
    assert left_out == 0
    return zone


def told() -> list[ZoneFigures]:
    said = Scrape(Target("gateway", "a:1"), parsed(generate_latest().decode()))
    return zones_of(Round(0.0, {"a:1": said}))


async def test_they_are_the_markets_own(engine: Engine, redis_url: str) -> None:
    zone, state = await read(redis_url), engine.markets[ZONE].state
    jobs = state.jobs.values()
    assert sum(one.filled for one in zone.stations) == sum(job.status == "filled" for job in jobs)
    closed = [job for job in jobs if job.status in ("filled", "expired")]
    assert closed
    assert sum(one.closed for one in zone.stations) == len(closed)
    assert sum(one.asked for one in zone.stations) == sum(job.posted.headcount for job in closed)
    assert zone.offers["accepted"] == sum(one.status == "accepted" for one in state.offers.values())
    assert zone.bookings["confirmed"] > 0
    assert zone.now == state.now
    busy = [one for one in zone.stations if one.filled]
    assert all(one.median_fill_s for one in busy)
    assert all(one.seen_at and one.seen_at <= zone.now for one in busy)


async def test_metrics_say_the_same_and_the_page_reads_them_there(
    engine: Engine, redis_url: str
) -> None:
    zone = await read(redis_url)
    async with AsyncRedis.from_url(redis_url) as redis:
        await show_markets(redis)
    assert told() == [zone]
    async with gateway_of(redis_url) as gateway:
        await gateway.parts.monitor.look()
        said = (await gateway.client.get("/metrics")).text
    line = (
        f'gigmatch_market_offers{{status="declined",zone="{ZONE}"}} {zone.offers["declined"]:.1f}'
    )
    assert line in said


async def test_the_operators_are_told_what_scores_after_each_promotion_and_rollback(
    redis_url: str,
) -> None:
    facts: list[Fact] = [JOB, ModelPromoted(release=PROMOTED), ModelPromoted(release=RULES)]
    records = [record_of(fact, number) for number, fact in enumerate(facts)]
    health = HealthServer(0, LOCALHOST, lambda: (True, ""))  # says what this process's gateway says
    health.start()
    target = Target("gateway", f"{LOCALHOST}:{health.port}")
    try:
        for count, release in enumerate((RULES, PROMOTED, RULES), 1):
            project(redis_url, answered(records[:count]))
            async with gateway_of(redis_url, scrape=[target]) as gateway:
                await gateway.parts.monitor.look()
                headers = await gateway.operator(reader=True)
                answer = await gateway.client.get("/api/operator/figures", headers=headers)
                said = (await gateway.client.get("/metrics")).text
            [zone] = answer.json()["figures"]["zones"]
            assert (zone["zone"], zone["release"]) == (ZONE, release)
            lines = [one for one in said.splitlines() if "market_release_info{" in one]
            assert lines == [f'{INFO}{{release="{release}",zone="{ZONE}"}} 1.0']
    finally:
        await asyncio.to_thread(health.stop)


async def test_without_redis_nothing_is_said_rather_than_something_old(
    engine: Engine, redis_url: str
) -> None:
    async with AsyncRedis.from_url(redis_url) as redis:
        await show_markets(redis)
    assert told()
    async with AsyncRedis.from_url(f"redis://127.0.0.1:{free_port()}/0") as nobody:
        await show_markets(nobody)
    assert told() == []
    said = Scrape(Target("gateway", "a:1"), parsed(generate_latest().decode()))
    assert not are_known(Round(0.0, {"a:1": said}))


async def test_a_nation_of_zones_is_not_a_nation_of_metrics(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.sadd(ZONES, *(f"{number:06}" for number in range(100)))
    async with AsyncRedis.from_url(redis_url) as redis:
        zones, more = await read_markets(redis)
        assert (len(zones), more) == (64, 36)
        await show_markets(redis)
    said = Round(0.0, {"a:1": Scrape(Target("gateway", "a:1"), parsed(generate_latest().decode()))})
    assert (len(zones_of(said)), left_out(said)) == (64, 36)


async def test_the_operators_are_told_how_many_zones_are_left_out(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.sadd(ZONES, *(f"{number:06}" for number in range(66)))
    health = HealthServer(0, LOCALHOST, lambda: (True, ""))  # says what this process's gateway says
    health.start()
    target = Target("gateway", f"{LOCALHOST}:{health.port}")
    try:
        async with gateway_of(redis_url, scrape=[target]) as gateway:
            await gateway.parts.monitor.look()
            headers = await gateway.operator(reader=True)
            whole = await gateway.client.get("/api/operator/figures", headers=headers)
            some = await gateway.client.get("/api/operator/markets", headers=headers)
    finally:
        await asyncio.to_thread(health.stop)
    assert whole.json()["figures"]["zones_left_out"] == 2
    assert some.json()["zones_left_out"] == 2


@given(st.lists(st.integers(0, 12), min_size=1, max_size=40).filter(any))
def test_gini_is_half_the_mean_difference_by_the_mean(amounts: list[int]) -> None:
    count = len(amounts)
    differences = sum(abs(a - b) for a in amounts for b in amounts)
    found = gini(Counter(amounts))
    assert found == pytest.approx(differences / (2 * count * sum(amounts)), abs=1e-4)


def test_gini_of_nothing_is_nothing() -> None:
    assert gini({0: 10}) is None
    assert gini({}) is None
    assert gini({3: 7}) == 0.0


async def test_a_gateway_without_targets_says_so(redis_url: str) -> None:
    async with gateway_of(redis_url) as gateway:
        headers = await gateway.operator(reader=True)
        answer = await gateway.client.get("/api/operator/figures", headers=headers)
    assert isinstance(answer, httpx.Response)
    assert answer.json()["figures"]["processes"] == []
