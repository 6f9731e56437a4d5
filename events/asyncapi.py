"""The AsyncAPI 3.0 document of the market's topics, generated from the types.

Written for whoever joins in with their own Kafka client: the operations are the engine's, so a
station sends what the engine receives.
"""

from collections.abc import Collection
from typing import Any, Final

import msgspec

from events.codec import (
    EVENT_TYPES,
    FACT_TYPES,
    NOTIFICATION_TYPES,
    OUTCOME_TYPES,
    VERSION,
    AnyMessage,
)
from events.emission import NOTIFIER, sending_id
from events.envelope import JSON_TYPE, LATE, LONGEST_ATTRIBUTE, SPEC_VERSION, format_time
from events.examples import (
    AUDITED,
    FACTS,
    NOTICES,
    NOTIFICATIONS,
    OFFICE,
    OUTCOMES,
    SOURCE,
    TIME,
    ZONE,
)
from events.notices import market_source
from events.schemas import MESSAGE_TYPES, Schema, components
from events.topics import (
    ALL_ZONES,
    AUDIT,
    DEAD_LETTERS,
    EVENTS,
    NOTIFIER_STATE,
    REPLAY_OF,
    SNAPSHOTS,
    TOPICS,
)
from events.topics import NOTIFICATIONS as NOTIFICATIONS_TOPIC
from events.topics import OUTCOMES as OUTCOMES_TOPIC
from events.tracing import TRACEPARENT, TRACEPARENT_PATTERN

EXAMPLES: Final[dict[str, AnyMessage]] = {
    **FACTS,
    **NOTICES,
    **OUTCOMES,
    **NOTIFICATIONS,
    **AUDITED,
}
_CHANNEL_BINDING: Final = "0.5.0"
_MESSAGE_BINDING: Final = "0.5.0"
_WHOLE: Final = frozenset({"retention.ms", "retention.bytes", "max.message.bytes"})
_CHANNELS: Final = {
    EVENTS: (
        "Facts: what stations, workers and operators tell the market; notices: what one zone's "
        "market tells another of a worker who works away. Key: the zone."
    ),
    OUTCOMES_TOPIC: (
        "Outcomes: what the market answers, in the partition of their cause. Key: the zone. "
        "An outcome may arrive twice, with the same ce_id and the same bytes: drop the second."
    ),
    SNAPSHOTS: "The state of each zone, to start from; a lost one costs time, never data.",
    DEAD_LETTERS: "Records that were refused, byte for byte, with the reason in their headers.",
    AUDIT: (
        "The audit: who signed in, what they did, what was refused. Key: the zone of the station "
        "or worker, * for others."
    ),
    NOTIFICATIONS_TOPIC: (
        "What workers are told and what became of it. Key: the worker. A record may arrive twice, "
        "with the same ce_id: drop the second. Kept for 30 days."
    ),
    NOTIFIER_STATE: "How far the notifier is, to go on from; a lost one costs time, never data.",
}
_TYPES: Final[dict[str, Collection[str]]] = {
    EVENTS: EVENT_TYPES,
    OUTCOMES_TOPIC: OUTCOME_TYPES,
    NOTIFICATIONS_TOPIC: NOTIFICATION_TYPES,
    AUDIT: AUDITED,
}
_SNAPSHOT: Final = "snapshot"
_NOTIFIER_STATE: Final = "notifierState"
_DEAD_LETTER: Final = "deadLetter"


def document() -> Schema:
    """The whole document, in JSON's own values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "gigmatch market",
            "version": VERSION.removeprefix("v") + ".0.0",
            "description": (
                "Job postings and worker availability in, ranked matches, offers and bookings out. "
                "Every message is a CloudEvent 1.0 over Kafka, binary or structured mode. "
                "Times are integer UTC milliseconds, money is integer fen (0.01 CNY), distances "
                "are km, coordinates WGS-84 degrees. Fields are only ever added; unknown fields "
                "are ignored, and a field left out takes its default."
            ),
            "license": {"name": "Apache-2.0"},
            "tags": [{"name": "gig work"}, {"name": "matching"}],
        },
        "defaultContentType": JSON_TYPE,
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "Any Kafka cluster.",
                "variables": {"bootstrap": {"default": "127.0.0.1:9092"}},
            }
        },
        "channels": {_camel(name): _channel(name) for name in _CHANNELS},
        "operations": _operations(),
        "components": {
            "messages": _messages(),
            "schemas": components(list(MESSAGE_TYPES.values()), "#/components/schemas/{name}"),
        },
    }


def _channel(topic: str) -> Schema:
    config: dict[str, Any] = {
        name: int(value) if name in _WHOLE else value
        for known in TOPICS
        if known.name == topic
        for name, value in known.config.items()
    }
    config["cleanup.policy"] = [config["cleanup.policy"]]
    return {
        "address": topic,
        "description": _CHANNELS[topic],
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name in _messages_of(topic)
        },
        "bindings": {
            "kafka": {
                "topic": topic,
                "topicConfiguration": config,
                "bindingVersion": _CHANNEL_BINDING,
            }
        },
    }


def _messages_of(topic: str) -> list[str]:
    if topic == SNAPSHOTS:
        return [_SNAPSHOT]
    if topic == DEAD_LETTERS:
        return [_DEAD_LETTER]
    if topic == NOTIFIER_STATE:
        return [_NOTIFIER_STATE]
    return [_camel(name) for name in _TYPES[topic]]


def _operations() -> Schema:
    summaries = {
        EVENTS: ("receive", "The matcher takes facts, in the order of each zone."),
        OUTCOMES_TOPIC: ("send", "The matcher answers each fact with its outcomes."),
        SNAPSHOTS: ("send", "The matcher keeps its state, to start again from it."),
        DEAD_LETTERS: ("send", "The matcher lays aside what it cannot take."),
        AUDIT: ("send", "The gateway says who did what, and what it refused."),
        NOTIFICATIONS_TOPIC: ("send", "The notifier says what is due, and what became of it."),
        NOTIFIER_STATE: ("send", "The notifier keeps its state, to start again from it."),
    }
    return {
        action + _camel(topic)[:1].upper() + _camel(topic)[1:]: {
            "action": action,
            "channel": {"$ref": f"#/channels/{_camel(topic)}"},
            "summary": summary,
        }
        for topic, (action, summary) in summaries.items()
    }


def _messages() -> Schema:
    typed = {_camel(name): _message(name) for name in MESSAGE_TYPES}
    return {
        **typed,
        _SNAPSHOT: _snapshot(),
        _DEAD_LETTER: _dead_letter(),
        _NOTIFIER_STATE: _state(),
    }


def _message(name: str) -> Schema:
    message = MESSAGE_TYPES[name]
    versioned = f"{name}.{VERSION}"
    return {
        "name": versioned,
        "title": message.__name__,
        "summary": (message.__doc__ or "").partition("\n")[0],
        "contentType": JSON_TYPE,
        "headers": _headers(versioned),
        "payload": {"$ref": f"#/components/schemas/{message.__name__}"},
        "bindings": {
            "kafka": {
                "key": _worker_key() if name in NOTIFICATION_TYPES else _key(),
                "bindingVersion": _MESSAGE_BINDING,
            }
        },
        "examples": [
            {"name": name, "headers": _example_headers(versioned), "payload": example(name)}
        ],
    }


def example(name: str) -> Schema:
    """The example of a message type in JSON's own values; what is null is left out."""
    built: Schema = msgspec.to_builtins(EXAMPLES[name])
    filled: Schema = _filled(built)
    return filled


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner) for key, inner in value.items() if inner is not None}
    return [_filled(inner) for inner in value] if isinstance(value, list | tuple) else value


def _headers(versioned: str) -> Schema:
    text: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_ATTRIBUTE}
    late: Schema = {
        "type": "string",
        "pattern": "^[0-9]+$",
        "description": "the seconds it waited at its station, when those are many; for people",
    }
    trace: Schema = {
        "type": "string",
        "pattern": TRACEPARENT_PATTERN,
        "description": "W3C trace context of this record; what it causes stays in the trace; "
        "one that cannot be read is ignored",
    }
    name = versioned.removesuffix(f".{VERSION}")
    extensions = {LATE: late} if name in FACT_TYPES else {}
    if name in EVENT_TYPES or name in OUTCOME_TYPES or name in NOTIFICATION_TYPES:
        extensions[TRACEPARENT] = trace
    return {
        "type": "object",
        "description": "CloudEvents 1.0 attributes, binary mode; header values are UTF-8 text.",
        "properties": {
            "ce_specversion": {"type": "string", "const": SPEC_VERSION},
            "ce_id": {**text, "description": "unique for its ce_source: the second one is dropped"},
            "ce_type": {"type": "string", "const": versioned},
            "ce_source": {
                **text,
                "description": "the station or system that says so; a station "
                "speaks for its own zone only, and as itself",
            },
            "ce_time": {
                "type": "string",
                "format": "date-time",
                "description": "RFC 3339 with an offset",
            },
            **extensions,
            "content-type": {"type": "string", "const": JSON_TYPE},
        },
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source"],
    }


def _example_headers(versioned: str) -> dict[str, str]:
    name = versioned.removesuffix(f".{VERSION}")
    source, id = market_source(ZONE), f"{ZONE}-88121-0"
    if name in FACT_TYPES:
        if FACTS[name].zone == ALL_ZONES:
            source, id = OFFICE, "office-000017"
        else:
            source, id = SOURCE, "station-05-000412"
    elif name in NOTICES:
        from_zone = NOTICES[name].from_zone
        source, id = market_source(from_zone), sending_id(from_zone, 88_121, 0)
    elif name in AUDITED:
        source, id = "/gateway", "0f8c2f3a9d5b4e17"
    elif name in NOTIFICATION_TYPES:
        source, id = NOTIFIER, f"{id}-{name.partition('.')[2]}"
    return {
        "ce_specversion": SPEC_VERSION,
        "ce_id": id,
        "ce_type": versioned,
        "ce_source": source,
        "ce_time": format_time(TIME),
        "content-type": JSON_TYPE,
    }


def _key() -> Schema:
    return {
        "type": "string",
        "pattern": r"^([0-9]{6}|\*)$",
        "description": "the zone; * for all zones of a partition",
    }


def _worker_key() -> Schema:
    return {"type": "string", "description": "the worker"}


def _state() -> Schema:
    return {
        "name": _NOTIFIER_STATE,
        "title": "NotifierState",
        "summary": "What the notifier knows of one partition; its own format.",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "the partition"},
                "bindingVersion": _MESSAGE_BINDING,
            }
        },
    }


def _snapshot() -> Schema:
    return {
        "name": _SNAPSHOT,
        "title": "Snapshot",
        "summary": "The state of one zone after the offset it names; the engine's own format.",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary"},
        "bindings": {"kafka": {"key": _key(), "bindingVersion": _MESSAGE_BINDING}},
    }


def _dead_letter() -> Schema:
    headers = {
        "dead_letter.reason": "what is wrong and what to do, in English",
        "dead_letter.reason_zh": "the same in Chinese",
        "dead_letter.code": "a stable name of the reason",
        "dead_letter.field": "the path of the field at fault: shifts[0].end",
        "dead_letter.origin": "where the record stood: topic/partition/offset",
    }
    return {
        "name": _DEAD_LETTER,
        "title": "DeadLetter",
        "summary": "A refused record: its key, value and headers as they came, and the reason. A "
        "record with `dead_letter.replayed` instead marks that origin as sent again; the event "
        f"sent names it in `{REPLAY_OF}`.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": {
                name: {"type": "string", "description": description}
                for name, description in headers.items()
            },
            "required": list(headers),
        },
        "payload": {"type": "string", "format": "binary"},
    }


def _camel(name: str) -> str:
    """`market.dead-letters` is `marketDeadLetters`, `work.no_show` is `workNoShow`."""
    first, *others = name.replace("-", ".").replace("_", ".").split(".")
    return first + "".join(word.capitalize() for word in others)
