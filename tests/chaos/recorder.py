"""The recorder: reads the topics from outside and counts what each reader would have to believe."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from events.codec import decode, decode_notification, decode_outcome
from events.envelope import Record
from events.facts import JobAmended, JobPosted
from events.notifications import (
    NotificationCancelled,
    NotificationDropped,
    NotificationDue,
    NotificationErased,
    NotificationSent,
)
from events.outcomes import AnyOutcome, BookingCancelled, BookingConfirmed
from events.rejections import Rejection
from events.topics import DEAD_LETTERS, EVENTS, NOTIFICATIONS, OUTCOMES
from events.values import Interval
from tests.chaos.ends import Place
from tests.chaos.following import Follower
from tests.chaos.oracle import Oracle, digest
from tests.system.matchers import content_of

READ: Final = (EVENTS, OUTCOMES, DEAD_LETTERS, NOTIFICATIONS)
"""The topics that it reads."""


class Recorder:
    """Knows nothing of the processes, only what stands on the topics.

    `lost`, `double` and `diverged` name what is wrong; each is told once. `repeats` counts the
    outcomes that were on the topic before.
    """

    def __init__(self, bootstrap: str, partitions: int, oracle: Oracle) -> None:
        self.repeats = 0
        self.diverged: set[str] = set()
        self._oracle = oracle
        self._follower = Follower(bootstrap, READ, partitions)
        self._outcomes: dict[str, bytes] = {}
        self._letters: dict[str, bytes] = {}
        self._bookings: dict[str, BookingConfirmed] = {}
        self._places: dict[tuple[str, str], int] = {}
        self._due: dict[str, NotificationDue] = {}
        self._ended: set[str] = set()

    def read(self) -> None:
        """Take in what has come."""
        take = {
            EVENTS: self._take_event,
            OUTCOMES: self._take_outcome,
            DEAD_LETTERS: self._take_letter,
            NOTIFICATIONS: self._take_notification,
        }
        for record in self._follower.new():
            take[record.topic](record)

    def left(self, ends: Mapping[Place, int]) -> int:
        """Records before these ends of the topics that it has not read yet."""
        return self._follower.left(ends)

    def lag(self, ends: list[int]) -> int:
        """Outcomes of the events before these offsets that are not there yet."""
        self._compare()
        missing = list(self._oracle.missing.values())
        return sum(offset < ends[partition] for partition, offset in missing)

    def lost(self) -> set[str]:
        """What must be there and is not, when nothing more is to come."""
        self._compare()
        oracle = self._oracle
        letters = oracle.letters - self._letters.keys()
        notices = oracle.notices - oracle.seen
        untold = (self._due.keys() - self._ended) | (oracle.offers - self._due.keys())
        return (
            {f"outcome {id}" for id in oracle.missing}
            | {f"dead letter {origin}" for origin in letters}
            | {f"notice {id}" for id in notices}
            | {f"notification {id}" for id in untold}
        )

    def strange(self) -> set[str]:
        """What should not be there, or is not as it should be, when nothing more is to come."""
        self._compare()
        extra = self._outcomes.keys() - self._oracle.outcomes.keys()
        letters = self._letters.keys() - self._oracle.letters
        return (
            self.diverged
            | {f"outcome {id} should not be" for id in extra}
            | {f"dead letter {origin} should not be" for origin in letters}
        )

    def double(self) -> set[str]:
        """Bookings that cannot both be, as readers see them who drop repetitions."""
        pairs = Counter((one.zone, one.job_id, one.worker_id) for one in self._bookings.values())
        calendars: defaultdict[str, list[tuple[Interval, str]]] = defaultdict(list)
        for id, one in self._bookings.items():
            calendars[one.worker_id] += [(shift, id) for shift in one.shifts]
        found = {f"booked twice: {pair}" for pair, count in pairs.items() if count > 1}
        taken: Counter[tuple[str, str]] = Counter()
        for one in self._bookings.values():
            taken[one.zone, one.job_id] += one.places
        found |= {
            f"{job} has more bookings than places"
            for job, places in taken.items()
            if places > self._places.get(job, 0)
        }
        for worker_id, shifts in calendars.items():
            shifts.sort(key=lambda held: (held[0].start, held[0].end))
            for (before, first), (after, second) in pairwise(shifts):
                if after.start < before.end and first != second:
                    found.add(f"{worker_id} is booked over {first} and {second}")
        return found

    def close(self) -> None:
        """Disconnect."""
        self._follower.close()

    def _compare(self) -> None:
        """Hold what there is against what there must be; either may be known first."""
        for id in list(self._oracle.missing):
            if (content := self._outcomes.get(id)) is not None:
                del self._oracle.missing[id]
                if content != self._oracle.outcomes[id]:
                    self.diverged.add(f"outcome {id} is not what the log folds to")

    def _take_outcome(self, record: Record) -> None:
        id = dict(record.headers)["ce_id"].decode()
        content = digest(content_of(record))
        if (first := self._outcomes.get(id)) is None:
            self._outcomes[id] = content
            self._book(decode_outcome(record)[1])
            return
        self.repeats += 1  # and no reader books again what was cancelled since
        if first != content:
            self.diverged.add(f"outcome {id} has two contents")

    def _book(self, outcome: AnyOutcome) -> None:
        match outcome:
            case BookingConfirmed():
                self._bookings[outcome.offer_id] = outcome
            case BookingCancelled():
                self._bookings.pop(outcome.offer_id, None)
            case _:
                pass

    def _take_letter(self, record: Record) -> None:
        headers = dict(record.headers)
        origin, content = headers["dead_letter.origin"].decode(), record.value or b""
        if self._letters.setdefault(origin, content) != content:
            self.diverged.add(f"dead letter {origin} has two contents")

    def _take_notification(self, record: Record) -> None:
        _, message = decode_notification(record)
        match message:
            case NotificationDue():
                self._due.setdefault(message.notification_id, message)
            case NotificationCancelled() | NotificationDropped():
                self._ended.add(message.notification_id)
            case NotificationSent():
                self._ended.update(message.notifications)
            case NotificationErased():
                self._ended |= {
                    id
                    for id, due in self._due.items()
                    if due.worker_id == message.worker_id and message.is_about(due.zone)
                }
            case _:
                pass

    def _take_event(self, record: Record) -> None:
        try:
            fact = decode(record).fact
        except Rejection:
            return
        if isinstance(fact, JobPosted | JobAmended) and fact.headcount is not None:
            job = fact.zone, fact.job_id
            self._places[job] = max(fact.headcount, self._places.get(job, 0))
