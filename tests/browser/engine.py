"""A whole engine that runs behind the pages, and what one asks of it."""

import json
import subprocess
import sys
from typing import NamedTuple

from tests.brokers import RedisServer
from tests.running import Up


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
            argv, env=self.env, capture_output=True, text=True, timeout=300, check=False
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
