"""`gigmatch up`: one command, everything answers, and nothing is left behind."""

import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.brokers import KafkaBroker, RedisServer
from tests.running import ZONE, Up, alive, publish, read_until

HOUR_MS = 3_600_000
GARBAGE = bytes(range(256))


def test_kcat_gets_a_ranking_and_ctrl_c_leaves_nothing(run_up: Callable[..., Up]) -> None:
    up = run_up("--no-simulator")
    _check_answers(up)
    below = up.descendants()
    assert any("kafka_gate" in args for args in below.values()), below
    assert up.end(signal.SIGINT) == 0, up.output.read_text()
    assert alive(below) == {}
    assert not up.ready_file.exists()


def test_commands_beside_it_reach_the_same_market(run_up: Callable[..., Up]) -> None:
    """By the line that it prints, whatever ports it found; keys are in a file, not on screen."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        up = run_up("--no-simulator", "--port", port)
    said = up.output.read_text()
    assert f"端口 {port} 已被占用，改用 {up.http.rpartition(':')[2]}（网页）" in said
    assert f"请用浏览器打开 {up.http}/" in said
    [file] = [line.split("=")[1] for line in said.splitlines() if "export GIGMATCH_ENV=" in line]
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    [keys] = [line for line in Path(file).read_text().splitlines() if "CONTACT_KEYS" in line]
    assert keys.split("'")[1] not in said

    key = beside(file, "station-key", "create", "511181-05").strip()
    connection = http.client.HTTPConnection(up.http.removeprefix("http://"), timeout=60)
    connection.request("GET", "/api/station/jobs", headers={"authorization": f"Bearer {key}"})
    assert connection.getresponse().status == http.client.OK
    connection.close()
    doctor = json.loads(beside(file, "doctor", "--json"))
    assert {one["what"]: one["ok"] for one in doctor}["store and contacts"]
    assert up.end(signal.SIGINT) == 0, up.output.read_text()
    assert not Path(file).exists()


def beside(file: str, *arguments: str) -> str:
    """What a command prints with the settings of a running `gigmatch up`."""
    argv = [sys.executable, "-m", "gigmatch", *arguments]
    env = {**os.environ, "GIGMATCH_ENV": file}
    return subprocess.run(argv, env=env, check=True, text=True, stdout=subprocess.PIPE).stdout


@pytest.mark.kafka
def test_servers_of_ones_own(
    run_up: Callable[..., Up], kafka: KafkaBroker, redis_server: RedisServer
) -> None:
    up = run_up("--no-simulator", "--kafka", kafka.bootstrap, "--redis", redis_server.url)
    _check_answers(up)
    assert not any("tansu" in args or "valkey" in args for args in up.descendants().values())
    assert up.end(signal.SIGTERM) == 0, up.output.read_text()


def test_a_killed_up_leaves_nothing(run_up: Callable[..., Up]) -> None:
    up = run_up("--no-simulator")
    below = up.descendants()
    up.end(signal.SIGKILL)
    while alive(below):
        time.sleep(0.05)


def test_a_killed_matcher_is_started_again_and_goes_on(run_up: Callable[..., Up]) -> None:
    up = run_up("--no-simulator")
    [matcher] = [pid for pid, args in up.descendants().items() if args.endswith(" matcher")]
    os.kill(matcher, signal.SIGKILL)
    _check_answers(up)
    assert "matcher 运行 " in up.output.read_text()
    assert up.end(signal.SIGINT) == 0, up.output.read_text()


def test_the_simulated_town_gets_rankings_by_itself(run_up: Callable[..., Up]) -> None:
    up = run_up("--speed", "600")
    ranked = read_until(up, "market.outcomes", lambda line: line["type"] == "match.ranked.v1")
    assert json.loads(ranked["value"])["model"].startswith(("sha256:", "rules:"))
    assert up.end(signal.SIGINT) == 0, up.output.read_text()


def _check_answers(up: Up) -> None:
    """A job published by kcat is ranked, and a record of garbage is kept with its reason."""
    host, _, port = up.http.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request("GET", "/")
    assert connection.getresponse().status == http.client.OK
    connection.close()

    now = time.time_ns() // 1_000_000
    publish(up, "worker.available.v1", _worker(now))
    publish(up, "garbage", GARBAGE)
    publish(up, "job.posted.v1", _job(now))
    buried = read_until(up, "market.dead-letters", lambda line: True)
    assert buried["bytes"] == GARBAGE
    assert buried["headers"]["dead_letter.reason"]
    found = read_until(
        up,
        "market.outcomes",
        lambda line: line["type"] == "match.ranked.v1" and '"subject":"job"' in line["value"],
    )
    ranking = json.loads(found["value"])["ranking"]
    assert [place["worker_id"] for place in ranking] == ["W-1"]
    assert found["key"] == ZONE


def _worker(now: int) -> bytes:
    return json.dumps(
        {
            "worker_id": "W-1",
            "zone": ZONE,
            "station_id": "511181-05",
            "windows": [{"start": now, "end": now + 72 * HOUR_MS}],
            "place": {"lat": 29.56, "lon": 103.40},
            "skills": [{"code": "tea_picking", "level": 2}],
            "birth_year": 1980,
        }
    ).encode()


def _job(now: int) -> bytes:
    return json.dumps(
        {
            "job_id": "J-1",
            "zone": ZONE,
            "station_id": "511181-05",
            "employer_id": "E-1",
            "title": "采茶工",
            "skills": ["tea_picking"],
            "shifts": [{"start": now + 24 * HOUR_MS, "end": now + 32 * HOUR_MS}],
            "pay": {"amount_fen": 15000, "unit": "day"},
            "place": {"lat": 29.5631, "lon": 103.4012},
        },
        ensure_ascii=False,
    ).encode()
