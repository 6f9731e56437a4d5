"""Until when people are looked for, and what of that an amendment changes."""

import msgspec

from events.facts import JobAmended, JobPosted
from events.values import Millis
from matching.lawful import first_start
from matching.terms import spans


def closes_at(posted: JobPosted, *, was_filled: bool) -> Millis:
    """When a posting ends: at its closing date, at its first shift at the latest.

    Nobody is sent to a shift that has begun. Of a job that was full once only that counts: a place
    that is free again is somebody's who was promised to come, and is offered while there is time.
    """
    start = first_start(posted)
    if was_filled or posted.expires_at is None:
        return start
    return min(posted.expires_at, start)


def amended(posted: JobPosted, fact: JobAmended) -> JobPosted:
    """A posting after an amendment; what is left out stays.

    A closing date at the first shift or after it says no more than the shifts do: when they are
    others and it is left out, it goes with them.
    """
    changes = {
        name: value
        for name in fact.__struct_fields__
        if name not in ("job_id", "zone") and (value := getattr(fact, name)) is not None
    }
    closing = posted.expires_at
    if "shifts" in changes and closing is not None and closing >= first_start(posted):
        changes.setdefault("expires_at", None)
    return msgspec.structs.replace(posted, **changes)


def begins_anew(posted: JobPosted, fact: JobAmended, *, is_expired: bool) -> bool:
    """Whether an amendment begins another search, for which it does not count that one was over.

    That of a job that has expired does, and so do other shifts with a closing date of their own,
    but not the same ones in another order.
    """
    are_others = fact.shifts is not None and spans(fact.shifts) != spans(posted.shifts)
    return is_expired or (are_others and fact.expires_at is not None)
