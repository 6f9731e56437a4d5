"""What the receiver of webhooks was told, repetitions dropped by their idempotency key."""

from collections import Counter

from tests.streams.notifier.receiver import Receiver


class Notified:
    """Counts the effects of messages at their receiver."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def double(self) -> set[str]:
        """Notifications that somebody was told twice, in messages with different keys."""
        messages = list(self._receiver.taken.values())
        told = Counter(item["notification_id"] for one in messages for item in one["notifications"])
        return {f"told twice: {id}" for id, count in told.items() if count > 1}

    def strange(self) -> set[str]:
        """Messages with one key and two contents, or that nobody signed."""
        found: set[str] = set()
        for one in list(self._receiver.requests):
            if not one["signed"]:
                found.add(f"not signed: {one['message_id']}")
            taken = self._receiver.taken.get(one["message_id"])
            if taken is not None and taken["notifications"] != one["notifications"]:
                found.add(f"two contents: {one['message_id']}")
        return found
