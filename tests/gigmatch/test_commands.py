"""The command line against a broker, as a person types it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.codec import encode
from events.envelope import Record
from events.facts import ClockTicked, Fact, JobCancelled, WorkerUnavailable
from events.topics import AUDIT, EVENTS, OUTCOMES, TOPICS, partition_of
from gigmatch.logread import LogReader
from producers.publisher import Publisher
from tests.brokers import MemoryBroker
from tests.matching.scenario import JOB, WORKER
from tests.system.matchers import running_matcher, wait_for_outcomes
from tests.town import NOW, ZONE
from tests.typed import Said, typed
from tests.worlds import record_of

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = str(ROOT / "examples" / "job.json")

DEAR_WORKER = msgspec.structs.replace(WORKER, worker_id="W-2", pay_floor_fen_day=10_000_000)


class Shell:
    """Runs `gigmatch` with a broker in its environment."""

    def __init__(self, kafka: str) -> None:
        self.env = {
            "GIGMATCH_KAFKA": kafka,
            "GIGMATCH_REDIS": "redis://user:secret@127.0.0.1:1/0",
            "GIGMATCH_LANGUAGE": "en",
            "GIGMATCH_PARTITIONS": "1",
        }

    def start(self, *arguments: str, **env: str) -> "subprocess.Popen[str]":
        """The command, running in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "gigmatch", *arguments],
            env={**os.environ, **self.env, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0, input: str = "", **env: str) -> str:
        """What the command prints; it must end with `code`."""
        said = self.say(*arguments, input=input, **env)
        assert said.code == code, said.err
        return said.out if code == 0 or "--json" in arguments else said.out + said.err

    def say(self, *arguments: str, input: str = "", **env: str) -> Said:
        """How the command ends, and what it prints."""
        return typed(*arguments, input=input, env={**self.env, **env})

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What the command prints with --json."""
        return json.loads(self.run(*arguments, "--json", code=code))


@pytest.fixture(scope="module")
def shell(embedded_broker: MemoryBroker) -> Shell:
    made = Shell(embedded_broker.bootstrap)
    reports = made.json("topics", "--create")
    assert [report["partitions"] for report in reports] == [1] * len(TOPICS)
    return made


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A broker of its own on which a job was ranked and garbage was refused."""
    with MemoryBroker() as broker:
        made = Shell(broker.bootstrap)
        made.run("topics", "--create")
        publisher = Publisher(broker.bootstrap, client_id="tests")
        publisher.publish_fact(WORKER, id="w", source="/tests")
        publisher.publish_fact(JOB, id="j", source="/tests")
        publisher.publish(EVENTS, b"garbage", key=ZONE.encode(), partition=0)
        publisher.publish_fact(DEAR_WORKER, id="d", source="/tests")
        publisher.close()
        with running_matcher(broker, tmp_path_factory.mktemp("matcher")) as matcher:
            ids = {f"{ZONE}-{offset}-0" for offset in range(4)}
            wait_for_outcomes(broker, ids, matcher)
        yield made


def test_topics_are_verified(shell: Shell) -> None:
    assert "ok" in shell.run("topics")


def test_a_job_is_explained(matched: Shell, tmp_path: Path) -> None:
    told = matched.json("explain", "J-1")
    assert [line["worker_id"] for line in told["ranking"]] == ["W-1"]
    assert "W-1  " in matched.run("explain", "J-1")
    assert "W-1 is number 1 for J-1" in matched.run("explain", "J-1", "--worker", "W-1")
    assert "no job J-9" in matched.run("explain", "J-9", code=1)
    assert "no worker W-9" in matched.run("explain", "J-1", "--worker", "W-9", code=1)


def test_who_does_not_fit_is_told_why_and_by_how_much(matched: Shell) -> None:
    told = matched.json("explain", "J-1", "--worker", "W-2")
    assert not told["feasible"]
    by = {failure["code"]: failure for failure in told["failures"]}
    assert by["pay_floor"]["by"] > 0
    absent = ("explain", "J-1", "--worker", "W-2")
    assert "99850 yuan a day below" in matched.run(*absent)
    assert "每天比期望工资少 99850 元" in matched.run(*absent, GIGMATCH_LANGUAGE="zh-CN")


def _write_log(path: Path, facts: Sequence[Fact], partition: int = 0) -> None:
    records = (record_of(fact, n, partition=partition) for n, fact in enumerate(facts))
    path.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))


def test_what_would_fill_a_job_is_told(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    facts: list[Fact] = [ClockTicked(now=NOW), JOB]
    facts += (
        msgspec.structs.replace(WORKER, worker_id=f"W-{n}", pay_floor_fen_day=18_000)
        for n in range(3)
    )
    _write_log(log, facts)
    asked = ("explain", "J-1", "--what-if", "--log", str(log))
    told = shell.json(*asked)
    assert (told["now"]["feasible"], told["now"]["open_places"]) == (0, 1)
    assert told["enough"][0]["changes"] == [
        {"lever": "pay", "by": 30.0, "unit": "yuan_day", "names": ["180"]}
    ]
    assert told["enough"][0]["outlook"]["feasible"] == 3
    assert "pay 30 yuan more (180 yuan a day): 3 may be asked" in shell.run(*asked)
    assert "每天加 30 元，到 180 元" in shell.run(*asked, GIGMATCH_LANGUAGE="zh-CN")


def test_only_an_open_job_has_a_what_if(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    _write_log(log, [JOB, JobCancelled(zone=ZONE, job_id="J-1")])
    asked = ("explain", "J-1", "--what-if", "--log", str(log))
    assert "only an open job can be changed" in shell.run(*asked, code=1)
    assert "no job J-9" in shell.run("explain", "J-9", *asked[2:], code=1)


def test_that_a_job_is_closed_is_said_before_that_a_worker_is_gone(
    shell: Shell, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    gone = WorkerUnavailable(worker_id="W-1", zone=ZONE)
    _write_log(log, [WORKER, JOB, JobCancelled(zone=ZONE, job_id="J-1"), gone])
    told = shell.run("explain", "J-1", "--worker", "W-1", "--log", str(log), code=1)
    assert "J-1 was called off: nobody is asked for it any more; and worker W-1" in told


def test_a_log_of_many_partitions_is_explained(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    owner = partition_of(ZONE, 4)
    facts: tuple[Fact, ...] = (WORKER, JOB)
    records = [record_of(fact, n, partition=owner) for n, fact in enumerate(facts)]
    records.append(record_of(ClockTicked(now=NOW), 0, partition=3))
    log.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    assert shell.json("explain", "J-1", "--log", str(log))["feasible"] == 1
    elsewhere = shell.run("explain", "J-1", "--log", str(log), "--zone", "110105", code=1)
    assert "no job J-1 in the log of zone 110105" in elsewhere
    malformed = shell.run("explain", "J-1", "--log", str(log), "--zone", "abc", code=2)
    assert "six digits" in malformed
    log.write_bytes(b"garbage\n")
    assert "line 1" in shell.run("explain", "J-1", "--log", str(log), code=1)


def test_the_topic_replays_to_what_was_answered(matched: Shell, tmp_path: Path) -> None:
    log, out, again = (str(tmp_path / name) for name in ("log.jsonl", "out.jsonl", "again.jsonl"))
    first = matched.json("replay", "--compare", "--record", log, "--out", out)
    assert first["difference"] == ""
    assert first["equal"] == sum(first["outcomes"].values())
    assert first["unanswered"] == 0
    assert first["events"]["?"] == 1
    assert list(first["state_hashes"]) == ["0"]
    kept = [msgspec.json.decode(line, type=Record) for line in Path(log).read_bytes().splitlines()]
    assert sum(record.topic == OUTCOMES for record in kept) == first["equal"]
    second = matched.json(
        "replay", log, "--snapshot-at", "1", "--out", again, "--compare-with", out
    )
    for name in ("state_hash", "outcomes_sha256", "records", "events"):
        assert second[name] == first[name]
    assert Path(again).read_bytes() == Path(out).read_bytes()
    Path(again).write_text(Path(out).read_text().replace("W-1", "W-7"))
    other = matched.json("replay", log, "--compare-with", again, code=1)
    assert "is another in the file" in other["difference"]


def test_a_replay_does_not_write_over_what_it_reads(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"{}")
    shell.run("replay", str(log), "--record", str(log), code=2)
    assert log.read_bytes() == b"{}"


def test_a_dead_letter_is_listed_shown_and_sent_again(matched: Shell, tmp_path: Path) -> None:
    (brief,) = matched.json("dead-letters", "list")
    assert brief["origin"] == f"{EVENTS}/0/2"
    shown = matched.json("dead-letters", "show", brief["origin"])
    assert shown["value"] == "garbage"
    assert shown["reason"]
    assert "no dead letter" in matched.run("dead-letters", "show", "x/0/0", code=1)
    mended = tmp_path / "mended"
    mended.write_bytes(b"{}")
    sent = matched.run("dead-letters", "replay", brief["origin"], "--value", str(mended))
    assert sent == "1 published again\n"
    matched.run("dead-letters", "replay", code=2)
    (again,) = [
        one for one in matched.json("dead-letters", "list") if one["origin"] == brief["origin"]
    ]
    assert again["replayed_at"] is not None
    with LogReader(matched.env["GIGMATCH_KAFKA"]) as reader:
        lines = [json.loads(record.value or b"") for record in reader.read(AUDIT, 0)]
    assert [(one["action"], one["subject"]) for one in lines] == [
        ("dead_letter_replayed", brief["origin"])
    ]
    assert "0 published" in matched.run("dead-letters", "replay", "--code", brief["code"])
    assert matched.json("replay")["records"] == 5


def test_a_file_is_checked_before_it_is_published(shell: Shell, tmp_path: Path) -> None:
    wrong = tmp_path / "job.json"
    wrong.write_text(Path(EXAMPLE).read_text().replace("15000", "-15000"))
    assert "pay.amount_fen" in shell.run("publish", str(wrong), code=1)
    assert "工资" in shell.run("publish", str(wrong), code=1, GIGMATCH_LANGUAGE="zh-CN")
    unclear = tmp_path / "unclear"
    unclear.write_text('{"zone": "511181"}')
    assert "--type" in shell.run("publish", str(unclear), code=1)
    assert "does not exist" in shell.run("publish", str(tmp_path / "none"), code=1)


def test_what_is_published_lands_byte_for_byte(shell: Shell, embedded_broker: MemoryBroker) -> None:
    told = shell.json("publish", EXAMPLE, "--id", "once")
    assert (told["type"], told["id"]) == ("job.posted.v1", "once")
    (place,) = told["landed"]
    with LogReader(embedded_broker.bootstrap) as reader:
        (record,) = reader.read(EVENTS, place["partition"], place["offset"], place["offset"] + 1)
    assert record.value == Path(EXAMPLE).read_bytes()
    assert record.key == ZONE.encode()
    assert dict(record.headers)["ce_source"] == f"/zones/{ZONE}/stations/05".encode()


def test_what_is_for_all_zones_is_not_published_as_a_station(
    shell: Shell, embedded_broker: MemoryBroker
) -> None:
    told = shell.json("publish", str(ROOT / "examples" / "station_released.json"))
    (place,) = told["landed"]
    with LogReader(embedded_broker.bootstrap) as reader:
        (record,) = reader.read(EVENTS, place["partition"], place["offset"], place["offset"] + 1)
    assert dict(record.headers)["ce_source"] == b"/cli"


def test_a_posting_gets_the_occupation_it_does_not_name(
    shell: Shell, embedded_broker: MemoryBroker
) -> None:
    posting = json.loads(Path(EXAMPLE).read_text()) | {"title": "急招焊工"}
    del posting["occupation"]
    text = json.dumps(posting)
    for options, occupation in (((), "6-18-02-04"), (("--no-occupation",), None)):
        said = shell.say("publish", "-", "--json", *options, input=text)
        assert ("filled in" in said.err) == (occupation is not None)
        (place,) = json.loads(said.out)["landed"]
        with LogReader(embedded_broker.bootstrap) as reader:
            (record,) = reader.read(
                EVENTS, place["partition"], place["offset"], place["offset"] + 1
            )
        assert json.loads(record.value or b"{}").get("occupation") == occupation
        assert occupation is not None or record.value == text.encode()


def test_many_postings_are_filled_in_and_told_in_one_line(shell: Shell) -> None:
    posting = json.loads(Path(EXAMPLE).read_text()) | {"title": "急招焊工"}
    del posting["occupation"]
    text = "\n".join(json.dumps(posting | {"job_id": f"J-F{n}"}) for n in range(21))
    said = shell.say("publish", "-", input=text)
    assert said.out == "published 21 facts\n"
    assert "21 postings without occupation: filled in 21" in said.err


def test_many_facts_come_from_standard_input(shell: Shell) -> None:
    lines = [encode(WORKER).decode().replace("W-1", f"W-{n}") for n in range(100, 130)]
    text = "\n".join(lines)
    landed = shell.run("publish", "-", "--json", input=text).splitlines()
    offsets = [json.loads(line)["landed"][0]["offset"] for line in landed]
    assert offsets == list(range(offsets[0], offsets[0] + 30))
    assert "published 30 facts" in shell.run("publish", "-", input=text)
    assert "cannot share an id" in shell.run("publish", "-", "--id", "x", input=text, code=2)


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


@pytest.mark.parametrize(
    "arguments", [["topics"], ["replay"], ["watch"], ["explain", "J-1"], ["publish", EXAMPLE]]
)
def test_a_broker_that_is_away_is_one_clear_line(shell: Shell, arguments: list[str]) -> None:
    """In a process: the client's library would complain past Python."""
    with shell.start(*arguments, GIGMATCH_KAFKA="127.0.0.1:1") as running:
        out, err = running.communicate(timeout=120)
    assert running.returncode == 1, err
    told = out + err
    assert told.startswith("error: no Kafka broker answers at 127.0.0.1:1")
    assert len(told.splitlines()) == 1


def test_no_line_of_a_log_stands_between_what_machines_read(
    matched: Shell, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(matched.env, "GIGMATCH_REDIS", redis_url)
    assert matched.json("rebuild")["records"] > 0
    monkeypatch.setitem(matched.env, "GIGMATCH_SCRAPE", "matcher=127.0.0.1:1")
    monkeypatch.setitem(matched.env, "GIGMATCH_SCRAPE_S", "1")
    (matcher,) = matched.json("top", "--once")["processes"]
    assert not matcher["up"]


def test_an_error_is_json_for_machines(shell: Shell) -> None:
    done = shell.start("replay", "--json", GIGMATCH_KAFKA="127.0.0.1:1")
    out, err = done.communicate(timeout=120)
    assert (done.returncode, out) == (1, "")
    assert json.loads(err)["code"] == "no_broker"


def test_topics_that_are_missing_are_told_everywhere() -> None:
    with MemoryBroker() as empty:
        bare = Shell(empty.bootstrap)
        assert "gigmatch topics --create" in bare.run("topics", code=1)
        for arguments in (["replay"], ["watch"], ["explain", "J-1"], ["publish", EXAMPLE]):
            assert "gigmatch topics --create" in bare.run(*arguments, code=1)


def test_simulated_days_replay_to_the_same_hash(shell: Shell, tmp_path: Path) -> None:
    log = str(tmp_path / "log.jsonl")
    told = shell.json("simulate", "--out", log, "--days", "0.3", "--registered", "60")
    assert told["outcomes"]["match.ranked"] > 50
    assert shell.json("replay", log)["records"] == sum(told["facts"].values())


def test_the_watch_prints_outcomes_until_it_is_interrupted(matched: Shell) -> None:
    with matched.start("watch", "--from-start", "--json", "--job", "J-1") as watching:
        assert watching.stdout is not None
        event = json.loads(watching.stdout.readline())
        watching.send_signal(signal.SIGINT)
        assert watching.wait(120) == 0
    assert event["type"] == "match.ranked.v1"
    assert event["data"]["job_id"] == "J-1"


def test_the_watch_prints_lines_at_once_where_nobody_looks(matched: Shell) -> None:
    with matched.start("watch", "--from-start", "--zone", ZONE) as watching:
        assert watching.stdout is not None
        line = next(line for line in watching.stdout if "offer.made" in line)
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=120)
        assert watching.returncode == 0
    _, zone, outcome, job, told = line.rstrip("\n").split("\t")
    assert (zone, outcome, job) == (ZONE, "offer.made", "J-1")
    assert told.startswith("W-1, P(accept)")


def test_the_watch_shows_a_table(matched: Shell) -> None:
    terminal = {"FORCE_COLOR": "1", "COLUMNS": "200"}
    with matched.start("watch", "--from-start", "--zone", ZONE, **terminal) as watching:
        assert watching.stdout is not None
        for line in watching.stdout:
            if "offer.made" in line and "W-1, P(accept)" in line:
                break
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=120)
        assert watching.returncode == 0
