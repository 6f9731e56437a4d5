"""What a worker is told, in the read model, as the notifier and the projector put it there."""

from collections.abc import Iterable
from typing import Any

import msgspec

from events.codec import decode_outcome
from events.envelope import Record
from events.facts import JobPosted
from events.notifications import NotificationDue, NotificationSent
from events.outcomes import OfferMade
from events.topics import EVENTS
from events.values import Channel
from gigmatch.readmodel.notices import NoticeProgress
from streams.notice_store import NoticeStore
from tests.town import HOUR, NOW


def notify(
    redis_url: str, log: Iterable[Record], jobs: Iterable[JobPosted], channel: Channel, **more: Any
) -> None:
    """Have W-1 told of the first offer of a log, which is for one of `jobs`; `more` changes it."""
    outcomes = [decode_outcome(record)[1] for record in log if record.topic != EVENTS]
    offer = next(one for one in outcomes if isinstance(one, OfferMade))
    posted = next(one for one in jobs if one.job_id == offer.job_id)
    due = NotificationDue(
        worker_id="W-1",
        at=NOW,
        notification_id="n-1",
        kind="offer",
        zone=posted.zone,
        station_id=f"{posted.zone}-05",
        offer_id=offer.offer_id,
        job_id=offer.job_id,
        channels=(channel,),
        title=posted.title,
        place=posted.place.name,
        first_shift=posted.shifts[0],
        shifts=1,
        pay_fen_day=posted.pay.amount_fen,
        expires_at=NOW + HOUR,
    )
    due = msgspec.structs.replace(due, **more)
    sent = NotificationSent(
        worker_id="W-1", at=NOW, message_id="m", channel=channel, notifications=("n-1",)
    )
    store = NoticeStore(redis_url)
    store.expect({0: 2})
    before = store.progress(0, "log")
    store.write(0, before, NoticeProgress(log="log", offset=before.offset + 2), [due, sent])
    store.close()
