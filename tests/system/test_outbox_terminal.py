"""The terminal's outbox as a process: commands outlive the line, the page and the process."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from events.codec import decode
from events.facts import JobPosted
from events.topics import EVENTS, partition_of
from gigmatch.logread import LogReader
from gigmatch.processes import LOCALHOST
from producers.outbox.process import wall_clock
from tests.cutting import Line
from tests.matching.scenario import JOB
from tests.running import Up
from tests.system.outboxes import OutboxProcess, running_outbox
from tests.town import HOUR, ZONE
from tests.typed import typed

STATION = f"{ZONE}-05"
SOURCE = f"/zones/{ZONE}/stations/05"
JOBS = "/api/station/jobs"


class Running:
    """A whole engine, a wire to its gateway that can be cut, and a key of the station."""

    def __init__(self, up: Up, wire: Line, folder: Path, env: dict[str, str]) -> None:
        self.up = up
        self.wire = wire
        made = typed("station-key", "create", STATION, "--json", env=env)
        assert made.code == 0, made.err
        self.key = str(json.loads(made.out)["key"])
        self.key_file = folder / "station.key"
        self.key_file.touch(0o600)
        self.key_file.write_text(self.key)

    @property
    def options(self) -> tuple[str, ...]:
        """What makes an outbox serve the terminal."""
        return (
            "--gateway",
            f"http://{LOCALHOST}:{self.wire.port}",
            "--key-file",
            f"{self.key_file}",
        )

    def posted(self) -> list[str]:
        """The jobs that the station has posted, in the order of the log, each id once."""
        with LogReader(self.up.kafka) as reader:
            records = reader.read(EVENTS, partition_of(ZONE, len(reader.partitions(EVENTS))))
            events = [decode(record) for record in records]
        once = {event.id: event.fact for event in events if event.source == SOURCE}
        return [fact.job_id for fact in once.values() if isinstance(fact, JobPosted)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("engine")
    store = f"sqlite:{folder / 'store.db'}"
    up = Up(folder, "--no-simulator", GIGMATCH_STORE=store)
    try:
        up.wait_ready()
        env = {**os.environ, "GIGMATCH_KAFKA": up.kafka, "GIGMATCH_REDIS": up.redis}
        with Line(int(up.http.rpartition(":")[2])) as wire:
            yield Running(up, wire, folder, {**env, "GIGMATCH_STORE": store})
    finally:
        up.end(signal.SIGINT)


def page_of(outbox: OutboxProcess, key: str) -> httpx.Client:
    """A page that is signed in."""
    page = httpx.Client(base_url=outbox.address, timeout=30)
    signed_in = page.post("/api/session", json={"key": key})
    assert signed_in.status_code == 200, signed_in.text
    page.headers["x-csrf-token"] = signed_in.json()["csrf"]
    return page


def posting(id: str) -> dict[str, Any]:
    begin = wall_clock() + 48 * HOUR
    body: dict[str, Any] = msgspec.to_builtins(JOB)
    return body | {"job_id": f"J-{id}", "shifts": [{"start": begin, "end": begin + 8 * HOUR}]}


def test_commands_outlive_the_line_the_page_and_the_process(
    running: Running, tmp_path: Path
) -> None:
    """Entered without a line, killed, started with no page open: once each, and in order."""
    ids = [f"kept-{number}" for number in range(12)]
    with running_outbox(running.up.kafka, tmp_path, STATION, *running.options) as outbox:
        page = page_of(outbox, running.key)
        running.wire.break_off()
        for number, id in enumerate(ids):
            answer = page.post(JOBS, json=posting(id), headers={"idempotency-key": id})
            assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:kept")
            if number % 4 == 3:
                outbox.kill()
                outbox.start_again()
        assert page.get("/api/session").status_code == 200  # who is signed in is known, too
        assert outbox.status()["commands"]["waiting"] == len(ids)
        page.close()
        outbox.kill()
        running.wire.mend()
        outbox.start_again()
        outbox.wait_for(lambda status: status["commands"]["waiting"] == 0)
        status = outbox.status()["commands"]
        assert (status["refused"], status["trouble"]) == ([], "")
        with closing(page_of(outbox, running.key)) as again:
            told = again.get("/commands").json()
            assert told == {"waiting": [], "refused": []}
    assert [job for job in running.posted() if job.startswith("J-kept-")] == [
        f"J-{id}" for id in ids
    ]


def test_killed_while_it_sends_none_is_lost_and_each_counts_once(
    running: Running, tmp_path: Path
) -> None:
    ids = [f"sent-{number}" for number in range(40)]
    with running_outbox(running.up.kafka, tmp_path, STATION, *running.options) as outbox:
        page = page_of(outbox, running.key)
        running.wire.break_off()
        for id in ids:
            page.post(JOBS, json=posting(id), headers={"idempotency-key": id})
        page.close()
        running.wire.mend()
        for _ in range(4):
            outbox.wait_for(lambda status: status["commands"]["trouble"] == "")
            outbox.kill()
            outbox.start_again()
        outbox.wait_for(lambda status: status["commands"]["waiting"] == 0)
        assert outbox.status()["commands"]["refused"] == []
    assert [job for job in running.posted() if job.startswith("J-sent-")] == [
        f"J-{id}" for id in ids
    ]


def test_the_key_is_in_no_log_and_in_no_file_of_the_outbox(
    running: Running, tmp_path: Path
) -> None:
    with (
        running_outbox(running.up.kafka, tmp_path, STATION, *running.options) as outbox,
        closing(page_of(outbox, running.key)) as page,
    ):
        answer = page.post(JOBS, json=posting("key"), headers={"idempotency-key": "key"})
        assert answer.status_code == 202
    written = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert running.key.encode() not in written
