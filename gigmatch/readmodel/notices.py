"""What stations have to tell their workers: keys and documents.

gigmatch:v3:                            the prefix of the read model: one flush, one rebuild
noticing:<partition>                  NoticeProgress: how far notifications are projected
noticing-ends                         hash partition -> how many notifications it had when
a projector began: with fewer it is incomplete
notices:<worker_id>                   NoticesDoc: what a station has to tell a worker
noticed:<partition>                   sorted set worker with notices -> when the first can
go, ms
call:<station_id>, screen:<station_id>
sorted set <worker_id>/<notification_id> -> told until
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from events.notifications import NotificationDue
from gigmatch.readmodel.document import Document
from gigmatch.readmodel.keys import PREFIX

NOTICING_ENDS: Final = f"{PREFIX}noticing-ends"
NoticeState = Literal["waiting", "call", "screen", "over"]
NOTICES_KEPT_MS: Final = 24 * 3_600_000
"""How long after its end a notification is known, so that a repetition changes nothing."""


class NoticeProgress(Document):
    """How far a partition of `market.notifications` is projected; `clock` is its newest time."""

    log: str = ""
    offset: int = 0
    clock: int = 0


class NoticeDoc(Document):
    """What a worker has to be told. `at`: when the notifier put it where it is shown."""

    due: NotificationDue
    state: NoticeState = "waiting"
    at: int = 0


class NoticesDoc(Document):
    """All that the notifier has for one worker, by its id; what is over stays a day, as an id."""

    worker_id: str
    notices: dict[str, NoticeDoc] = msgspec.field(default_factory=dict)

    @property
    def next_end(self) -> int:
        """When the first of its notices is to be forgotten."""
        return min((n.due.expires_at for n in self.notices.values()), default=0) + NOTICES_KEPT_MS

    def entries(self) -> Iterator[tuple[str, str, int]]:
        """The sorted sets it stands in: key, member, score."""
        for id, notice in self.notices.items():
            if notice.state in ("call", "screen"):
                key = shown_key(notice.state, notice.due.station_id)
                yield key, f"{self.worker_id}/{id}", notice.due.expires_at


def noticing_key(partition: int) -> str:
    """Where a partition's NoticeProgress is."""
    return f"{PREFIX}noticing:{partition}"


def notices_key(worker_id: str) -> str:
    """Where a NoticesDoc is."""
    return f"{PREFIX}notices:{worker_id}"


def noticed_key(partition: int) -> str:
    """Where the workers of a partition who have notices are."""
    return f"{PREFIX}noticed:{partition}"


def shown_key(channel: Literal["call", "screen"], station_id: str) -> str:
    """Where what a station is to call about, or to show, is."""
    return f"{PREFIX}{channel}:{station_id}"
