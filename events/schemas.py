"""JSON Schemas of facts, notices, outcomes, notifications and audit lines, from the types.

What a schema cannot say (an end after its start, a place in China, no phone numbers) `events.codec`
checks; a message that passes both is taken.
"""

from collections.abc import Sequence
from inspect import cleandoc
from typing import Any, Final

import msgspec

from events.audit import AuditRecorded
from events.codec import EVENT_TYPES, NOTIFICATION_TYPES, OUTCOME_TYPES, VERSION, AnyMessage
from events.values import END

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MESSAGE_TYPES: Final[dict[str, type[AnyMessage]]] = {
    **EVENT_TYPES,
    **OUTCOME_TYPES,
    **NOTIFICATION_TYPES,
    AuditRecorded.TYPE: AuditRecorded,
}


def schema(name: str) -> Schema:
    """The self-contained JSON Schema of a message type: `job.posted`. Raises KeyError."""
    message = MESSAGE_TYPES[name]
    parts = components([message], "#/$defs/{name}")
    own = parts.pop(message.__name__)
    head: Schema = {"$schema": DIALECT, "$id": f"{name}.{VERSION}.json", **own}
    return {**head, "$defs": parts} if parts else head


def components(messages: Sequence[type[msgspec.Struct]], ref_template: str) -> dict[str, Schema]:
    """The schemas of types and of every value in them, by class name.

    `ref_template` says how one refers to another: `#/$defs/{name}`.
    """
    _, parts = msgspec.json.schema_components(messages, ref_template=ref_template)
    return {name: _plain(parts[name]) for name in sorted(parts)}


def _plain(part: Any) -> Any:
    """A schema in JSON's own values, for every regular expression engine, its prose unindented."""
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items()} | _prose(part)
    if isinstance(part, list | tuple):
        return [_plain(value) for value in part]
    return part if isinstance(part, str | int | float | None) else msgspec.to_builtins(part)


def _prose(part: dict[str, Any]) -> Schema:
    changed: Schema = {}
    if isinstance(pattern := part.get("pattern"), str):
        changed["pattern"] = pattern.replace(END, "$")
    if isinstance(description := part.get("description"), str):
        changed["description"] = cleandoc(description)
    return changed
