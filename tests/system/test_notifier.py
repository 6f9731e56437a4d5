"""`gigmatch notifier` on real brokers: the right channel, nobody forgotten, plain words."""

import json
import os
import subprocess
import sys
from pathlib import Path

import zstandard

from events.facts import WorkerForgotten
from events.notifications import NotificationDropped, NotificationFailed, NotificationSent
from events.topics import EVENTS, NOTIFICATIONS, NOTIFIER_STATE, OUTCOMES
from events.values import Channel
from gigmatch.processes import stop, tail
from tests.brokers import BrokerKind
from tests.streams.notifier.receiver import SECRET, Receiver, until
from tests.system.notifying import (
    Market,
    Start,
    both_brokers,
    is_settled,
    notifying,
    records,
    told,
    webhook_settings,
)
from tests.town import ZONE

ENDED = (NotificationSent, NotificationDropped)


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
        # It counts what it has read back from the topic.
        sent_by_sms = 'gigmatch_notifier_sent_total{channel="sms"} 1.0'
        until(lambda: sent_by_sms in process.scrape("/metrics"))
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


def test_who_is_forgotten_is_told_nothing_and_not_kept(
    new_broker: Start, tmp_path: Path, receiver: Receiver
) -> None:
    broker = new_broker("embedded")
    market = Market(broker)
    receiver.by_worker = {"W-away": "slow"}  # a 503 is given up within seconds
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
        assert stop(process.process, 120) == 0
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
            timeout=120,
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
    assert "请改正" in broken
    assert "000" not in broken
    assert tail(contacts)
