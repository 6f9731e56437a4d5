"""The read model in Redis: what lies under which key. Rebuilt from Kafka at any time.

Everything is under `gigmatch:`; nothing here is personal beyond the pseudonymous worker id.
"""

from typing import Final

PREFIX: Final = "gigmatch:"

EPOCH: Final = f"{PREFIX}epoch"
"""A random word written when projecting begins; gone or changed means: begin again."""

REBUILDING: Final = f"{PREFIX}rebuilding"
"""Held, with an expiry, by a rebuild: everybody else waits."""

OFFSETS: Final = f"{PREFIX}offsets"
"""Hash: `topic/partition` to the next offset to project."""

POSITIONS: Final = f"{PREFIX}positions"
"""Hash: partition to the id of the last outcome projected, to drop repetitions."""

LIVE: Final = f"{PREFIX}live"
"""Stream of outcomes, newest last, for the live view: fields `type` and `data` (JSON)."""

LIVE_POSITIONS: Final = f"{PREFIX}live-positions"
"""Hash: partition to the id of the last outcome put into the stream; a rebuild keeps both."""

LIVE_LENGTH: Final = 10_000

ZONES: Final = f"{PREFIX}zones"
"""Set of zones seen."""


def job(job_id: str) -> str:
    """Hash of a job: the posting's fields as JSON, `status`, `posted`, `ranking` (JSON)."""
    return f"{PREFIX}job:{job_id}"


def job_offers(job_id: str) -> str:
    """Hash: open offer id to the offer as JSON."""
    return f"{PREFIX}job:{job_id}:offers"


def job_bookings(job_id: str) -> str:
    """Hash: worker id to the booking as JSON."""
    return f"{PREFIX}job:{job_id}:bookings"


def worker(worker_id: str) -> str:
    """Hash of a worker: `zone`, `ranking` (JSON)."""
    return f"{PREFIX}worker:{worker_id}"


def worker_offers(worker_id: str) -> str:
    """Hash: open offer id to the offer as JSON."""
    return f"{PREFIX}worker:{worker_id}:offers"


def worker_bookings(worker_id: str) -> str:
    """Hash: job id to the booking as JSON."""
    return f"{PREFIX}worker:{worker_id}:bookings"


def open_jobs(zone: str) -> str:
    """Set of the ids of a zone's open jobs."""
    return f"{PREFIX}zone:{zone}:open-jobs"


def stations(zone: str) -> str:
    """Hash: station number to the time of its last event, UTC ms."""
    return f"{PREFIX}zone:{zone}:stations"


def totals(zone: str) -> str:
    """Hash: type of event or outcome to how many there have been."""
    return f"{PREFIX}zone:{zone}:totals"


def market(zone: str) -> str:
    """Hash: `now` (UTC ms), `model`, `policy`."""
    return f"{PREFIX}zone:{zone}:market"


def blocked_employers(zone: str) -> str:
    """Set of employers that get no offers."""
    return f"{PREFIX}zone:{zone}:blocked"
