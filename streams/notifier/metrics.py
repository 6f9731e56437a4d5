"""The notifier's metrics, with Prometheus names. No label carries anything about a person."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from events.notifications import (
    AnyNotification,
    NotificationDropped,
    NotificationDue,
    NotificationFailed,
    NotificationSent,
)

DUE: Final = Counter("gigmatch_notifier_due", "Notifications due", ["kind"])
SENT: Final = Counter("gigmatch_notifier_sent", "Messages taken by a channel", ["channel"])
FAILED: Final = Counter(
    "gigmatch_notifier_failed", "Messages a channel did not take", ["channel", "reason"]
)
DROPPED: Final = Counter("gigmatch_notifier_dropped", "Notifications never told", ["reason"])
REPEATED: Final = Counter("gigmatch_notifier_repeated", "Records that said what was known")
WAITING: Final = Gauge("gigmatch_notifier_waiting_workers", "Workers with something to be told")
UNDER_WAY: Final = Gauge("gigmatch_notifier_under_way", "Messages going out at the moment")
TURN_SECONDS: Final = Histogram(
    "gigmatch_notifier_turn_seconds",
    "Deciding and writing down what follows from what was read at once",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0),
)
WEBHOOK_SECONDS: Final = Histogram("gigmatch_notifier_webhook_seconds", "One HTTP exchange")


def count(message: AnyNotification) -> None:
    """Count a record that changed something."""
    match message:
        case NotificationDue():
            DUE.labels(message.kind).inc()
        case NotificationSent():
            SENT.labels(message.channel).inc()
        case NotificationFailed():
            FAILED.labels(message.channel, message.reason).inc()
        case NotificationDropped():
            DROPPED.labels(message.reason).inc()
        case _:
            pass
