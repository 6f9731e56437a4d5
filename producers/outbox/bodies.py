"""What a request brings along."""

from starlette.requests import Request

from events.topics import MAX_FACT_BYTES
from producers.outbox.errors import RefusedError


async def body_of(request: Request) -> bytes:
    """The body, of one that is too large no more than shows that it is."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_FACT_BYTES:
            break
    return content


def require_json(request: Request) -> None:
    """Raise RefusedError for a body of another kind: a page of another site may not send JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusedError(415, "outbox.not_json")
