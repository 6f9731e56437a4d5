"""The browser, and a whole engine that runs behind the pages: nothing of it is made up."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.brokers import RedisServer
from tests.running import Up

expect.set_options(timeout=20_000)  # a busy machine is no reason to fail

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


class RunningEngine(NamedTuple):
    """`gigmatch up` on the embedded broker and the system's Redis, without a simulator."""

    http: str
    kafka: str
    redis: str
    scrape: str
    env: dict[str, str]
    keys: dict[str, str]
    server: RedisServer
    up: Up

    def run(self, *arguments: str) -> str:
        """What `gigmatch` prints, run against the engine."""
        argv = [sys.executable, "-m", "gigmatch", *arguments]
        done = subprocess.run(
            argv, env=self.env, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def station_key(self, station_id: str) -> str:
        """A key for the terminals of a station, made once: that takes a second and more."""
        if station_id not in self.keys:
            made = self.run("station-key", "create", station_id, "--json")
            self.keys[station_id] = str(json.loads(made)["key"])
        return self.keys[station_id]

    def operator_key(self, role: str) -> str:
        """A new key for an operator, or for a reader."""
        made = self.run("operator-key", "create", "tests", "--role", role, "--json")
        return str(json.loads(made)["key"])


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
