"""What a station has to tell: exactly what the notifier decided, whatever is read twice."""

from collections.abc import Iterable, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from events.notifications import (
    AnyNotification,
    NotificationAttempted,
    NotificationCancelled,
    NotificationDropped,
    NotificationDue,
    NotificationErased,
    NotificationSent,
)
from events.values import Channel, Interval
from gigmatch.readmodel.notices import (
    NOTICES_KEPT_MS,
    NoticeProgress,
    NoticesDoc,
    notices_key,
    shown_key,
)
from streams.notice_store import NoticeStore
from streams.notices import drop_old, note
from streams.redis_store import OvertakenError, RedisStore
from tests.town import HOUR, NOW, ZONE

STATION = f"{ZONE}-05"
SHOWN = ("call", "screen")


def due(id: str = "n-1", worker_id: str = "W-1") -> NotificationDue:
    return NotificationDue(
        worker_id=worker_id,
        at=NOW,
        notification_id=id,
        kind="offer",
        zone=ZONE,
        station_id=STATION,
        offer_id=f"o-{id}",
        job_id="J-1",
        channels=("call",),
        title="采茶工",
        place="双福镇",
        first_shift=Interval(start=NOW + HOUR, end=NOW + 9 * HOUR),
        shifts=1,
        pay_fen_day=15_000,
        expires_at=NOW + HOUR,
    )


def sent(channel: Channel, *ids: str) -> NotificationSent:
    return NotificationSent(
        worker_id="W-1", at=NOW + 1, message_id=f"{ids[0]}.m", channel=channel, notifications=ids
    )


def cancelled(id: str) -> NotificationCancelled:
    return NotificationCancelled(worker_id="W-1", at=NOW, notification_id=id, reason="accepted")


def shown(doc: NoticesDoc) -> set[str]:
    return {member for _, member, _ in doc.entries()}


def after(messages: Iterable[AnyNotification]) -> NoticesDoc:
    doc = NoticesDoc(worker_id="W-1")
    for message in messages:
        note(doc, message)
    return doc


@pytest.mark.parametrize("channel", SHOWN)
def test_what_goes_to_a_call_or_a_screen_is_shown_there_until_its_end(channel: Channel) -> None:
    doc = after([due(), sent(channel, "n-1")])
    key = shown_key("call" if channel == "call" else "screen", STATION)
    assert list(doc.entries()) == [(key, "W-1/n-1", NOW + HOUR)]


@pytest.mark.parametrize("channel", ["page", "sms", "webhook"])
def test_what_was_told_another_way_is_not_shown(channel: Channel) -> None:
    assert shown(after([due(), sent(channel, "n-1"), sent("call", "n-1")])) == set()


def test_what_waits_is_not_shown_and_what_is_over_no_more() -> None:
    assert shown(after([due()])) == set()
    assert shown(after([due(), sent("call", "n-1"), cancelled("n-1")])) == set()
    dropped = NotificationDropped(
        worker_id="W-1", at=NOW, notification_id="n-1", reason="quiet_hours"
    )
    assert shown(after([due(), dropped, sent("call", "n-1")])) == set()


def test_of_whoever_is_erased_nothing_is_left() -> None:
    erased = NotificationErased(worker_id="W-1", at=NOW, erasure_id="e", zone=ZONE)
    assert after([due(), sent("call", "n-1"), erased]).notices == {}


def test_of_a_namesake_in_another_zone_all_is_left() -> None:
    erased = NotificationErased(worker_id="W-1", at=NOW, erasure_id="e", zone="511100")
    assert list(after([due(), sent("call", "n-1"), erased]).notices) == ["n-1"]


def test_a_days_old_end_is_forgotten() -> None:
    doc = after([due()])
    drop_old(doc, NOW + HOUR + NOTICES_KEPT_MS - 1)
    assert doc.notices
    drop_old(doc, NOW + HOUR + NOTICES_KEPT_MS)
    assert not doc.notices


IDS = st.sampled_from(["n-1", "n-2"])
CHANNELS: st.SearchStrategy[Channel] = st.sampled_from(["call", "screen", "page", "sms"])
MESSAGES = st.lists(
    st.one_of(
        IDS.map(due),
        st.builds(sent, CHANNELS, IDS),
        IDS.map(cancelled),
        IDS.map(
            lambda id: NotificationAttempted(
                worker_id="W-1", at=NOW, message_id="m", channel="sms", notifications=(id,)
            )
        ),
    ),
    max_size=12,
)


@given(MESSAGES)
def test_a_record_that_comes_again_changes_nothing(messages: list[AnyNotification]) -> None:
    whole = [due("n-1"), due("n-2"), *messages]
    assert after([*whole, *whole]) == after(whole)


@given(MESSAGES)
def test_nothing_is_shown_that_was_not_due_and_then_sent_there(
    messages: list[AnyNotification],
) -> None:
    for member in shown(after(messages)):
        id = member.partition("/")[2]
        of_it = [one for one in messages if isinstance(one, NotificationDue | NotificationSent)]
        announced = of_it.index(due(id))
        assert any(
            isinstance(one, NotificationSent) and id in one.notifications and one.channel in SHOWN
            for one in of_it[announced:]
        )


def write(url: str, batches: Sequence[Sequence[AnyNotification]]) -> None:
    store = NoticeStore(url)
    before = store.progress(0, "log")
    for batch in batches:
        clock = max([before.clock, *(one.at for one in batch)])
        now = NoticeProgress(log="log", offset=before.offset + len(batch), clock=clock)
        store.write(0, before, now, batch)
        before = now
    store.close()


def test_redis_has_what_is_shown_with_its_end(redis_url: str) -> None:
    write(redis_url, [[due(), due("n-2")], [sent("call", "n-1"), sent("screen", "n-2")]])
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        key = shown_key("call", STATION)
        assert redis.zrange(key, 0, -1, withscores=True) == [("W-1/n-1", float(NOW + HOUR))]
        assert redis.zrange(shown_key("screen", STATION), 0, -1) == ["W-1/n-2"]
    write(redis_url, [[cancelled("n-1")]])
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        assert redis.zrange(shown_key("call", STATION), 0, -1) == []


def test_redis_forgets_workers_whom_nothing_is_said_of_any_more(redis_url: str) -> None:
    late = msgspec.structs.replace(
        due("n-9", "W-2"), at=NOW + HOUR + NOTICES_KEPT_MS, expires_at=NOW + 99 * HOUR
    )
    write(redis_url, [[due(), sent("call", "n-1")], [late]])
    with Redis.from_url(redis_url) as redis:
        assert redis.exists(notices_key("W-1")) == 0
        assert redis.exists(notices_key("W-2")) == 1
        assert redis.zcard(shown_key("call", STATION)) == 0


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_what_is_forgotten_does_not_depend_on_how_records_came(cut: int, redis_url: str) -> None:
    """Found by 20 kills of a notifier: the ends of a worker's older notices were kept or not."""
    longer = msgspec.structs.replace(due("n-2"), expires_at=NOW + 99 * HOUR)
    late = msgspec.structs.replace(
        due("n-9", "W-2"), at=NOW + HOUR + NOTICES_KEPT_MS, expires_at=NOW + 99 * HOUR
    )
    said = [due(), longer, late]
    write(redis_url, [said[:cut], said[cut:]])
    with Redis.from_url(redis_url) as redis:
        stored = redis.get(notices_key("W-1"))
    assert isinstance(stored, bytes)
    assert list(msgspec.json.decode(stored)["notices"]) == ["n-2"]


def test_who_is_behind_somebody_else_writes_nothing(redis_url: str) -> None:
    first, second = NoticeStore(redis_url), NoticeStore(redis_url)
    before = first.progress(0, "log")
    first.write(0, before, NoticeProgress(log="log", offset=1), [due()])
    with pytest.raises(OvertakenError):
        second.write(0, before, NoticeProgress(log="log", offset=1), [sent("call", "n-1")])
    first.close()
    second.close()


def test_what_readers_may_expect_goes_with_a_flush(redis_url: str) -> None:
    store = NoticeStore(redis_url)
    assert not store.expects()
    store.expect({0: 0})
    assert store.expects()
    with RedisStore(redis_url) as markets:
        markets.flush()
    assert not store.expects()
    store.close()


def test_of_another_log_nothing_has_been_projected(redis_url: str) -> None:
    write(redis_url, [[due()]])
    store = NoticeStore(redis_url)
    assert store.progress(0, "log").offset == 1
    assert store.progress(0, "another") == NoticeProgress(log="another")
    store.close()
