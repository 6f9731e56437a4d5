"""`gigmatch notifier` on real brokers: nothing told twice, nothing lost, nobody in the way."""

import http.client
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import zstandard

from events.codec import decode_notification
from events.envelope import Record
from events.facts import ClockTicked, Fact, WorkerForgotten
from events.notifications import (
    AnyNotification,
    NotificationDropped,
    NotificationFailed,
    NotificationSent,
)
from events.topics import EVENTS, NOTIFICATIONS, NOTIFIER_STATE, OUTCOMES, partition_of
from events.values import Channel, Interval
from gigmatch.logread import LogReader
from gigmatch.processes import LOCALHOST, Child, free_port, spawn, stop, tail, wait_until
from producers.publisher import Publisher
from tests.brokers import Broker, BrokerKind
from tests.matching.scenario import JOB, WORKER
from tests.projecting import answered, new_engine
from tests.streams.notifier.receiver import SECRET, Receiver, receiving, until
from tests.system.matchers import make_topics
from tests.town import HOUR, ZONE
from tests.worlds import record_of

Start = Callable[[BrokerKind], Broker]
LONG = bool(os.environ.get("GIGMATCH_LONG"))
KILLS = 10 if LONG else 1
BOTH: list[BrokerKind] = ["kafka", "embedded"]
both_brokers = pytest.mark.parametrize("kind", BOTH)
ENDED = (NotificationSent, NotificationDropped)


class Market:
    """What a matcher would have written: facts and outcomes of one partition, in order."""

    def __init__(self, broker: Broker, partitions: int = 1) -> None:
        self._broker = broker
        self._partition = partition_of(ZONE, partitions)
        self._engine = new_engine()
        self._offset = 0
        self.now = time.time_ns() // 1_000_000
        make_topics(broker, partitions)
        self.happens(ClockTicked(now=self.now))

    def happens(self, *facts: Fact) -> None:
        """Publish facts and what a market answers."""
        records = [
            record_of(fact, self._offset + number, time=self.now)
            for number, fact in enumerate(facts)
        ]
        self._offset += len(facts)
        publisher = Publisher(self._broker.bootstrap, client_id="tests")
        for record in answered(records, self._engine):
            publisher.publish(
                record.topic,
                record.value,
                key=record.key,
                headers=record.headers,
                partition=self._partition,
            )
        publisher.close()

    def workers(self, *ids: str, channels: tuple[Channel, ...]) -> list[Fact]:
        windows = (Interval(start=self.now, end=self.now + 30 * 24 * HOUR),)
        return [
            msgspec.structs.replace(WORKER, worker_id=id, windows=windows, channels=channels)
            for id in ids
        ]

    def job(self, number: int, headcount: int = 1) -> Fact:
        shift = Interval(start=self.now + 24 * HOUR, end=self.now + 32 * HOUR)
        return msgspec.structs.replace(
            JOB, job_id=f"J-{number}", shifts=(shift,), headcount=headcount
        )


class NotifierProcess:
    """The process; every start is a new one of the same group."""

    def __init__(self, broker: Broker, folder: Path, **settings: str) -> None:
        self.log = folder / "notifier.log"
        self._port = free_port()
        self._env = {
            **os.environ,
            "GIGMATCH_KAFKA": broker.bootstrap,
            "GIGMATCH_FETCH_WAIT_MS": str(broker.fetch_wait_ms),
            "GIGMATCH_METRICS_PORT": str(self._port),
            "GIGMATCH_QUIET_HOURS": "00:00-00:00",
            "GIGMATCH_GATHER_S": "0",
            "GIGMATCH_MESSAGES_AN_HOUR": "1000",
            "GIGMATCH_SNAPSHOT_EVERY": "50",
            **settings,
        }
        self.start()

    def start(self) -> None:
        self.process: subprocess.Popen[bytes] = spawn(
            [sys.executable, "-m", "gigmatch", "notifier"], log=self.log, env=self._env
        )

    def wait_ready(self) -> None:
        child = Child("notifier", self.process, self.log)
        wait_until(lambda: self.scrape("/healthz").startswith("200"), child, 90)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def scrape(self, path: str) -> str:
        connection = http.client.HTTPConnection(LOCALHOST, self._port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return f"{response.status}\n{response.read().decode()}"
        except OSError:
            return ""
        finally:
            connection.close()


@contextmanager
def notifying(broker: Broker, folder: Path, **settings: str) -> Iterator[NotifierProcess]:
    running = NotifierProcess(broker, folder, **settings)
    try:
        yield running
    finally:
        stop(running.process)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def webhook_settings(receiver: Receiver, folder: Path, *workers: str) -> dict[str, str]:
    contacts = folder / "contacts.json"
    known = {id: {"webhook": f"openid-{id}", "sms": f"+86-000-{id}"} for id in workers}
    contacts.write_text(json.dumps(known))
    contacts.chmod(0o600)
    return {
        "GIGMATCH_CONTACTS": str(contacts),
        "GIGMATCH_WEBHOOK_URL": receiver.url,
        "GIGMATCH_WEBHOOK_SECRET": SECRET,
        "GIGMATCH_SMS": str(folder / "sms.jsonl"),
    }


def told(broker: Broker) -> list[AnyNotification]:
    """What stands on the topic, repetitions left out."""
    found: dict[str, AnyNotification] = {}
    for record in records(broker, NOTIFICATIONS):
        envelope, message = decode_notification(record)
        assert record.key == message.worker_id.encode()
        found.setdefault(envelope.id, message)
    return list(found.values())


def notified_by(receiver: Receiver) -> Counter[str]:
    """How often a receiver that drops repetitions was told of each notification."""
    taken = receiver.taken.values()
    return Counter(item["notification_id"] for one in taken for item in one["notifications"])


def is_settled(broker: Broker) -> bool:
    """Whether every offer that the market made has been told, or dropped."""
    messages = told(broker)
    due = {
        dict(record.headers)["ce_id"].decode()
        for record in records(broker, OUTCOMES)
        if dict(record.headers)["ce_type"] == b"offer.made.v1"
    }
    ended = {
        id for one in messages if isinstance(one, NotificationSent) for id in one.notifications
    }
    ended |= {one.notification_id for one in messages if isinstance(one, NotificationDropped)}
    return bool(due) and due == ended


def records(broker: Broker, topic: str) -> list[Record]:
    with LogReader(broker.bootstrap) as reader:
        partitions = reader.partitions(topic)
        return [record for number in partitions for record in reader.read(topic, number)]


@both_brokers
def test_an_offer_reaches_each_channel_and_falls_back_where_one_fails(
    kind: BrokerKind, new_broker: Start, tmp_path: Path, receiver: Receiver
) -> None:
    broker = new_broker(kind)
    market = Market(broker)
    chosen: dict[str, tuple[Channel, ...]] = {
        "W-page": ("page", "sms"),
        "W-hook": ("webhook",),
        "W-gone": ("webhook", "sms"),
        "W-call": ("call",),
        "W-lost": ("sms", "screen"),
    }
    receiver.by_worker = {"W-gone": 410}
    for id, channels in chosen.items():
        market.happens(*market.workers(id, channels=channels))
    market.happens(market.job(1, headcount=5))
    settings = webhook_settings(receiver, tmp_path, "W-hook", "W-gone")
    with notifying(broker, tmp_path, **settings) as process:
        until(lambda: is_settled(broker))
        process.wait_ready()
        assert 'gigmatch_notifier_sent_total{channel="sms"} 1.0' in process.scrape("/metrics")
    messages = told(broker)
    sent = {one.worker_id: one.channel for one in messages if isinstance(one, NotificationSent)}
    assert sent == {
        "W-page": "page",
        "W-hook": "webhook",
        "W-gone": "sms",
        "W-call": "call",
        "W-lost": "screen",
    }
    failed = {
        (one.worker_id, one.reason) for one in messages if isinstance(one, NotificationFailed)
    }
    assert failed == {("W-gone", "refused"), ("W-lost", "no_address")}
    (line,) = (tmp_path / "sms.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["to"] == "+86-000-W-gone"
    assert [one["to"] for one in receiver.taken.values()] == ["openid-W-hook"]
    assert all(one["signed"] for one in receiver.requests)
    everything = process.log.read_text() + repr(messages)
    for topic in (EVENTS, OUTCOMES, NOTIFICATIONS, NOTIFIER_STATE):
        everything += repr(records(broker, topic))
    assert "openid-" not in everything
    assert "+86" not in everything


@pytest.mark.chaos
@both_brokers
def test_killed_at_random_moments_every_offer_is_told_and_taken_once(
    kind: BrokerKind, new_broker: Start, tmp_path: Path, receiver: Receiver
) -> None:
    broker = new_broker(kind)
    market = Market(broker)
    rng = random.Random(KILLS)
    ids = [f"W-{number}" for number in range(30)]
    receiver.behaviours = [503, "close", 204, 204, 500] * 20
    market.happens(*market.workers(*ids, channels=("webhook", "page")))
    jobs = 0
    with notifying(broker, tmp_path, **webhook_settings(receiver, tmp_path, *ids)) as process:
        for _ in range(KILLS):
            process.wait_ready()
            for _ in range(4):
                jobs += 1
                market.happens(market.job(jobs, headcount=5))
                time.sleep(rng.uniform(0.0, 0.3))
            process.kill()
            process.start()
        until(lambda: is_settled(broker), 120)
    messages = told(broker)
    times = Counter(
        id for one in messages if isinstance(one, NotificationSent) for id in one.notifications
    )
    assert set(times.values()) == {1}
    notified = notified_by(receiver)
    assert set(notified.values()) == {1}
    sent = {
        id
        for one in messages
        if isinstance(one, NotificationSent) and one.channel == "webhook"
        for id in one.notifications
    }
    assert sent <= notified.keys()


@pytest.mark.kafka
def test_two_share_the_work_and_one_takes_over_what_the_other_had_under_way(
    new_broker: Start, tmp_path: Path, receiver: Receiver
) -> None:
    broker = new_broker("kafka")
    market = Market(broker, partitions=4)
    ids = [f"W-{number}" for number in range(20)]
    assert len({partition_of(id, 4) for id in ids}) == 4
    receiver.behaviours = ["slow"] * 4
    settings = webhook_settings(receiver, tmp_path, *ids)
    (tmp_path / "other").mkdir()
    market.happens(*market.workers(*ids, channels=("webhook", "page")))
    with (
        notifying(broker, tmp_path, **settings) as one,
        notifying(broker, tmp_path / "other", **settings) as two,
    ):
        one.wait_ready()
        two.wait_ready()
        market.happens(market.job(1, headcount=10))
        until(lambda: receiver.requests)
        one.kill()
        market.happens(market.job(2, headcount=10))
        until(lambda: is_settled(broker), 120)
        assert two.scrape("/healthz").startswith("200")
    notified = notified_by(receiver)
    assert set(notified.values()) == {1}
    sent = [one for one in told(broker) if isinstance(one, NotificationSent)]
    times = Counter(id for one in sent for id in one.notifications)
    assert set(times.values()) == {1}
    assert notified.keys() <= times.keys()


def test_it_goes_on_from_its_state_and_repeats_nothing_when_that_is_lost(
    new_broker: Start, tmp_path: Path, receiver: Receiver
) -> None:
    broker = new_broker("embedded")
    market = Market(broker)
    market.happens(*market.workers("W-1", "W-2", channels=("webhook",)))
    market.happens(market.job(1, headcount=2))
    settings = webhook_settings(receiver, tmp_path, "W-1", "W-2")
    with notifying(broker, tmp_path, **settings) as process:
        until(lambda: is_settled(broker))
        assert stop(process.process) == 0
    assert records(broker, NOTIFIER_STATE)
    with notifying(broker, tmp_path, **settings) as process:
        process.wait_ready()
        market.happens(market.job(2, headcount=1))
        until(lambda: is_settled(broker))
    ids = [dict(record.headers)["ce_id"] for record in records(broker, NOTIFICATIONS)]
    assert len(ids) == len(set(ids))
    publisher = Publisher(broker.bootstrap, client_id="tests")
    publisher.publish(NOTIFIER_STATE, b"spoilt", key=b"0", partition=0)
    publisher.close()
    with notifying(broker, tmp_path, **settings) as process:
        process.wait_ready()
        market.happens(market.job(3, headcount=1))
        until(lambda: is_settled(broker))
    notified = notified_by(receiver)
    assert len(notified) >= 4
    assert set(notified.values()) == {1}
    assert receiver.repeated == 0


def test_who_is_forgotten_is_told_nothing_and_not_kept(
    new_broker: Start, tmp_path: Path, receiver: Receiver
) -> None:
    broker = new_broker("embedded")
    market = Market(broker)
    receiver.by_worker = {"W-away": 503}
    market.happens(*market.workers("W-away", channels=("webhook", "page")))
    market.happens(market.job(1))
    with notifying(broker, tmp_path, **webhook_settings(receiver, tmp_path, "W-away")) as process:
        until(lambda: receiver.requests)
        market.happens(WorkerForgotten(worker_id="W-away", zone=ZONE))
        market.happens(*market.workers("W-here", channels=("page",)))
        market.happens(market.job(2))
        until(lambda: any(one.worker_id == "W-here" for one in told(broker)))
        until(lambda: b"erased" in repr(records(broker, NOTIFICATIONS)).encode())
        until(lambda: records(broker, NOTIFIER_STATE))
        asked = len(receiver.requests)
        assert stop(process.process) == 0
    assert not any(isinstance(one, ENDED) and one.worker_id == "W-away" for one in told(broker))
    assert len(receiver.requests) == asked
    newest = records(broker, NOTIFIER_STATE)[-1].value
    assert newest is not None
    assert b"W-away" not in zstandard.decompress(newest)
    assert "W-away" not in process.log.read_text()


def test_what_is_not_set_up_as_it_must_be_is_told_in_one_line(tmp_path: Path) -> None:
    def said(**settings: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "gigmatch", "notifier"],
            env={**os.environ, **settings},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        return line

    url = {"GIGMATCH_WEBHOOK_URL": "http://127.0.0.1:1/"}
    assert "whsec_" in said(**url)
    assert "GIGMATCH_CONTACTS" in said(**url, GIGMATCH_WEBHOOK_SECRET=SECRET)
    assert "GIGMATCH_QUIET_HOURS" in said(GIGMATCH_QUIET_HOURS="all night")
    contacts = tmp_path / "contacts.json"
    contacts.write_text('{"W-1": {"sms": "+86 000"')
    contacts.chmod(0o644)
    assert "chmod 600" in said(GIGMATCH_SMS="sms", GIGMATCH_CONTACTS=str(contacts))
    contacts.chmod(0o600)
    broken = said(GIGMATCH_SMS="sms", GIGMATCH_CONTACTS=str(contacts))
    assert "correct it" in broken
    assert "000" not in broken
    assert tail(contacts)
