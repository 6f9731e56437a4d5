"""The documents one transaction works on: read once, changed in memory, written together."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, TypeVar

import msgspec

from events.codec import Event
from gigmatch.readmodel.document import Document
from gigmatch.readmodel.employer import EmployerDoc
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import (
    PREFIX,
    employer_key,
    index_key,
    job_key,
    worker_key,
    zone_key,
)
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.readmodel.zone import ZoneDoc
from streams.tallies import count_job

D = TypeVar("D", bound=Document)

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "zone": msgspec.json.Decoder(ZoneDoc),
    "job": msgspec.json.Decoder(JobDoc),
    "employer": msgspec.json.Decoder(EmployerDoc),
    "worker": msgspec.json.Decoder(WorkerDoc),
}


class Store(Protocol):
    """What is stored already; all of it as of before the transaction."""

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """The documents under keys, None where there is none."""
        ...

    def members(self, key: str, most: float) -> list[str]:
        """The members of a sorted set with a score up to `most`."""
        ...

    def holds(self, key: str, member: str) -> bool:
        """Whether a sorted set has a member."""
        ...


class Changes(msgspec.Struct):
    """What to write, in one transaction. None deletes a document or a member."""

    documents: dict[str, bytes | None] = {}
    members: dict[str, dict[str, int | None]] = {}


class Shelf:
    """Documents by key. Those that are returned may be changed in place."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._before: dict[str, bytes | None] = {}
        self._now: dict[str, Document | None] = {}
        self._members: dict[str, dict[str, int | None]] = {}

    def prefetch(self, keys: Iterable[str]) -> None:
        """Read documents that will be needed, at once."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._before]
        if missing:
            self._before.update(zip(missing, self._store.read(missing), strict=True))

    def zone(self, zone: str) -> ZoneDoc | None:
        """A market, if it is known."""
        return self._get(zone_key(zone), ZoneDoc)

    def job(self, zone: str, job_id: str) -> JobDoc | None:
        """A job, if it is known."""
        return self._get(job_key(zone, job_id), JobDoc)

    def worker(self, zone: str, worker_id: str) -> WorkerDoc | None:
        """A worker, if they are known."""
        return self._get(worker_key(zone, worker_id), WorkerDoc)

    def employer(self, zone: str, employer_id: str) -> EmployerDoc | None:
        """An employer, if workers have said anything of them."""
        return self._get(employer_key(zone, employer_id), EmployerDoc)

    def knows_worker(self, zone: str, worker_id: str) -> bool:
        """Whether a worker is known; nothing is read that has been read, and nothing decoded."""
        key = worker_key(zone, worker_id)
        if key in self._now:
            return self._now[key] is not None
        self.prefetch((key,))
        return self._before[key] is not None

    def put(self, document: ZoneDoc | JobDoc | WorkerDoc | EmployerDoc) -> None:
        """Add a document, or replace it."""
        key = _key(document)
        self.prefetch((key,))
        self._now[key] = document

    def remove(self, document: JobDoc | WorkerDoc) -> None:
        """Delete a document."""
        self._now[_key(document)] = None

    def jobs(self, zone: str, ended_by: float = float("inf")) -> list[JobDoc]:
        """The jobs of a zone whose last shift has ended by a time."""
        self._load(index_key("jobs", zone), job_key(zone, ""), ended_by)
        jobs = [job for job in self._now.values() if isinstance(job, JobDoc)]
        return [job for job in jobs if job.posted.zone == zone and job.ends_at <= ended_by]

    def workers(self, zone: str, over_by: float) -> list[WorkerDoc]:
        """The workers of a zone of whom nothing is left to show by a time."""
        self._load(index_key("workers", zone), worker_key(zone, ""), over_by)
        workers = [worker for worker in self._now.values() if isinstance(worker, WorkerDoc)]
        return [one for one in workers if one.zone == zone and one.keep_until <= over_by]

    def employers_rated_by(self, zone: str, worker_id: str) -> list[EmployerDoc]:
        """The employers of a zone with a rating of a worker's that is not shown yet."""
        self._load(index_key("rated", zone), employer_key(zone, ""), float("inf"))
        employers = [one for one in self._now.values() if isinstance(one, EmployerDoc)]
        return [one for one in employers if one.zone == zone and worker_id in one.waiting]

    def seen(self, event: Event, offset: int, within: str) -> bool:
        """Whether an event has come before in a zone, or for all in a partition; now it has."""
        key = index_key("seen", within)
        identity = f"{event.source}\0{event.id}".encode()
        member = hashlib.blake2b(identity, digest_size=8).hexdigest()
        if self.holds(key, member):
            return True
        self.mark(key, member, offset)
        return False

    def holds(self, key: str, member: str) -> bool:
        """Whether a sorted set that `mark` writes has a member."""
        marked = self._members.get(key, {})
        if member in marked:
            return marked[member] is not None
        return self._store.holds(key, member)

    def mark(self, key: str, member: str, score: int | None) -> None:
        """Put a member into a sorted set of its own, or take it out with None."""
        self._members.setdefault(key, {})[member] = score

    def unmark(self, key: str) -> None:
        """Forget what has been marked in a sorted set that goes as a whole."""
        self._members.pop(key, None)

    def changes(self) -> Changes:
        """All that differs from what is stored, sorted sets and counts included. Call it once."""
        changes = Changes(members=dict(self._members))
        for key, after in list(self._now.items()):
            before = self._decoded(key)
            self._count(before, -1)
            self._count(after, 1)
            old = set(before.entries()) if before is not None else set()
            new = set(after.entries()) if after is not None else set()
            for index, member, _ in old - new:
                changes.members.setdefault(index, {})[member] = None
            for index, member, score in new - old:
                changes.members.setdefault(index, {})[member] = score
        for key, after in self._now.items():
            encoded = None if after is None else _ENCODER.encode(after)
            if encoded != self._before.get(key):
                changes.documents[key] = encoded
        return changes

    def _get(self, key: str, kind: type[D]) -> D | None:
        if key not in self._now:
            self.prefetch((key,))
            self._now[key] = self._decoded(key)
        document = self._now[key]
        assert document is None or isinstance(document, kind)
        return document

    def _load(self, index: str, prefix: str, most: float) -> None:
        keys = [prefix + member for member in self._store.members(index, most)]
        self.prefetch(keys)
        for key in keys:
            if key not in self._now:
                self._now[key] = self._decoded(key)

    def _decoded(self, key: str) -> Document | None:
        stored = self._before.get(key)
        if stored is None:
            return None
        kind = key.removeprefix(PREFIX).partition(":")[0]
        document: Document = _DECODERS[kind].decode(stored)
        return document

    def _count(self, document: Document | None, sign: int) -> None:
        """Count a job in, or out of, its market's and its station's figures."""
        if not isinstance(document, JobDoc):
            return
        zone = self.zone(document.posted.zone)
        if zone is None:
            return
        count_job(zone, document, sign)


def _key(document: ZoneDoc | JobDoc | WorkerDoc | EmployerDoc) -> str:
    match document:
        case ZoneDoc():
            return zone_key(document.zone)
        case JobDoc():
            return job_key(document.posted.zone, document.posted.job_id)
        case WorkerDoc():
            return worker_key(document.zone, document.worker_id)
        case EmployerDoc():
            return employer_key(document.zone, document.employer_id)
