"""What the matcher needs of a producer."""

from typing import Protocol

from events.envelope import Headers


class Sink(Protocol):
    """Takes records in order and says when they have arrived."""

    def publish(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        """Put a record into the queue."""
        ...

    async def drain(self) -> None:
        """Return when everything published so far has arrived; raises when something has not."""
        ...
