"""What each record of `market.notifications` changes in what stations have to tell their workers.

Pure: documents in, documents changed. Of records with one id the first counts, as in the
notifier's own ledger, so whatever is read twice changes nothing.
"""

from events.notifications import (
    AnyNotification,
    NotificationCancelled,
    NotificationDropped,
    NotificationDue,
    NotificationErased,
    NotificationSent,
)
from gigmatch.readmodel.notices import NOTICES_KEPT_MS, NoticeDoc, NoticesDoc


def note(doc: NoticesDoc, message: AnyNotification) -> None:
    """Fold one record about a worker into what is known of them."""
    match message:
        case NotificationDue():
            doc.notices.setdefault(message.notification_id, NoticeDoc(due=message))
        case NotificationSent():
            for id in message.notifications:
                _sent(doc, id, message)
        case NotificationCancelled() | NotificationDropped():
            if (notice := doc.notices.get(message.notification_id)) is not None:
                notice.state = "over"
        case NotificationErased():
            doc.notices = {
                id: notice
                for id, notice in doc.notices.items()
                if not message.is_about(notice.due.zone)
            }
        case _:
            pass  # under way, or tried in vain: a station has nothing to tell yet


def drop_old(doc: NoticesDoc, clock: int) -> None:
    """Forget what ended long enough ago."""
    doc.notices = {
        id: notice
        for id, notice in doc.notices.items()
        if notice.due.expires_at + NOTICES_KEPT_MS > clock
    }


def _sent(doc: NoticesDoc, id: str, message: NotificationSent) -> None:
    notice = doc.notices.get(id)
    if notice is not None and notice.state == "waiting":
        shown = message.channel if message.channel in ("call", "screen") else "over"
        notice.state, notice.at = shown, message.at
