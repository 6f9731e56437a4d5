"""`gigmatch notifier` as a process, a market that has something to tell, and what was told."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from events.codec import decode_notification
from events.envelope import Record
from events.facts import ClockTicked, Fact
from events.notifications import AnyNotification, NotificationDropped, NotificationSent
from events.topics import NOTIFICATIONS, OUTCOMES, partition_of
from events.values import Channel, Interval
from gigmatch.logread import LogReader
from gigmatch.processes import Child, free_port, spawn, stop, wait_until
from producers.publisher import Publisher
from tests.brokers import Broker, BrokerKind
from tests.matching.scenario import JOB, WORKER
from tests.projecting import answered, new_engine
from tests.streams.notifier.receiver import SECRET, Receiver
from tests.system.matchers import PATIENCE_S, make_topics, scraped
from tests.town import HOUR, ZONE
from tests.worlds import record_of

Start = Callable[[BrokerKind], Broker]
BOTH: list[BrokerKind] = ["kafka", "embedded"]
both_brokers = pytest.mark.parametrize("kind", BOTH)


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
        wait_until(lambda: self.scrape("/healthz").startswith("200"), child, PATIENCE_S)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def scrape(self, path: str) -> str:
        return scraped(self._port, path)


@contextmanager
def notifying(broker: Broker, folder: Path, **settings: str) -> Iterator[NotifierProcess]:
    running = NotifierProcess(broker, folder, **settings)
    try:
        yield running
    finally:
        stop(running.process)


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
