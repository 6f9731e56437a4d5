"""Answers that go out again only when they are other than what whoever asks has kept."""

import hashlib
from typing import Annotated, Any, Final

from fastapi import Header
from starlette.responses import Response

IfNoneMatch = Annotated[str, Header(alias="if-none-match", max_length=2_000)]
UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "It is still what `if-none-match` names."}
}
"""For the description of a route."""


def tagged_answer(
    body: bytes,
    media_type: str,
    if_none_match: str,
    headers: dict[str, str],
    *,
    kept_as: bytes | None = None,
) -> Response:
    """A body with its tag, or that it is the same. Bodies with the same `kept_as` are the same."""
    tag = f'"{hashlib.sha256(body if kept_as is None else kept_as).hexdigest()[:32]}"'
    headers = {**headers, "etag": f"W/{tag}"}  # weak: it may go out compressed
    if tag in if_none_match or if_none_match.strip() == "*":
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
