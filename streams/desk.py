"""What the handlers of the read model work on: the shelf, the partition, the place in the log."""

from typing import Final, Literal

from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.keys import matched_key
from gigmatch.readmodel.progress import Progress
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.readmodel.zone import StationDoc, ZoneDoc
from streams.call_numbers import free_number
from streams.shelf import Shelf

FORGOTTEN: Final = "forgotten"
"""Stands where a worker was who asked to be erased."""


class Desk:
    """One partition's documents, and the offset, source and times of what is being applied."""

    def __init__(self, shelf: Shelf, progress: Progress) -> None:
        self.shelf = shelf
        self.progress = progress
        self.offset = -1
        self.source = ""
        self.time: int | None = None
        self.stamped_at = 0
        self.forgotten: set[tuple[str, str]] = set()
        self.removed: set[tuple[str, str]] = set()

    def market(self, zone: str) -> ZoneDoc:
        """The market of a zone; a new one begins with its partition's clock and model."""
        market = self.shelf.zone(zone)
        if market is None:
            market = ZoneDoc(zone=zone, clock=self.progress.clock, model=self.progress.model)
            self.shelf.put(market)
            self.progress.zones = sorted({*self.progress.zones, zone})
        return market

    def now(self, zone: str) -> int:
        """The market's clock."""
        return max(self.market(zone).clock, self.progress.clock)

    def remove(self, worker: WorkerDoc) -> None:
        """Remove a worker, and what they were told."""
        free_number(self.shelf, worker)
        self.shelf.remove(worker)
        self.shelf.unmark(matched_key(worker.zone, worker.worker_id))
        self.removed.add((worker.zone, worker.worker_id))

    def station(self, zone: str, station_id: str) -> StationDoc:
        """A station, as the market sees it."""
        return self.market(zone).stations.setdefault(station_id, StationDoc())

    def speaker(self, zone: str) -> str:
        """The station of a zone that says what is being applied; "" for another source."""
        before, _, number = self.source.partition("/stations/")
        return f"{zone}-{number}" if before == f"/zones/{zone}" and number else ""

    def saw(self, zone: str) -> None:
        """A station that the market knows has been heard of now."""
        station_id = self.speaker(zone)
        station = self.market(zone).stations.get(station_id) if station_id else None
        if station is not None:
            station.seen_at = max(station.seen_at, self.now(zone))


def close_offer(
    desk: Desk,
    zone: str,
    job_id: str,
    worker_id: str,
    offer_id: str,
    status: Literal["accepted", "declined", "expired", "withdrawn"],
    at: int,
    reason: str = "",
) -> None:
    """An offer no longer stands, for its worker and for its job."""
    worker = desk.shelf.worker(zone, worker_id)
    if worker is not None:
        worker.offers.pop(offer_id, None)
    job = desk.shelf.job(zone, job_id)
    offer = None if job is None else job.offers.get(offer_id)
    if offer is not None and offer.status == "open":
        offer.status, offer.closed_at, offer.reason = status, at, reason


def reopen(desk: Desk, job: JobDoc) -> None:
    """A job that was closed and has places open and its time ahead is open again."""
    is_over = job.expires_at <= desk.now(job.posted.zone)
    if job.status in ("filled", "expired") and job.remaining > 0 and not is_over:
        job.status, job.filled_at = "open", None
