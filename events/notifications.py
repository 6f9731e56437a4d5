"""What workers are told, and what became of it: the messages of `market.notifications`.

The Kafka key is the worker. What a zone's log makes due (`due`, `cancelled`, `erased`) has an id
made of an outcome's, so it is the same whenever it is said again; what the notifier does about it
(`attempted`, `sent`, `failed`, `dropped`) is decided by the first record that says so. No message
carries an address: those are looked up when a message goes out.

    due ──> attempted ──> sent            page, screen and call go from due to sent at once
     │          └───────> failed ──> attempted on the worker's next channel, or dropped
     └──> cancelled, erased or dropped    never told
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from events.outcomes import WithdrawalReason
from events.values import Channel, Identifier, Interval, Message, Millis, Pay, Perk, Zone

Kind = Literal["offer", "cancelled"]
OffReason = Literal["job_cancelled", "terms_changed", "not_granted"]
CancelReason = Literal["accepted", "declined"] | WithdrawalReason
FailureReason = Literal[
    "no_address",
    "no_contacts",
    "refused",
    "unreachable",
    "timed_out",
    "circuit_open",
    "too_late",
    "unwritable",
]
DropReason = Literal["expired", "quiet_hours", "rate_limit", "channels_failed", "no_channel"]
Count = Annotated[int, Meta(ge=0)]


class Notification(Message, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all; `at` is UTC ms on the clock that the notifier goes by."""

    TYPE: ClassVar[str] = ""

    worker_id: Identifier
    at: int


class NotificationDue(Notification, frozen=True, kw_only=True, omit_defaults=True):
    """A worker has to be told of an offer, or of a booking that no longer stands or never did.

    `notification_id` is the id of the outcome it tells. `shifts` counts all, `first_shift` is the
    first, `last_start` when the last begins, where there are several; of a booking that no longer
    stands those that were booked and have not begun: `reason` is why, `not_granted` when their home
    zone did not grant what they said yes to, or the job was gone before it did. `pay` is as it is
    posted, where that is not by the day. `distance_km` is missing where it is not known; nothing is
    told from `expires_at` on.
    """

    TYPE: ClassVar[str] = "notification.due"

    notification_id: Identifier
    kind: Kind
    zone: Zone
    station_id: Identifier
    offer_id: Identifier
    job_id: Identifier
    channels: tuple[Channel, ...]
    title: str
    place: str
    first_shift: Interval
    shifts: Count
    pay_fen_day: Count
    expires_at: int
    last_start: Millis | None = None
    pay: Pay | None = None
    distance_km: float | None = None
    perks: tuple[Perk, ...] = ()
    reason: OffReason | None = None


class NotificationCancelled(Notification, frozen=True, kw_only=True, omit_defaults=True):
    """What was due need not be told any more: the offer is no longer open."""

    TYPE: ClassVar[str] = "notification.cancelled"

    notification_id: Identifier
    reason: CancelReason


class NotificationErased(Notification, frozen=True, kw_only=True, omit_defaults=True):
    """The worker asked to be erased: nothing more is told of `zone`, nothing of it is kept.

    Without a zone, as before 0.2.0, of no zone.
    """

    TYPE: ClassVar[str] = "notification.erased"

    erasure_id: Identifier
    zone: Zone | None = None

    def is_about(self, zone: Zone) -> bool:
        """Whether what is told of this zone has to go: another's worker may have the same id."""
        return self.zone is None or self.zone == zone


class NotificationAttempted(Notification, frozen=True, kw_only=True, omit_defaults=True):
    """A message with these notifications is going out on a channel, and no other with this id."""

    TYPE: ClassVar[str] = "notification.attempted"

    message_id: Identifier
    channel: Channel
    notifications: tuple[Identifier, ...]


class NotificationSent(Notification, frozen=True, kw_only=True, omit_defaults=True):
    """A channel has taken the message, after so many `tries`; page, screen and call show it."""

    TYPE: ClassVar[str] = "notification.sent"

    message_id: Identifier
    channel: Channel
    notifications: tuple[Identifier, ...]
    tries: Count = 1


class NotificationFailed(Notification, frozen=True, kw_only=True, omit_defaults=True):
    """A channel did not take the message; the worker's next one is tried. `status` is HTTP's."""

    TYPE: ClassVar[str] = "notification.failed"

    message_id: Identifier
    channel: Channel
    notifications: tuple[Identifier, ...]
    reason: FailureReason
    tries: Count = 0
    status: int | None = None


class NotificationDropped(Notification, frozen=True, kw_only=True, omit_defaults=True):
    """It was not told in time, and why."""

    TYPE: ClassVar[str] = "notification.dropped"

    notification_id: Identifier
    reason: DropReason


AnyNotification = (
    NotificationDue
    | NotificationCancelled
    | NotificationErased
    | NotificationAttempted
    | NotificationSent
    | NotificationFailed
    | NotificationDropped
)
