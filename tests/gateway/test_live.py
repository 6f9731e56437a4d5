"""The live stream: what comes, in order, without a gap, whoever falls away in between."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from redis import Redis

from events.facts import ClockTicked, Fact, JobPosted, WorkerAvailable, WorkerForgotten
from events.values import Interval, Pay, Place
from gateway.cursor import NO_LOG
from gigmatch.readmodel.keys import LOG, told_key
from streams.redis_store import RedisStore
from tests.gateway.serving import READER, STATION, serving, worker_link
from tests.projecting import answered, project
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

STILL_HERE = {"event": "beat", "data": "{}"}
JOB = JobPosted(
    job_id="J-1",
    zone=ZONE,
    station_id=f"{ZONE}-05",
    employer_id="E-1",
    title="采茶工",
    shifts=(Interval(start=NOW + 24 * HOUR, end=NOW + 32 * HOUR),),
    pay=Pay(amount_fen=15_000),
    place=Place(lat=29.6, lon=103.5),
)


def worker(number: int) -> WorkerAvailable:
    return WorkerAvailable(
        worker_id=f"W-{number}",
        zone=ZONE,
        station_id=f"{ZONE}-05",
        windows=(Interval(start=NOW, end=NOW + 72 * HOUR),),
        place=Place(lat=29.6, lon=103.5),
    )


def add_workers(url: str, count: int) -> None:
    """A town in which so many workers have said when they can work, and nothing else happened."""
    facts: list[Fact] = [ClockTicked(now=NOW), *map(worker, range(count))]
    project(url, answered(record_of(fact, offset) for offset, fact in enumerate(facts)))


@pytest.fixture
def gateway(redis_url: str) -> Iterator[str]:
    add_workers(redis_url, 2)
    with serving(redis_url) as address:
        yield address


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Server-sent events, one at a time."""
    event: dict[str, Any] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif event:
            if event.keys() != {"retry"}:
                yield event
            event = {}


def workers_of(stream: Iterator[dict[str, Any]], count: int) -> list[str]:
    named: list[str] = []
    while len(named) < count:
        event = next(stream)
        if event.get("event") == "outcome":
            named.append(json.loads(event["data"])["outcome"]["worker_id"])
    return named


def test_outcomes_come_by_themselves(gateway: str, redis_url: str) -> None:
    with httpx.stream(
        "GET", f"{gateway}/api/operator/live", headers=READER, timeout=30
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = events(response.iter_lines())
        assert next(stream)["event"] == "ready"
        add_workers(redis_url, 3)
        event = next(one for one in stream if one["event"] == "outcome")  # no heartbeat
        told = json.loads(event["data"])
        assert (told["type"], told["outcome"]["worker_id"]) == ("match.ranked", "W-2")
        assert event["id"].endswith("~0:3")


def test_who_comes_back_misses_nothing(gateway: str, redis_url: str) -> None:
    here = httpx.get(f"{gateway}/api/town", timeout=30).json()["cursor"]
    add_workers(redis_url, 5)
    seen_one = READER | {"last-event-id": here.replace("~0:2", "~0:1")}
    with httpx.stream(
        "GET", f"{gateway}/api/operator/live", headers=seen_one, timeout=30
    ) as response:
        assert workers_of(events(response.iter_lines()), 4) == ["W-1", "W-2", "W-3", "W-4"]


def test_a_cursor_of_the_snapshot_continues_it(gateway: str, redis_url: str) -> None:
    cursor = httpx.get(f"{gateway}/api/town", timeout=30).json()["cursor"]
    add_workers(redis_url, 4)
    with httpx.stream(
        "GET", f"{gateway}/api/operator/live?after={cursor}", headers=READER, timeout=30
    ) as response:
        assert workers_of(events(response.iter_lines()), 2) == ["W-2", "W-3"]


def test_a_rebuild_does_not_tell_it_twice(gateway: str, redis_url: str) -> None:
    with httpx.stream(
        "GET", f"{gateway}/api/operator/live", headers=READER, timeout=30
    ) as response:
        stream = events(response.iter_lines())
        next(stream)
        Redis.from_url(redis_url).flushall()
        add_workers(redis_url, 3)
        assert workers_of(stream, 1) == ["W-2"]


def test_who_comes_while_it_is_made_again_waits_for_what_they_missed(redis_url: str) -> None:
    add_workers(redis_url, 5)
    with serving(redis_url) as gateway:
        here = httpx.get(f"{gateway}/api/town", timeout=30).json()["cursor"]
        with httpx.stream(
            "GET", f"{gateway}/api/operator/live", headers=READER, timeout=30
        ) as response:
            next(events(response.iter_lines()))  # the gateway has told all five
        Redis.from_url(redis_url).flushall()
        add_workers(redis_url, 2)
        seen_one = READER | {"last-event-id": here.replace("~0:5", "~0:1")}
        with httpx.stream(
            "GET", f"{gateway}/api/operator/live", headers=seen_one, timeout=30
        ) as response:
            lines = response.iter_lines()
            next(line for line in lines if line == "event: beat")
            add_workers(redis_url, 5)
            assert workers_of(events(lines), 4) == ["W-1", "W-2", "W-3", "W-4"]


def test_nothing_is_unknown_while_the_read_model_is_made_again(
    gateway: str, redis_url: str
) -> None:
    """What a terminal or a phone says meanwhile is kept there, and not taken for a mistake."""
    path = f"{gateway}/api/station/workers/W-3"
    with httpx.stream(
        "GET", f"{gateway}/api/operator/live", headers=READER, timeout=30
    ) as response:
        stream = events(response.iter_lines())
        assert next(stream)["event"] == "ready"
        add_workers(redis_url, 4)
        assert workers_of(stream, 2) == ["W-2", "W-3"]
        assert httpx.get(path, headers=STATION, timeout=30).status_code == 200
        Redis.from_url(redis_url).flushall()
        assert httpx.get(path, headers=STATION, timeout=30).status_code == 503
        add_workers(redis_url, 1)
        answer = httpx.get(path, headers=STATION, timeout=30)
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("rebuilding")
        add_workers(redis_url, 4)
        assert httpx.get(path, headers=STATION, timeout=30).status_code == 200
        nobody = httpx.get(f"{path}9", headers=STATION, timeout=30)
        assert nobody.status_code == 404


@pytest.mark.parametrize(
    "path", ["jobs/J-9", f"jobs/J-9?zone={ZONE}", "operator/jobs/J-9", "operator/workers/W-9"]
)
def test_nothing_is_unknown_to_anybody_meanwhile(gateway: str, redis_url: str, path: str) -> None:
    url = f"{gateway}/api/{path}"
    with RedisStore(redis_url) as store:
        store.expect({0: 4})
    assert httpx.get(url, headers=READER, timeout=30).status_code == 503
    add_workers(redis_url, 4)
    assert httpx.get(url, headers=READER, timeout=30).status_code == 404


def test_a_gateway_that_begins_meanwhile_knows_it_too(redis_url: str) -> None:
    """It has told nobody anything yet; what the projector expects of the log stands in Redis."""
    path = "/api/station/workers/W-3"
    with serving(redis_url) as address:
        assert (
            httpx.get(f"{address}{path}", headers=STATION, timeout=30).status_code == 503
        )  # nothing begun
    add_workers(redis_url, 1)
    with RedisStore(redis_url) as store:
        store.expect({0: 4})
    with serving(redis_url) as address:
        answer = httpx.get(f"{address}{path}", headers=STATION, timeout=30)
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("rebuilding")
        assert httpx.get(f"{address}{path[:-1]}0", headers=STATION, timeout=30).status_code == 200
        add_workers(redis_url, 3)
        assert httpx.get(f"{address}{path}", headers=STATION, timeout=30).status_code == 404


def test_another_log_is_told_from_its_beginning(gateway: str, redis_url: str) -> None:
    with httpx.stream(
        "GET", f"{gateway}/api/operator/live", headers=READER, timeout=30
    ) as response:
        stream = events(response.iter_lines())
        here = next(stream)["id"]
        Redis.from_url(redis_url).set(LOG, "another")
        told = [event for event in stream if event != STILL_HERE]
        assert told == []  # ended: the browser comes again
    with httpx.stream(
        "GET", f"{gateway}/api/operator/live?after={here}", headers=READER, timeout=30
    ) as response:
        assert workers_of(events(response.iter_lines()), 2) == ["W-0", "W-1"]


def test_who_waits_before_anything_has_happened_hears_the_first(redis_url: str) -> None:
    with serving(redis_url) as address:
        nothing = httpx.get(f"{address}/api/town", timeout=30).json()["cursor"]
        asked = f"{address}/api/operator/live?after={nothing}&zone={ZONE}"
        with httpx.stream("GET", asked, headers=READER, timeout=30) as response:
            stream = events(response.iter_lines())
            add_workers(redis_url, 1)
            assert workers_of(stream, 1) == ["W-0"]


def test_filters(gateway: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.live.HEARTBEAT_S", 0.1)
    asked = f"{gateway}/api/operator/live?after={NO_LOG}&type=job.filled,match.ranked&zone={ZONE}"
    with httpx.stream("GET", asked, headers=READER, timeout=30) as response:
        assert workers_of(events(response.iter_lines()), 2) == ["W-0", "W-1"]
    with httpx.stream(
        "GET",
        f"{gateway}/api/operator/live?after={NO_LOG}&type=job.filled",
        headers=READER,
        timeout=30,
    ) as response:
        stream = events(response.iter_lines())
        assert next(stream)["event"] == "ready"
        assert next(stream) == STILL_HERE


def test_who_has_not_said_who_they_are_hears_of_nobody(gateway: str, redis_url: str) -> None:
    """A ranking for a worker is for that worker; of a job's ranking the people are left out."""
    facts: tuple[Fact, ...] = (
        ClockTicked(now=NOW),
        worker(0),
        worker(1),
        JOB,
        ClockTicked(now=NOW + HOUR // 4),
    )
    project(redis_url, answered(record_of(fact, offset) for offset, fact in enumerate(facts)))
    whole = heard(f"{gateway}/api/operator/live", 3)
    public = heard(f"{gateway}/api/live", 1)
    assert any(b"W-0" in data for data in whole)
    assert all(b"W-0" not in data and b"O-511181" not in data for data in public)
    assert json.loads(public[0])["outcome"]["ranking"][0]["distance_km"] == 1


def test_a_stream_that_needs_a_key_ends_so_that_the_key_is_asked_for_again(
    gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.live.HEARTBEAT_S", 0.1)
    monkeypatch.setattr("gateway.routes.streaming.RENEW_S", 0.0)
    asked = f"{gateway}/api/operator/live?after={NO_LOG}"
    with httpx.stream("GET", asked, headers=READER, timeout=30) as response:
        assert [line for line in response.iter_lines() if line] == ["retry: 2000"]


def test_a_worker_hears_what_the_town_has_long_passed_over(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, LIVE_LENGTH=5)
    facts: list[Fact] = [ClockTicked(now=NOW), *map(worker, [0, *range(1, 30), 0])]
    project(redis_url, answered(record_of(fact, offset) for offset, fact in enumerate(facts)))
    with serving(redis_url) as address, listening(address) as stream:
        assert next(stream)["event"] == "ready"
        assert workers_of(stream, 2) == ["W-0", "W-0"]


def test_a_worker_is_told_when_there_was_more_than_is_kept(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, TOLD_LENGTH=2)
    facts: list[Fact] = [ClockTicked(now=NOW), *map(worker, [0] * 5)]
    project(redis_url, answered(record_of(fact, offset) for offset, fact in enumerate(facts)))
    with serving(redis_url) as address, listening(address) as stream:
        assert [next(stream)["event"] for _ in range(4)] == ["ready", "missed"] + ["outcome"] * 2


def test_a_worker_hears_of_a_job_that_names_them_and_of_nobody_else_there(redis_url: str) -> None:
    """Named in a job's ranking and not asked, they heard nothing and saw nothing."""
    add_workers(redis_url, 2)
    facts: list[Fact] = [ClockTicked(now=NOW), worker(0), worker(1), JOB]
    log = answered(record_of(fact, offset) for offset, fact in enumerate(facts))
    with serving(redis_url) as address:
        with listening(address) as stream:
            assert workers_of(stream, 1) == ["W-0"]
            project(redis_url, log)
            as_it_comes = next(one for one in stream if one["event"] == "outcome")
        with listening(address) as stream:
            assert workers_of(stream, 1) == ["W-0"]
            as_it_was_kept = next(one for one in stream if one["event"] == "outcome")
        assert as_it_comes == as_it_was_kept
        for event in (as_it_comes, as_it_was_kept):
            told = json.loads(event["data"])
            assert (told["type"], told["outcome"]["job_id"]) == ("match.ranked", JOB.job_id)
            assert [line["worker_id"] for line in told["outcome"]["ranking"]] == ["W-0"]
            assert told["job"]["title"] == JOB.title
            assert "W-1" not in event["data"]
        with httpx.Client(base_url=address, timeout=30) as client:
            client.post("/api/session", json={"link": worker_link("W-0")}).raise_for_status()
            seen = client.get("/api/worker/matches").json()
    assert [line["job_id"] for line in seen["matches"]["ranking"]] == [JOB.job_id]
    assert [one["job_id"] for one in seen["terms"]] == [JOB.job_id]
    assert "W-1" not in json.dumps(seen)


def test_what_a_worker_was_told_goes_with_them(redis_url: str) -> None:
    facts: list[Fact] = [ClockTicked(now=NOW), worker(0), worker(1)]
    log = answered(record_of(fact, offset) for offset, fact in enumerate(facts))
    project(redis_url, log)
    with Redis.from_url(redis_url) as redis:
        assert redis.exists(told_key(ZONE, "W-0"), told_key(ZONE, "W-1")) == 2
        facts.append(WorkerForgotten(worker_id="W-0", zone=ZONE))
        log = answered(record_of(fact, offset) for offset, fact in enumerate(facts))
        project(redis_url, log)
        assert redis.exists(told_key(ZONE, "W-0")) == 0
        assert redis.exists(told_key(ZONE, "W-1")) == 1


def shorten(monkeypatch: pytest.MonkeyPatch, **lengths: int) -> None:
    """Let the read model keep less."""
    for name, length in lengths.items():
        monkeypatch.setattr(f"streams.redis_store.{name}", length)
        monkeypatch.setattr(f"gateway.live.{name}", length)


@contextmanager
def listening(address: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The stream of W-0 from its beginning, signed in by a link."""
    with httpx.Client(base_url=address, timeout=30) as client:
        client.post("/api/session", json={"link": worker_link("W-0")}).raise_for_status()
        with client.stream("GET", f"/api/worker/live?after={NO_LOG}") as response:
            yield events(response.iter_lines())


def heard(address: str, count: int) -> list[bytes]:
    """The first messages of a stream from its beginning."""
    asked = f"{address}?after={NO_LOG}"
    with httpx.stream("GET", asked, headers=READER, timeout=30) as response:
        stream = events(response.iter_lines())
        messages = (one["data"].encode() for one in stream if one.get("event") == "outcome")
        return [next(messages) for _ in range(count)]
