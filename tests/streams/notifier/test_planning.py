"""When, how often and by which channel a worker is told."""

import msgspec

from events.notifications import (
    NotificationAttempted,
    NotificationDropped,
    NotificationFailed,
    NotificationSent,
)
from events.values import Interval
from tests.streams.notifier.world import (
    MINUTE,
    RULES,
    World,
    cancelled,
    channels_of,
    due,
    erased,
)
from tests.town import HOUR, NOW

TEN_AT_NIGHT = NOW + 14 * HOUR
HALF_PAST_SIX = NOW + 22 * HOUR + 30 * MINUTE


def reasons(world: World) -> list[str]:
    return [one.reason for one in world.topic if isinstance(one, NotificationDropped)]


def test_the_page_is_told_at_once_and_nothing_else_happens() -> None:
    world = World()
    world.says(due(1, channels=("page", "sms")))
    (sent,) = world.settle()
    assert isinstance(sent, NotificationSent)
    assert sent.channel == "page"


def test_offers_that_come_together_go_in_one_message() -> None:
    world = World()
    world.says(due(1))
    assert world.at(NOW) == []
    world.says(due(2))
    (attempted,) = world.at(NOW + RULES.gather_ms)
    assert isinstance(attempted, NotificationAttempted)
    assert attempted.notifications == (due(1).notification_id, due(2).notification_id)
    assert attempted.message_id == f"{due(1).notification_id}.sms"


def test_what_begins_soon_does_not_wait_for_others() -> None:
    world = World()
    soon = Interval(start=NOW + 3 * HOUR, end=NOW + 9 * HOUR)
    world.says(due(1, first_shift=soon))
    assert channels_of(world.at(NOW)) == ["sms"]


def test_nobody_is_woken_but_for_work_that_begins_soon() -> None:
    world = World()
    tomorrow = Interval(start=TEN_AT_NIGHT + 9 * HOUR, end=TEN_AT_NIGHT + 17 * HOUR)
    late = {"at": TEN_AT_NIGHT, "expires_at": TEN_AT_NIGHT + 20 * HOUR}
    world.says(due(1, **late))
    world.says(due(2, **late, first_shift=tomorrow))
    (first,) = world.at(TEN_AT_NIGHT)
    assert isinstance(first, NotificationAttempted)
    assert first.notifications == (due(2).notification_id,)
    assert world.at(HALF_PAST_SIX - 1) == []
    (second,) = world.at(HALF_PAST_SIX)
    assert isinstance(second, NotificationAttempted)
    assert second.notifications == (due(1).notification_id,)


def test_an_offer_that_ends_in_the_night_goes_to_a_silent_channel_or_is_dropped() -> None:
    world = World()
    ends = {"at": TEN_AT_NIGHT, "expires_at": TEN_AT_NIGHT + HOUR}
    world.says(due(1, **ends))
    world.says(due(2, **ends, channels=("sms", "screen")))
    world.now = TEN_AT_NIGHT
    world.settle()
    assert reasons(world) == ["quiet_hours"]
    assert channels_of(world.topic) == ["screen"]


def test_the_rate_holds_what_is_too_much_and_sends_it_together() -> None:
    world = World()
    for number in (1, 2):
        world.says(due(number))
        world.at(world.now)
        (attempted,) = world.at(world.now + RULES.gather_ms)
        assert isinstance(attempted, NotificationAttempted)
        world.succeeds(world.going_out()[0])
    for number in (3, 4, 5):
        world.says(due(number))
    assert world.at(world.now) == []
    first = world.of(NotificationAttempted)[0].at
    assert world.at(first + HOUR - 1) == []
    (together,) = world.at(first + HOUR)
    assert isinstance(together, NotificationAttempted)
    assert len(together.notifications) == 3


def test_what_the_rate_keeps_until_it_is_over_is_dropped() -> None:
    world = World()
    for number in (1, 2):
        world.says(due(number))
        world.at(world.now)
        world.at(world.now + RULES.gather_ms)
    world.says(due(3, expires_at=NOW + HOUR // 2))
    world.settle()
    assert reasons(world) == ["rate_limit"]


def test_what_only_this_clock_calls_too_late_is_neither_told_nor_given_up() -> None:
    world = World()
    world.says(due(1))
    ahead = NOW + 5 * HOUR
    assert world.at(ahead, said=NOW) == []
    assert channels_of(world.at(NOW + MINUTE)) == []  # the clock was set right: gathering begins
    assert channels_of(world.at(NOW + MINUTE + RULES.gather_ms)) == ["sms"]


def test_what_the_log_calls_too_late_as_well_is_given_up() -> None:
    world = World()
    world.says(due(1))
    late = due(1).expires_at
    assert world.at(late, said=NOW) == []
    assert world.at(late + MINUTE, said=late - 1) == []
    (dropped,) = world.at(late + 2 * MINUTE, said=late)
    assert isinstance(dropped, NotificationDropped)
    assert dropped.reason == "expired"


def test_what_was_held_is_given_up_when_the_log_catches_up_though_this_clock_stands() -> None:
    world = World()
    world.says(due(1))
    late = due(1).expires_at
    assert world.at(late, said=late - 1) == []
    (dropped,) = world.at(late, said=late)
    assert isinstance(dropped, NotificationDropped)


def test_the_night_of_a_clock_ahead_keeps_nothing_from_anybody() -> None:
    world = World()
    evening = TEN_AT_NIGHT - 2 * HOUR
    world.says(due(1, at=evening, expires_at=evening + HOUR))
    assert world.at(TEN_AT_NIGHT - 1, said=evening) == []
    assert world.at(evening, said=evening) == []
    assert channels_of(world.at(evening + RULES.gather_ms)) == ["sms"]


def test_a_channel_that_fails_is_followed_by_the_next() -> None:
    world = World()
    world.says(due(1, channels=("webhook", "sms", "call")))
    world.at(NOW)
    world.at(NOW + RULES.gather_ms)
    world.fails(world.going_out()[0])
    world.settle()
    world.at(world.now + RULES.gather_ms)
    world.fails(world.going_out()[0], "no_address")
    world.settle()
    world.at(world.now + RULES.gather_ms)
    assert channels_of(world.topic) == ["webhook", "sms", "call"]
    assert len(world.of(NotificationFailed)) == 2
    assert world.ledger.busy == 0


def test_when_all_channels_have_failed_it_is_dropped() -> None:
    world = World()
    world.says(due(1))
    world.at(NOW)
    world.at(NOW + RULES.gather_ms)
    world.fails(world.going_out()[0])
    world.settle()
    assert reasons(world) == ["channels_failed"]


def test_a_channel_that_is_not_set_up_is_passed_over() -> None:
    world = World(msgspec.structs.replace(RULES, channels=frozenset({"page"})))
    world.says(due(1))
    world.says(due(2, channels=("webhook", "page")))
    world.settle()
    assert reasons(world) == ["no_channel"]
    assert channels_of(world.topic) == ["page"]


def test_nothing_is_told_of_an_offer_that_is_closed() -> None:
    world = World()
    world.says(due(1))
    world.says(cancelled(due(1)))
    assert world.at(NOW + RULES.gather_ms) == []
    assert world.ledger.busy == 0


def test_a_message_whose_offers_are_all_closed_is_called_back() -> None:
    world = World()
    world.says(due(1))
    world.says(due(2))
    world.at(NOW)
    world.at(NOW + RULES.gather_ms)
    world.says(cancelled(due(1)))
    assert len(world.going_out()) == 1
    world.says(cancelled(due(2)))
    assert world.going_out() == []


def test_a_repeated_due_changes_nothing() -> None:
    world = World()
    for _ in range(3):
        world.says(due(1, channels=("page",)))
        world.settle()
    assert len(world.of(NotificationSent)) == 1


def test_the_first_of_two_owners_decides_what_a_message_holds() -> None:
    world = World()
    world.says(due(1))
    world.says(due(2))
    theirs = NotificationAttempted(
        worker_id="W-1",
        at=NOW,
        message_id=f"{due(1).notification_id}.sms",
        channel="sms",
        notifications=(due(1).notification_id,),
    )
    ours = NotificationAttempted(
        worker_id="W-1",
        at=NOW,
        message_id=theirs.message_id,
        channel="sms",
        notifications=(due(1).notification_id, due(2).notification_id),
    )
    world.says(theirs)
    world.says(ours)
    (attempt,) = world.going_out()
    assert attempt.items == (due(1),)


def test_nothing_of_an_erased_worker_is_kept() -> None:
    world = World()
    world.says(due(1))
    world.says(due(2, channels=("webhook",)))
    world.at(NOW)
    world.at(NOW + RULES.gather_ms)
    assert len(world.going_out()) == 2
    world.says(erased())
    assert world.going_out() == []
    assert b"W-1" not in msgspec.msgpack.encode(world.ledger.state)
    for message in list(world.topic):
        world.says(message)
    assert world.going_out() == []
    assert world.at(NOW + HOUR) == []


def test_a_namesake_in_another_zone_is_told_all_the_same() -> None:
    world = World()
    world.says(due(1, channels=("page",)))
    world.says(due(2, channels=("page",), zone="511100"))
    world.says(erased())
    world.settle()
    said = [one for one in world.topic if isinstance(one, NotificationSent)]
    assert [one.notifications for one in said] == [(due(2).notification_id,)]


def test_a_message_under_way_tells_no_more_of_a_zone_that_has_erased() -> None:
    world = World()
    world.says(due(1))
    world.says(due(2, zone="511100"))
    world.at(NOW)
    world.at(NOW + RULES.gather_ms)
    [attempt] = world.going_out()
    assert len(attempt.items) == 2
    world.says(erased())
    [attempt] = world.going_out()
    assert [item.zone for item in attempt.items] == ["511100"]


def test_who_comes_back_after_an_erasure_is_told_again() -> None:
    world = World()
    world.says(due(1))
    world.says(erased())
    world.says(due(2, channels=("page",)))
    world.settle()
    assert channels_of(world.topic) == ["page"]


def test_a_message_under_way_rests_in_quiet_hours() -> None:
    world = World()
    before = NOW + 13 * HOUR
    world.says(due(1, at=before, expires_at=before + 24 * HOUR))
    world.at(before)
    world.at(before + RULES.gather_ms)
    assert len(world.going_out()) == 1
    world.now = TEN_AT_NIGHT
    assert world.going_out() == []
    world.now = HALF_PAST_SIX
    assert len(world.going_out()) == 1


def test_an_erasure_that_is_said_again_erases_nobody_who_came_back() -> None:
    world = World()
    world.says(erased())
    world.says(due(1, channels=("page",)))
    world.says(erased())
    world.settle()
    assert channels_of(world.topic) == ["page"]
