"""`gigmatch import jobs` as a clerk runs it: on real brokers, killed half-way, seen online."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from events.codec import decode
from events.facts import JobPosted
from events.topics import EVENTS, partition_of
from gigmatch.logread import LogReader
from tests.brokers import Broker, MemoryBroker
from tests.producers.importing.rows_for_tests import ROW, csv_bytes, grid, xlsx_bytes
from tests.running import ZONE, Up
from tests.system.matchers import make_topics
from tests.system.outboxes import published, running_outbox, said

STATION = f"{ZONE}-05"
SOURCE = f"/zones/{ZONE}/stations/05"
FEED = f"/feeds/jobs.jsonld?zone={ZONE}"
MANY = 400
BAD = {**ROW, "编号": "BAD", "工资": "面议"}


def many(count: int) -> list[dict[str, str]]:
    return [{**ROW, "编号": f"K{n}"} for n in range(count)]


def start(kafka: str, file: Path, *options: str, station: str = STATION) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "gigmatch", "import", "jobs", str(file), "--json"]
    return subprocess.Popen(
        [*command, "--station", station, "--feed", "fair", *options],
        env={**os.environ, "GIGMATCH_KAFKA": kafka, "GIGMATCH_LANGUAGE": "en"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(kafka: str, file: Path, *options: str, code: int = 0) -> dict[str, Any]:
    """What the command prints; it must end with `code`."""
    with start(kafka, file, *options) as running:
        out, err = running.communicate(timeout=120)
    assert running.returncode == code, err
    told: dict[str, Any] = json.loads(out)
    return told


def counts(told: dict[str, Any]) -> dict[str, int]:
    names = ("new", "changed", "unchanged", "closed", "missing", "rejected")
    return {name: told[name] for name in names if told[name]}


def posted(broker: Broker) -> Counter[tuple[str, str]]:
    """Event ids and jobs of the postings on the log; all are the station's, in its partition."""
    found: Counter[tuple[str, str]] = Counter()
    with LogReader(broker.bootstrap) as reader:
        for partition in reader.partitions(EVENTS):
            for record in reader.read(EVENTS, partition):
                event = decode(record)
                assert (event.source, partition) == (SOURCE, partition_of(ZONE, 2))
                if isinstance(event.fact, JobPosted):
                    found[event.id, event.fact.job_id] += 1
    return found


def test_an_import_that_is_killed_and_repeated_posts_each_row_once(
    broker: Broker, tmp_path: Path
) -> None:
    make_topics(broker, 2)
    file = tmp_path / "fair.csv"
    file.write_bytes(csv_bytes([*many(MANY), BAD], "gb18030"))
    dry = run(broker.bootstrap, file, "--dry-run", code=1)
    assert (counts(dry), dry["published"]) == ({"new": MANY, "rejected": 1}, False)
    assert not posted(broker)
    with start(broker.bootstrap, file) as running:
        with LogReader(broker.bootstrap) as reader:
            while not reader.bounds(EVENTS, partition_of(ZONE, 2))[1] and running.poll() is None:
                time.sleep(0.001)
        running.kill()
    told = run(broker.bootstrap, file, code=1)
    assert told["new"] + told["unchanged"] == MANY
    assert told["rejected"] == 1
    rejected = Path(told["rejected_file"])
    assert "面议" in rejected.read_text(encoding="utf-8-sig")
    found = posted(broker)
    assert len({job_id for _, job_id in found}) == len(found) == MANY
    assert counts(run(broker.bootstrap, file, code=1)) == {"unchanged": MANY, "rejected": 1}
    assert posted(broker) == found


def test_an_import_goes_through_the_outbox_while_there_is_no_network(tmp_path: Path) -> None:
    broker = MemoryBroker()
    file, notes = tmp_path / "fair.csv", tmp_path / "fair.handed-over.jsonl"
    file.write_bytes(csv_bytes(many(3)))
    try:
        with running_outbox(broker.bootstrap, tmp_path, STATION) as outbox:
            through = ("--outbox", outbox.address)
            assert counts(run(broker.bootstrap, file, *through)) == {"new": 3}
            notes.write_bytes(notes.read_bytes()[:-9])  # a power cut while the last was noted
            assert counts(run(broker.bootstrap, file, *through)) == {"new": 1, "unchanged": 2}
            file.write_bytes(csv_bytes([{**ROW, "编号": "K0", "人数": "7"}, *many(3)[1:]]))
            assert counts(run(broker.bootstrap, file, *through)) == {"changed": 1, "unchanged": 2}
            assert outbox.status()["waiting"] == 4
            with start(broker.bootstrap, file, *through, station=f"{ZONE}-09") as other:
                _, err = other.communicate(timeout=120)
            assert (other.returncode, f"not of {ZONE}-09" in err) == (1, True)
            broker.start()
            make_topics(broker, 1)
            outbox.wait_sent()
            notes.unlink()  # what the log has needs no notes
            assert counts(run(broker.bootstrap, file, *through)) == {"unchanged": 3}
        assert [fact.TYPE for _, fact in said(published(broker), SOURCE)] == [
            *["job.posted"] * 3,
            "job.amended",
        ]
        assert counts(run(broker.bootstrap, file)) == {"unchanged": 3}
    finally:
        broker.stop()


def test_the_online_list_the_feed_and_the_terminals_show_what_was_imported(
    run_up: Callable[..., Up], tmp_path: Path
) -> None:
    up = run_up("--no-simulator")
    file = tmp_path / "fair.xlsx"
    rows = many(4)
    file.write_bytes(xlsx_bytes(grid([*rows, BAD])))
    assert counts(run(up.kafka, file, code=1)) == {"new": 4, "rejected": 1}
    ids = {f"{STATION}.fair.K{n}" for n in range(4)}
    with httpx.Client(base_url=up.http, timeout=60) as client:
        wait_for(client, ids)
        rows[0]["人数"] = "7"
        file.write_bytes(xlsx_bytes(grid(rows[:3])))
        assert counts(run(up.kafka, file, "--close-missing")) == {
            "changed": 1,
            "unchanged": 2,
            "closed": 1,
        }
        wait_for(client, ids - {f"{STATION}.fair.K3"})
        feed = wait_until(client, lambda feed: openings(feed).get(f"{STATION}.fair.K0") == 7)
        town = client.get(f"/api/town?zone={ZONE}").json()
        assert openings(feed) == {job["job_id"]: job["remaining"] for job in town["jobs"]}
        assert town["totals"]["job.posted"] == 4
        terminal = client.get("/api/station/jobs", headers=station_key(up, tmp_path)).json()
        assert openings(feed) == {one["job"]["job_id"]: one["missing"] for one in terminal["jobs"]}
        (tmp_path / "feed.jsonld").write_text(json.dumps(feed), encoding="utf-8")
    elsewhere = run(up.kafka, tmp_path / "feed.jsonld", "--feed", "app", "--dry-run")
    assert counts(elsewhere) == {"new": 3}


def station_key(up: Up, folder: Path) -> dict[str, str]:
    """The headers of a terminal of the hall."""
    command = [sys.executable, "-m", "gigmatch", "station-key", "create", STATION, "--json"]
    store = f"sqlite:{folder / 'logs' / 'store.db'}"
    env = {**os.environ, "GIGMATCH_KAFKA": up.kafka, "GIGMATCH_STORE": store}
    made = subprocess.run(command, env=env, capture_output=True, check=True, timeout=120)
    return {"authorization": f"Bearer {json.loads(made.stdout)['key']}"}


def wait_for(client: httpx.Client, ids: set[str]) -> None:
    """Wait until the town's page and the feed both list these open jobs and no others."""
    while True:
        town = client.get(f"/api/town?zone={ZONE}").json()
        listed = {job["job_id"] for job in town["jobs"]}
        if listed == ids == openings(client.get(FEED).json()).keys():
            return
        time.sleep(0.1)


def wait_until(client: httpx.Client, arrived: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The feed, once something is in it."""
    while True:
        feed: dict[str, Any] = client.get(FEED).json()
        if arrived(feed):
            return feed
        time.sleep(0.1)


def openings(feed: dict[str, Any]) -> dict[str, int]:
    """Open places by job."""
    return {one["identifier"]["value"]: one["totalJobOpenings"] for one in feed["dataFeedElement"]}
