"""A whole engine that runs behind the pages, and what one asks of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tests.brokers import RedisServer
from tests.running import Up
from tests.typed import typed


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
        """What `gigmatch` prints, run against the engine.

        In another thread: in a test's own runs the browser's loop, and no second one can.
        """
        with ThreadPoolExecutor(1) as beside:
            said = beside.submit(typed, *arguments, env=self.env).result()
        assert said.code == 0, said.out + said.err
        return said.out

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
