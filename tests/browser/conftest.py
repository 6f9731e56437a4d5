"""The browser, and a whole engine that runs behind the pages: nothing of it is made up."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.brokers import RedisServer
from tests.browser.at_work import CHINA_MS, DAY_MS, ZONE, AtWork, Stations
from tests.browser.engine import RunningEngine
from tests.browser.watching import LONG_MS
from tests.running import Up

expect.set_options(timeout=LONG_MS)  # a busy machine is no reason to fail

CHROMIUM = "/usr/bin/chromium"
MIDNIGHT_MS = 240_000
"""Longer than a test takes, on a slow machine too."""
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(autouse=True)
def _of_one_day() -> None:
    """What a test calls tomorrow is tomorrow to its end: none begins a moment before midnight."""
    left = DAY_MS - (time.time_ns() // 1_000_000 + CHINA_MS) % DAY_MS
    if left < MIDNIGHT_MS:
        time.sleep(left / 1_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for a module: while it is there, its loop runs here and no other can."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    """One engine for all tests of a worker process: each test uses jobs and workers of its own."""
    folder: Path = tmp_path_factory.mktemp("engine")
    redis = RedisServer()
    redis.start()
    store = f"sqlite:{folder / 'store.db'}"
    settings = {"GIGMATCH_STORE": store, "GIGMATCH_SCRAPE_S": "1"}
    settings["GIGMATCH_QUIET_HOURS"] = "00:00-00:00"  # never: who is to be called is, at night too
    for rate in ("ANYONE", "KNOWN", "SIGN_IN"):  # all tests sign in from one address
        settings[f"GIGMATCH_RATE_{rate}"] = "100000/minute"
    up = Up(folder, "--no-simulator", "--redis", redis.url, **settings)
    try:
        up.wait_ready()
        env = {**os.environ, "GIGMATCH_KAFKA": up.kafka, "GIGMATCH_REDIS": redis.url}
        yield RunningEngine(
            up.http, up.kafka, redis.url, up.scrape, {**env, "GIGMATCH_STORE": store}, {}, redis, up
        )
    finally:
        up.end(signal.SIGINT)
        redis.stop()


@pytest.fixture
def fresh(engine: RunningEngine) -> Iterator[AtWork]:
    """A station whose workers nobody else's jobs fit."""
    with AtWork(engine) as at_work:
        yield at_work


@pytest.fixture
def stations(engine: RunningEngine) -> Iterator[Stations]:
    """Stations at work, each with jobs and workers of its own."""
    made: list[AtWork] = []

    def station(number: str) -> AtWork:
        made.append(AtWork(engine, f"{ZONE}-{number}"))
        return made[-1]

    yield station
    for at_work in made:
        at_work.client.close()
