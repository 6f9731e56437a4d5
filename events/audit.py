"""What the gateway says of itself on `market.audit`: who did what, and what was refused."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from events.values import Message, Millis, Text, ZoneOrAll

Action = Literal[
    "signed_in",
    "signed_out",
    "refused",
    "commanded",
    "pass_made",
    "passes_ended",
    "contact_stored",
    "contact_revealed",
    "contact_erased",
    "key_created",
    "key_rotated",
    "key_revoked",
    "dead_letter_replayed",
    "station_released",
]
Name = Annotated[str, Meta(max_length=200)]


class AuditRecorded(Message, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the audit.

    `actor` is `role:id` of whoever did it, with the id of their key. `subject` is what it was
    about: a worker, a job, a key. `what` is the route, or the type of the fact; `why` the code of a
    refusal. Never a key, a link, a code, a phone or an ID number.
    """

    TYPE: ClassVar[str] = "audit.recorded"

    zone: ZoneOrAll = "*"
    at: Millis
    action: Action
    actor: Name
    subject: Name = ""
    what: Name = ""
    why: Text = ""
