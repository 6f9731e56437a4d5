"""Whatever happens: nobody is told twice, at night, too often or too late, and everything ends."""

from collections import defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from events.notifications import (
    AnyNotification,
    FailureReason,
    NotificationAttempted,
    NotificationDropped,
    NotificationDue,
    NotificationFailed,
    NotificationSent,
)
from events.values import Channel, Interval
from streams.notifier.ledger import Attempt
from streams.notifier.rules import SILENT
from tests.streams.notifier.world import RULES, World, cancelled, due, erased
from tests.town import HOUR, NOW, ZONE

WORKERS = ("W-1", "W-2")
ZONES = (ZONE, "511100")
CHANNELS = st.lists(
    st.sampled_from(("page", "sms", "webhook", "call", "screen")),
    min_size=1,
    max_size=3,
    unique=True,
).map(tuple)
LONGEST = 40 * HOUR


class Telling(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.dues: dict[str, NotificationDue] = {}
        self.open: set[str] = set()
        self.told: set[str] = set()
        self.tried: set[tuple[str, str]] = set()
        self.disturbed: defaultdict[str, list[int]] = defaultdict(list)

    @rule(
        worker_id=st.sampled_from(WORKERS),
        zone=st.sampled_from(ZONES),
        channels=CHANNELS,
        lasts=st.sampled_from((1, HOUR // 2, 3 * HOUR, LONGEST)),
        begins=st.sampled_from((HOUR, 11 * HOUR, 50 * HOUR)),
    )
    def is_due(
        self, worker_id: str, zone: str, channels: tuple[Channel, ...], lasts: int, begins: int
    ) -> None:
        now = self.world.now
        shift = Interval(start=now + begins, end=now + begins + 8 * HOUR)
        ends = now + lasts
        one = due(
            len(self.dues),
            worker_id=worker_id,
            zone=zone,
            at=now,
            channels=channels,
            first_shift=shift,
            expires_at=ends,
        )
        self.dues[one.notification_id] = one
        self.open.add(one.notification_id)
        self.world.says(one)

    @precondition(lambda self: self.dues)
    @rule(data=st.data())
    def is_said_again(self, data: st.DataObject) -> None:
        known = self.world.topic
        self.world.says(known[data.draw(st.integers(0, len(known) - 1))])

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def is_closed(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.open)))
        self.open.discard(id)
        self.world.says(cancelled(self.dues[id], self.world.now))

    @rule(worker_id=st.sampled_from(WORKERS), zone=st.sampled_from(ZONES))
    def is_erased(self, worker_id: str, zone: str) -> None:
        theirs = {id for id in self.open if self.dues[id].worker_id == worker_id}
        gone = {id for id in theirs if self.dues[id].zone == zone}
        self.open -= gone
        if gone == theirs:
            self.disturbed.pop(worker_id, None)
        self.world.says(erased(worker_id, self.world.now, len(self.world.topic), zone))

    @rule(passes=st.sampled_from((1, 5_000, 600_000, HOUR, 7 * HOUR)))
    def time_passes(self, passes: int) -> None:
        self._look(self.world.at(self.world.now + passes))

    @precondition(lambda self: self.world.going_out())
    @rule(data=st.data(), reason=st.sampled_from((None, "unreachable", "timed_out", "no_address")))
    def a_message_ends(self, data: st.DataObject, reason: FailureReason | None) -> None:
        self._end(data.draw(st.sampled_from(self.world.going_out())), reason)

    @rule(from_zero=st.booleans())
    def starts_again(self, from_zero: bool) -> None:
        self.world.restart(from_zero=from_zero)

    @invariant()
    def what_is_under_way_is_open(self) -> None:
        for attempt in self.world.ledger.attempts():
            assert any(item.notification_id in self.open for item in attempt.items)

    def teardown(self) -> None:
        while self.world.ledger.busy:
            self._look(self.world.settle())
            for attempt in self.world.going_out():
                self._end(attempt, None)
            self._look(self.world.at(self.world.now + HOUR))
        assert not self.open

    def _end(self, attempt: Attempt, reason: FailureReason | None) -> None:
        message = attempt.message
        if reason is None:
            self._are_told(message.notifications)
            self.world.succeeds(attempt)
            return
        if reason != "timed_out":
            self.disturbed[message.worker_id].remove(message.at)
        self.world.fails(attempt, reason)

    def _look(self, decided: list[AnyNotification]) -> None:
        for one in decided:
            match one:
                case NotificationAttempted() | NotificationSent():
                    self._look_at_message(one)
                case NotificationDropped():
                    assert one.notification_id in self.open
                    self.open.discard(one.notification_id)
                case _:
                    raise AssertionError(one)

    def _look_at_message(self, one: NotificationAttempted | NotificationSent) -> None:
        for id in one.notifications:
            told = self.dues[id]
            assert id in self.open
            assert id not in self.told
            assert one.at < told.expires_at
            assert (id, one.channel) not in self.tried
            assert one.channel in told.channels
            self.tried.add((id, one.channel))
            if one.channel not in SILENT:
                assert RULES.is_urgent(told) or RULES.quiet_until(one.at) == one.at
        if one.channel not in SILENT:
            times = self.disturbed[one.worker_id]
            times.append(one.at)
            recent = [at for at in times if at > one.at - RULES.window_ms]
            assert len(recent) <= RULES.most_messages
        if isinstance(one, NotificationSent):
            self._are_told(one.notifications)

    def _are_told(self, ids: tuple[str, ...]) -> None:
        for id in set(ids) & self.open:
            assert id not in self.told
            self.told.add(id)
            self.open.discard(id)


Telling.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestTelling = Telling.TestCase


def test_quiet_hours_begin_and_end_in_shanghai() -> None:
    half_past_nine = NOW + 13 * HOUR + HOUR // 2
    assert RULES.quiet_until(half_past_nine - 1) == half_past_nine - 1
    assert RULES.quiet_until(half_past_nine) == half_past_nine + 9 * HOUR
    assert RULES.quiet_until(half_past_nine + 9 * HOUR) == half_past_nine + 9 * HOUR


def test_a_failed_record_for_nothing_is_nothing() -> None:
    world = World()
    stray = NotificationFailed(
        worker_id="W-1", at=NOW, message_id="x.sms", channel="sms", notifications=("x",),
        reason="refused",
    )  # fmt: skip
    world.says(stray)
    assert world.ledger.state.people == {}
