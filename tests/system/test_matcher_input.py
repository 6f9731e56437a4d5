"""What other people's Kafka clients may send: all of it is matched or buried, none of it stops."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from events.codec import encode, event_headers
from events.facts import ClockTicked
from events.topics import DEAD_LETTERS, EVENTS, MAX_RECORD_BYTES
from gigmatch.logread import LogReader
from producers.publisher import Publisher
from tests.brokers import Broker, BrokerKind
from tests.matching.scenario import JOB, WORKER
from tests.system.matchers import (
    PATIENCE_S,
    folded_outcomes,
    make_topics,
    publish,
    published_outcomes,
    running_matcher,
    wait_for_outcomes,
)
from tests.town import NOW, ZONE
from tests.worlds import record_of

Start = Callable[[BrokerKind], Broker]
BOTH: list[BrokerKind] = ["kafka", "embedded"]
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
LARGE = b" " * 100_000
"""JSON may end in blanks; librdkafka compresses only what gets smaller by it."""


@pytest.mark.parametrize("kind", BOTH)
def test_kcat_with_any_compression_and_careless_headers(
    kind: BrokerKind, new_broker: Start, tmp_path: Path
) -> None:
    broker = new_broker(kind)
    make_topics(broker, 1)
    publish(broker, [record_of(ClockTicked(now=NOW), 0), record_of(WORKER, 1)])
    with running_matcher(broker, tmp_path) as matcher:
        matcher.wait_ready()
        for codec in CODECS:
            _kcat(broker, codec, f"J-{codec}")
            _kcat(broker, codec, f"J-{codec}-bad", "-H", b"\xff\xfe=not UTF-8")
        expected = folded_outcomes(broker, 1)
        wait_for_outcomes(broker, set(expected), matcher)
        assert matcher.stop() == 0
    assert published_outcomes(broker)[0] == expected
    rankings = [text for text in expected.values() if b'"subject":"job"' in text]
    assert len(rankings) == len(CODECS)
    assert all(json.loads(text.splitlines()[-1])["ranking"] for text in rankings)
    with LogReader(broker.bootstrap) as reader:
        letters = list(reader.read(DEAD_LETTERS, 0))
    assert len(letters) == len(CODECS)
    assert all(dict(letter.headers)["dead_letter.reason_zh"] for letter in letters)


def _kcat(broker: Broker, codec: str, job_id: str, *more: str | bytes) -> None:
    job = msgspec.structs.replace(JOB, job_id=job_id)
    argv: list[str | bytes] = ["kcat", "-b", broker.bootstrap, "-P", "-t", EVENTS, "-k", ZONE]
    argv += ["-z", codec]
    for name, value in event_headers(job, id=job_id, source="/tests/kcat", time=None):
        argv += ["-H", f"{name}={value.decode()}"]
    subprocess.run([*argv, *more], input=encode(job) + LARGE, check=True, timeout=PATIENCE_S)


@pytest.mark.kafka
def test_an_aborted_transaction_never_happened(new_broker: Start, tmp_path: Path) -> None:
    broker = new_broker("kafka")
    make_topics(broker, 1)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "tests"})
    producer.init_transactions()
    for job_id, keep in (("J-1", True), ("J-2", False), ("J-3", True)):
        job = msgspec.structs.replace(JOB, job_id=job_id)
        headers = event_headers(job, id=job_id, source="/tests", time=None)
        producer.begin_transaction()
        producer.produce(EVENTS, encode(job), key=ZONE, headers=list(headers), partition=0)
        producer.commit_transaction() if keep else producer.abort_transaction()
    publish(broker, [record_of(WORKER, 0)])
    expected = folded_outcomes(broker, 1)
    assert sum(b'"subject":"job"' in text for text in expected.values()) == 2
    with running_matcher(broker, tmp_path) as matcher:
        wait_for_outcomes(broker, set(expected), matcher)
    assert published_outcomes(broker)[0] == expected
    assert not any(b"J-2" in text for text in expected.values())


@pytest.mark.parametrize("kind", BOTH)
def test_the_largest_record_there_can_be_is_buried(
    kind: BrokerKind, new_broker: Start, tmp_path: Path
) -> None:
    broker = new_broker(kind)
    make_topics(broker, 1)
    limit = {"message.max.bytes": 2 * MAX_RECORD_BYTES}
    publisher = Publisher(broker.bootstrap, client_id="tests", config=limit)
    huge = b"x" * (MAX_RECORD_BYTES - 200)
    publisher.publish(EVENTS, huge, partition=0)
    publisher.publish(EVENTS, b"x", headers=(("h", huge),), partition=0)
    publisher.publish(EVENTS, b"x", key=huge, partition=0)
    publisher.publish_fact(JOB, id="j", source="/tests", partition=0)
    publisher.close()
    with running_matcher(broker, tmp_path) as matcher:
        wait_for_outcomes(broker, {f"{ZONE}-3-0"}, matcher)
    with LogReader(broker.bootstrap) as reader:
        letters = list(reader.read(DEAD_LETTERS, 0))
    assert [int(dict(letter.headers)["dead_letter.cut_from"]) for letter in letters] == [
        len(huge),
        len(huge) + 10,
        len(huge) + 1,
    ]


@pytest.mark.parametrize("kind", BOTH)
def test_a_refused_event_is_mended_and_sent_again(
    kind: BrokerKind, new_broker: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = new_broker(kind)
    make_topics(broker, 2)
    monkeypatch.setenv("GIGMATCH_KAFKA", broker.bootstrap)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    publisher.publish_fact(WORKER, id="w", source="/tests")
    headers = event_headers(JOB, id="j", source="/tests", time=None)
    wrong = encode(JOB).replace(b'"headcount":1', b'"headcount":0')
    publisher.publish(EVENTS, wrong, key=ZONE.encode(), headers=headers)
    publisher.close()
    mended = tmp_path / "mended.json"
    mended.write_bytes(encode(JOB))
    with running_matcher(broker, tmp_path) as matcher:
        matcher.wait_ready()
        (letter,) = json.loads(_wait_for_letters())
        assert (letter["code"], letter["field"], letter["ce_type"]) == (
            *("below", "headcount"),
            "job.posted.v1",
        )
        shown = json.loads(_gigmatch("show", letter["origin"], "--json"))
        assert shown["value"].encode() == wrong
        assert _gigmatch("replay", letter["origin"], "--value", str(mended))
        expected = folded_outcomes(broker, 2)
        assert any(b'"subject":"job"' in text for text in expected.values())
        wait_for_outcomes(broker, set(expected), matcher)


def _wait_for_letters() -> str:
    give_up = time.monotonic() + PATIENCE_S
    while (told := _gigmatch("list", "--json")).strip() == "[]":
        assert time.monotonic() < give_up
    return told


def _gigmatch(*arguments: str) -> str:
    argv = [sys.executable, "-m", "gigmatch", "dead-letters", *arguments]
    return subprocess.run(
        argv, check=True, capture_output=True, text=True, timeout=PATIENCE_S
    ).stdout
