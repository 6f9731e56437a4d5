"""What a worker is called in the hall: three digits, as at the counter of a bank.

Their station tells it to them, their page shows it; to others in the hall it says nothing. No two
workers that a station keeps have the same one, so two who come on one day cannot take each other's
turn. A number follows from the log alone: the first free one of a row that the worker's id begins.
"""

import hashlib
from collections.abc import Iterator
from itertools import count
from typing import Final

from gigmatch.readmodel.keys import called_key
from gigmatch.readmodel.worker import WorkerDoc
from streams.shelf import Shelf

_TRIES: Final = 8
"""Of each length. With 200 workers at a station 1 in 390,000 finds none of three digits."""


def give_number(shelf: Shelf, worker: WorkerDoc) -> None:
    """Give a worker who has none a number that nobody has at their station."""
    key = called_key(worker.zone, worker.station_id)
    row = numbers_of(worker.zone, worker.worker_id)
    worker.call_number = next(number for number in row if not shelf.holds(key, number))
    shelf.mark(key, worker.call_number, 0)


def free_number(shelf: Shelf, worker: WorkerDoc) -> None:
    """Let somebody else have a worker's number: they have gone, or to another station."""
    if worker.call_number:
        shelf.mark(called_key(worker.zone, worker.station_id), worker.call_number, None)
        worker.call_number = ""


def numbers_of(zone: str, worker_id: str) -> Iterator[str]:
    """The numbers a worker may have, in order: eight of three digits, eight of four, and so on."""
    for digits in count(3):
        for number in range(_TRIES):
            text = f"{zone}/{worker_id}/{digits}/{number}".encode()
            digest = hashlib.blake2b(text, digest_size=8).digest()
            yield f"{int.from_bytes(digest, 'big') % 10**digits:0{digits}d}"
