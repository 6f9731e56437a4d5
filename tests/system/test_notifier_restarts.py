"""Notifiers are killed, share the work, lose their state: nothing told twice, nothing lost."""

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from events.notifications import NotificationSent
from events.topics import NOTIFICATIONS, NOTIFIER_STATE, partition_of
from gigmatch.processes import stop
from producers.publisher import Publisher
from tests.brokers import BrokerKind
from tests.streams.notifier.receiver import Receiver, until
from tests.system.notifying import (
    Market,
    Start,
    both_brokers,
    is_settled,
    notified_by,
    notifying,
    records,
    told,
    webhook_settings,
)

LONG = bool(os.environ.get("GIGMATCH_LONG"))
KILLS = 10 if LONG else 1


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
        two.wait_ready()
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
        assert stop(process.process, 120) == 0
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
