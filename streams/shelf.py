"""The documents one transaction works on: read once, changed in memory, written together."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar

import msgspec

from events.codec import Event
from gigmatch.readmodel import (
    Document,
    JobDoc,
    StationDoc,
    WorkerDoc,
    ZoneDoc,
    index_key,
    job_entries,
    job_key,
    worker_entries,
    worker_key,
    zone_key,
)

D = TypeVar("D", bound=Document)

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODERS: Final[dict[type[Document], Callable[[bytes], Any]]] = {
    kind: msgspec.json.Decoder(kind).decode for kind in (ZoneDoc, JobDoc, WorkerDoc)
}
_NO_STATION: Final = StationDoc()


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
    zones: set[str] = set()


class Shelf:
    """Documents by key. What `zone`, `job` and `worker` return may be changed in place."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._before: dict[str, bytes | None] = {}
        self._now: dict[str, Document | None] = {}
        self._seen: dict[str, dict[str, int]] = {}

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

    def put(self, document: ZoneDoc | JobDoc | WorkerDoc) -> None:
        """Add a document, or replace it."""
        self._now[_key(document)] = document

    def remove(self, document: ZoneDoc | JobDoc | WorkerDoc) -> None:
        """Delete a document."""
        self._now[_key(document)] = None

    def jobs(self, zone: str, ended_by: float = float("inf")) -> list[JobDoc]:
        """The jobs of a zone whose last shift has ended by a time."""
        stored = self._store.members(index_key("jobs", zone), ended_by)
        self.prefetch(job_key(zone, job_id) for job_id in stored)
        for job_id in stored:
            self.job(zone, job_id)
        return [
            document
            for document in self._now.values()
            if isinstance(document, JobDoc)
            and document.posted.zone == zone
            and document.ends_at <= ended_by
        ]

    def workers(self, zone: str, over_by: float) -> list[WorkerDoc]:
        """The workers of a zone of whom nothing is left to show by a time."""
        stored = self._store.members(index_key("workers", zone), over_by)
        self.prefetch(worker_key(zone, worker_id) for worker_id in stored)
        for worker_id in stored:
            self.worker(zone, worker_id)
        return [
            document
            for document in self._now.values()
            if isinstance(document, WorkerDoc)
            and document.zone == zone
            and document.keep_until <= over_by
        ]

    def seen(self, event: Event, offset: int) -> bool:
        """Whether an event has come before; from now on it has."""
        key = index_key("seen", event.fact.zone)
        identity = f"{event.source}\0{event.id}".encode()
        member = hashlib.blake2b(identity, digest_size=8).hexdigest()
        known = member in self._seen.get(key, ()) or self._store.holds(key, member)
        if not known:
            self._seen.setdefault(key, {})[member] = offset
        return known

    def changes(self) -> Changes:
        """Everything that differs from what is stored, sorted sets and station counts included."""
        changes = Changes(members={key: dict(new) for key, new in self._seen.items()})
        for key, document in list(self._now.items()):
            if isinstance(document, ZoneDoc):
                changes.zones.add(document.zone)
            else:
                self._index(key, document, changes)
        for key, document in self._now.items():
            encoded = None if document is None else _ENCODER.encode(document)
            if encoded != self._before.get(key):
                changes.documents[key] = encoded
        return changes

    def _get(self, key: str, kind: type[D]) -> D | None:
        if key not in self._now:
            self.prefetch((key,))
            stored = self._before[key]
            self._now[key] = None if stored is None else _DECODERS[kind](stored)
        document = self._now[key]
        return document if isinstance(document, kind) else None

    def _index(self, key: str, after: Document | None, changes: Changes) -> None:
        """Move a job or worker to where it now stands in the sorted sets and counts."""
        stored = self._before.get(key)
        is_job = key.startswith(job_key("", "")[:-1])
        if is_job:
            assert after is None or isinstance(after, JobDoc)
            old_job = None if stored is None else _DECODERS[JobDoc](stored)
            old, new = set(job_entries(old_job)), set(job_entries(after))
            self._count(old_job, -1)
            self._count(after, 1)
        else:
            assert after is None or isinstance(after, WorkerDoc)
            old_worker = None if stored is None else _DECODERS[WorkerDoc](stored)
            old, new = set(worker_entries(old_worker)), set(worker_entries(after))
        for where, member, _ in old - new:
            changes.members.setdefault(where, {})[member] = None
        for where, member, score in new - old:
            changes.members.setdefault(where, {})[member] = score

    def _count(self, job: JobDoc | None, sign: int) -> None:
        zone = None if job is None else self.zone(job.posted.zone)
        if job is None or zone is None:
            return
        zone.open_offers += sign * sum(offer.status == "open" for offer in job.offers.values())
        if job.status == "open":
            station = zone.stations.setdefault(job.posted.station_id, StationDoc())
            station.jobs += sign
            station.places += sign * job.remaining


def _key(document: ZoneDoc | JobDoc | WorkerDoc) -> str:
    match document:
        case ZoneDoc():
            return zone_key(document.zone)
        case JobDoc():
            return job_key(document.posted.zone, document.posted.job_id)
        case WorkerDoc():
            return worker_key(document.zone, document.worker_id)


def batches(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """Items in lists of at most `size`."""
    batch: list[str] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
