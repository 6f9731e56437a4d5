"""The command line against a broker, as a person types it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from events.topics import EVENTS
from gigmatch.facts_file import read_facts
from producers.publisher import Publisher
from tests.brokers import MemoryBroker
from tests.matching.scenario import JOB, WORKER
from tests.system.matchers import running_matcher, wait_for_outcomes
from tests.town import ZONE

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = str(ROOT / "examples" / "job.json")


class Shell:
    """Runs `gigmatch` with a broker in its environment."""

    def __init__(self, kafka: str) -> None:
        self.env = {
            **os.environ,
            "GIGMATCH_KAFKA": kafka,
            "GIGMATCH_REDIS": "redis://user:secret@127.0.0.1:1/0",
            "GIGMATCH_LANGUAGE": "en",
            "GIGMATCH_PARTITIONS": "1",
        }

    def run(self, *arguments: str, code: int = 0, **env: str) -> str:
        """What the command prints; it must end with `code`."""
        done = subprocess.run(
            [sys.executable, "-m", "gigmatch", *arguments],
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 or "--json" in arguments else done.stdout + done.stderr

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What the command prints with --json."""
        return json.loads(self.run(*arguments, "--json", code=code))


@pytest.fixture(scope="module")
def shell(embedded_broker: MemoryBroker) -> Shell:
    made = Shell(embedded_broker.bootstrap)
    reports = made.json("topics", "--create")
    assert [report["partitions"] for report in reports] == [1, 1, 1, 1]
    return made


@pytest.fixture(scope="module")
def matched(
    shell: Shell, embedded_broker: MemoryBroker, tmp_path_factory: pytest.TempPathFactory
) -> Shell:
    """A broker on which a job was ranked and garbage was refused."""
    publisher = Publisher(embedded_broker.bootstrap, client_id="tests")
    publisher.publish_fact(WORKER, id="w", source="/tests")
    publisher.publish_fact(JOB, id="j", source="/tests")
    publisher.publish(EVENTS, b"garbage", key=ZONE.encode(), partition=0)
    publisher.close()
    with running_matcher(embedded_broker, tmp_path_factory.mktemp("matcher")) as matcher:
        ids = {f"{ZONE}-{offset}-0" for offset in range(3)}
        wait_for_outcomes(embedded_broker, ids, matcher)
    return shell


def test_topics_are_verified(shell: Shell) -> None:
    assert "ok" in shell.run("topics")


def test_a_job_is_explained(matched: Shell) -> None:
    told = matched.json("explain", "J-1")
    assert [line["worker_id"] for line in told["ranking"]] == ["W-1"]
    assert "W-1 is number 1 for J-1" in matched.run("explain", "J-1", "W-1")
    assert "no job J-9" in matched.run("explain", "J-9", code=1)
    assert "W-9 is not available" in matched.run("explain", "J-1", "W-9", code=1)


def test_the_topic_replays_to_what_was_answered(matched: Shell, tmp_path: Path) -> None:
    log = str(tmp_path / "log.jsonl")
    first = matched.json("replay", "--compare", "--record", log)
    assert first["difference"] == ""
    again = matched.json("replay", log, "--snapshot-at", "1")
    for name in ("state_hash", "outcomes_sha256", "records"):
        assert again[name] == first[name]


def test_a_dead_letter_is_listed_shown_and_sent_again(matched: Shell, tmp_path: Path) -> None:
    (brief,) = matched.json("dead-letters", "list")
    assert brief["origin"] == f"{EVENTS}/0/2"
    shown = matched.json("dead-letters", "show", brief["origin"])
    assert shown["value"] == "garbage"
    assert shown["reason"]
    assert "no dead letter" in matched.run("dead-letters", "show", "x/0/0", code=1)
    mended = tmp_path / "mended"
    mended.write_bytes(b"{}")
    matched.run("dead-letters", "replay", brief["origin"], "--value", str(mended))
    matched.run("dead-letters", "replay", code=2)
    assert matched.json("replay")["records"] == 4


def test_a_file_is_checked_before_it_is_published(shell: Shell, tmp_path: Path) -> None:
    assert shell.json("publish", EXAMPLE)["type"] == "job.posted.v1"
    wrong = tmp_path / "job.json"
    wrong.write_text(Path(EXAMPLE).read_text().replace("15000", "-15000"))
    assert "pay.amount_fen" in shell.run("publish", str(wrong), code=1)
    assert "工资" in shell.run("publish", str(wrong), code=1, GIGMATCH_LANGUAGE="zh-CN")
    unclear = tmp_path / "unclear"
    unclear.write_text('{"zone": "511181"}')
    assert "--type" in shell.run("publish", str(unclear), code=1)


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples").glob("*.json")))
def test_every_example_is_recognised(name: str) -> None:
    (line,) = read_facts((ROOT / "examples" / name).read_bytes(), name, None)
    assert line.ce_type.rpartition(".")[0].replace(".", "_") in (name[:-5], "job_posted")


def test_the_doctor_says_what_to_do(shell: Shell) -> None:
    findings = {finding["what"]: finding for finding in shell.json("doctor", code=1)}
    assert findings["broker and topics"]["ok"]
    assert not findings["Redis"]["ok"]
    assert "GIGMATCH_REDIS" in findings["Redis"]["detail"]


def test_every_setting_says_where_it_comes_from_and_no_password_shows(shell: Shell) -> None:
    rows = {row["name"]: row for row in shell.json("config")}
    assert rows["GIGMATCH_LANGUAGE"]["source"] == "environment"
    assert rows["GIGMATCH_TICK_S"]["source"] == "default"
    assert "secret" not in rows["GIGMATCH_REDIS"]["value"]
    assert all(row["description"] for row in rows.values())


def test_a_broker_that_is_away_is_one_clear_line(shell: Shell) -> None:
    told = shell.run("topics", code=1, GIGMATCH_KAFKA="127.0.0.1:1")
    assert "GIGMATCH_KAFKA" in told
    assert "Traceback" not in told


def test_simulated_days_replay_to_the_same_hash(shell: Shell, tmp_path: Path) -> None:
    log = str(tmp_path / "log.jsonl")
    told = shell.json("simulate", "--out", log, "--days", "0.3", "--registered", "60")
    assert told["outcomes"]["match.ranked"] > 50
    assert shell.json("replay", log)["records"] == sum(told["facts"].values())


def test_the_watch_prints_outcomes(matched: Shell) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "gigmatch", "watch", "--from-start", "--json", "--job", "J-1"],
        env=matched.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["job_id"] == "J-1"
        watching.kill()
