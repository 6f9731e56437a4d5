"""The matcher process on Apache Kafka and on the embedded broker: every promise of the design."""

import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from events.envelope import Record
from events.facts import ClockTicked
from events.topics import DEAD_LETTERS, OUTCOMES, SNAPSHOTS, partition_of
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
    town_log,
    wait_for_outcomes,
)
from tests.town import NOW, ZONE
from tests.worlds import record_of

Start = Callable[[BrokerKind], Broker]
KILLS = 10 if os.environ.get("GIGMATCH_LONG") else 2
BOTH: list[BrokerKind] = ["kafka", "embedded"]
both_brokers = pytest.mark.parametrize("kind", BOTH)


@both_brokers
def test_what_is_published_is_what_the_log_folds_to(
    kind: BrokerKind, new_broker: Start, tmp_path: Path
) -> None:
    broker = new_broker(kind)
    make_topics(broker, 1)
    publish(broker, town_log(days=0.6))
    expected = folded_outcomes(broker, 1)
    assert len(expected) > 300
    with running_matcher(broker, tmp_path) as matcher:
        wait_for_outcomes(broker, set(expected), matcher)
        assert matcher.stop() == 0
    assert published_outcomes(broker) == (expected, len(expected))


@pytest.mark.chaos
@both_brokers
def test_killed_at_random_moments_nothing_is_lost_doubled_or_different(
    kind: BrokerKind, new_broker: Start, tmp_path: Path
) -> None:
    _kill_and_compare(new_broker(kind), tmp_path, town_log(days=0.8), KILLS)


def _kill_and_compare(broker: Broker, folder: Path, log: list[Record], kills: int) -> None:
    make_topics(broker, 1)
    rng = random.Random(kills)
    feeding = threading.Thread(target=_feed_slowly, args=(broker, log, 6.0 * kills))
    with running_matcher(broker, folder) as matcher:
        feeding.start()
        for _ in range(kills):
            matcher.wait_ready()
            time.sleep(rng.uniform(0.0, 3.0))
            matcher.kill()
            matcher.start_again()
        feeding.join()
        expected = folded_outcomes(broker, 1)
        wait_for_outcomes(broker, set(expected), matcher)
    found, _ = published_outcomes(broker)
    assert found == expected


def _feed_slowly(broker: Broker, log: list[Record], seconds: float) -> None:
    steps = 100
    size = -(-len(log) // steps)
    for begin in range(0, len(log), size):
        publish(broker, log[begin : begin + size])
        time.sleep(seconds / steps)


@both_brokers
def test_a_record_in_the_wrong_partition_is_sent_on_and_matched_once(
    kind: BrokerKind, new_broker: Start, tmp_path: Path
) -> None:
    broker = new_broker(kind)
    make_topics(broker, 4)
    right = partition_of(ZONE, 4)
    wrong = (right + 1) % 4
    publisher = Publisher(broker.bootstrap, client_id="tests")
    publisher.publish_fact(WORKER, id="w", source="/tests", partition=right)
    publisher.flush()
    publisher.publish_fact(JOB, id="j", source="/tests", partition=wrong)
    publisher.close()
    with running_matcher(broker, tmp_path) as matcher:
        wait_for_outcomes(broker, {f"{ZONE}-1-0"}, matcher)
    found, count = published_outcomes(broker)
    assert sum(b'"subject":"job"' in content for content in found.values()) == 1
    assert count == len(found)


@both_brokers
def test_garbage_is_kept_with_its_bytes_and_reason_and_the_stream_goes_on(
    kind: BrokerKind, new_broker: Start, tmp_path: Path
) -> None:
    broker = new_broker(kind)
    make_topics(broker, 1)
    publisher = Publisher(broker.bootstrap, client_id="tests")
    garbage = [bytes(range(256)), b"", b"x" * 10_000_000, b"[" * 100_000]
    for value in garbage:
        publisher.publish("market.events", value, key=ZONE.encode(), partition=0)
    publisher.publish("market.events", None, key=ZONE.encode(), partition=0)
    publisher.publish_fact(JOB, id="j", source="/tests", partition=0)
    publisher.close()
    with running_matcher(broker, tmp_path) as matcher:
        wait_for_outcomes(broker, {f"{ZONE}-5-0"}, matcher)
    with LogReader(broker.bootstrap) as reader:
        letters = list(reader.read(DEAD_LETTERS, 0))
    assert [letter.value for letter in letters] == [*garbage, None]
    for offset, letter in enumerate(letters):
        headers = dict(letter.headers)
        assert headers["dead_letter.origin"].decode() == f"market.events/0/{offset}"
        assert headers["dead_letter.reason"]
        assert headers["dead_letter.reason_zh"]


@both_brokers
def test_a_restart_reads_the_snapshot_and_a_spoilt_one_only_costs_time(
    kind: BrokerKind, new_broker: Start, tmp_path: Path
) -> None:
    broker = new_broker(kind)
    make_topics(broker, 1)
    log = town_log(days=0.6)
    cut = len(log) - 50
    publish(broker, log[:cut])
    with running_matcher(broker, tmp_path) as matcher:
        wait_for_outcomes(broker, set(folded_outcomes(broker, 1)), matcher)
    with LogReader(broker.bootstrap) as reader:
        assert reader.bounds(SNAPSHOTS, 0)[1] > 0
    publish(broker, log[cut : cut + 25])
    with running_matcher(broker, tmp_path) as matcher:
        wait_for_outcomes(broker, set(folded_outcomes(broker, 1)), matcher)
        assert matcher.metric("gigmatch_replayed_total") < cut
    publisher = Publisher(broker.bootstrap, client_id="tests")
    publisher.publish(SNAPSHOTS, b"spoilt", key=ZONE.encode(), partition=0)
    publisher.close()
    publish(broker, log[cut + 25 :])
    with running_matcher(broker, tmp_path) as matcher:
        expected = folded_outcomes(broker, 1)
        wait_for_outcomes(broker, set(expected), matcher)
        assert matcher.metric("gigmatch_replayed_total") >= cut
    assert published_outcomes(broker)[0] == expected


@pytest.mark.kafka
def test_two_matchers_share_the_partitions_and_take_over_from_each_other(
    new_broker: Start, tmp_path: Path
) -> None:
    broker = new_broker("kafka")
    make_topics(broker, 4)
    zones = [str(code) for code in range(511181, 511189)]
    publisher = Publisher(broker.bootstrap, client_id="tests")
    (tmp_path / "other").mkdir()
    with (
        running_matcher(broker, tmp_path) as one,
        running_matcher(broker, tmp_path / "other") as two,
    ):
        one.wait_ready()
        two.wait_ready()
        for number in range(40):
            _publish_round(publisher, zones, number)
            if number == 20:
                one.kill()
        publisher.flush()
        expected = folded_outcomes(broker, 4)
        wait_for_outcomes(broker, set(expected), two)
    publisher.close()
    assert published_outcomes(broker)[0] == expected
    with LogReader(broker.bootstrap) as reader:
        used = [p for p in reader.partitions(OUTCOMES) if reader.bounds(OUTCOMES, p)[1] > 0]
    assert len(used) > 1


def _publish_round(publisher: Publisher, zones: list[str], number: int) -> None:
    for zone in zones:
        worker = msgspec.structs.replace(WORKER, zone=zone, worker_id=f"W-{number}")
        job = msgspec.structs.replace(JOB, zone=zone, job_id=f"J-{number}")
        publisher.publish_fact(worker, id=f"w-{zone}-{number}", source="/tests")
        publisher.publish_fact(job, id=f"j-{zone}-{number}", source="/tests")
    time.sleep(0.05)


def test_ticks_come_by_themselves_on_the_wall_clock(new_broker: Start, tmp_path: Path) -> None:
    broker = new_broker("embedded")
    make_topics(broker, 1)
    publish(broker, [record_of(ClockTicked(now=NOW - 86_400_000), 0)])
    with running_matcher(broker, tmp_path, GIGMATCH_CLOCK="wall") as matcher:
        matcher.wait_ready()
        with LogReader(broker.bootstrap) as reader:
            give_up = time.monotonic() + PATIENCE_S
            while reader.bounds("market.events", 0)[1] < 2:
                assert time.monotonic() < give_up
                time.sleep(0.1)
