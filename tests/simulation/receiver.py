"""Who takes the webhooks: an idempotent receiver that fails as it is told, and remembers all."""

from collections import Counter
from typing import Any, Literal

import httpx
import msgspec

from tests.simulation.process import current

Mood = Literal["well", "failing", "refusing", "slow", "mute"]
"""`mute` takes a message and its answer is lost."""


class Asked(msgspec.Struct, frozen=True):
    """One request: of which message and notifications, and who asked after how much was read."""

    message_id: str
    notifications: tuple[str, ...]
    who: str
    read: dict[int, int]


class Receiver:
    """What came, and what was taken of it."""

    def __init__(self) -> None:
        self.mood: Mood = "well"
        self.asked: list[Asked] = []
        self.taken: Counter[str] = Counter()

    def take(self, request: httpx.Request, who: str, read: dict[int, int]) -> httpx.Response:
        """Answer a request. Raises httpx.HTTPError."""
        message = msgspec.json.decode(request.content, type=dict[str, Any])
        id = request.headers["idempotency-key"]
        told = tuple(one["notification_id"] for one in message["notifications"])
        self.asked.append(Asked(id, told, who, read))
        match self.mood:
            case "failing":
                return httpx.Response(503)
            case "refusing":
                return httpx.Response(410)
            case "slow":
                raise httpx.ReadTimeout("no answer in time")
        self.taken[id] += 1
        if self.mood == "mute":
            raise httpx.ReadError("the answer is lost")
        return httpx.Response(204)


class Line(httpx.AsyncBaseTransport):
    """The way of a process to its world's receiver."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        process = current()
        process.passes("webhook to be posted")
        if process.is_cut_off:
            raise httpx.ConnectError("no route")
        answer = process.around.receiver.take(request, process.name, process.has_read())
        process.passes("webhook posted, answer not seen")
        return answer
