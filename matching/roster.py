"""A market's workers by id: those met of late awake as objects, all others resting as bytes.

Between events the oldest awake beyond AWAKE go to rest. Nothing else depends on who is awake.
"""

from collections.abc import Iterator
from typing import Final

from matching.bytestore import smallest_store
from matching.parking import pack_worker, unpack_worker
from matching.state import Worker

AWAKE: Final = 1024
"""Workers of a market kept as objects between events: about 3 kB each, the others 0.1 kB."""


class Roster:
    """Like a dict of workers, with iteration in no particular order. `zone` is theirs."""

    def __init__(self) -> None:
        self.zone = ""
        self._awake: dict[str, Worker] = {}
        self._resting = smallest_store()

    def get(self, worker_id: str) -> Worker | None:
        """A worker; None when nobody has the id. What is done to them is kept."""
        worker = self._awake.get(worker_id)
        if worker is not None:
            return worker
        packed = self._resting.get(worker_id)
        if packed is None:
            return None
        worker = self._awake[worker_id] = unpack_worker(packed, worker_id, self.zone)
        return worker

    def rest(self) -> None:
        """Lay the oldest to rest. Only between events: an object laid to rest is forgotten."""
        awake = self._awake
        while len(awake) > AWAKE:
            worker_id = next(iter(awake))
            self._resting.put(worker_id, pack_worker(awake.pop(worker_id)))

    def items(self) -> Iterator[tuple[str, Worker]]:
        """All workers, to look at: what is done to a resting one is not kept."""
        yield from list(self._awake.items())
        for worker_id in self._resting.ids():
            packed = self._resting.get(worker_id)
            if packed is not None and worker_id not in self._awake:
                yield worker_id, unpack_worker(packed, worker_id, self.zone)

    def values(self) -> Iterator[Worker]:
        """The workers of `items`."""
        return (worker for _, worker in self.items())

    def dump(self) -> bytes:
        """All workers as bytes, in no order; everybody stays as awake as they are."""
        for worker_id, worker in self._awake.items():
            self._resting.put(worker_id, pack_worker(worker))
        return self._resting.dump()

    def load(self, dump: bytes) -> None:
        """Add the workers of a dump. Raises ValueError when it is cut off."""
        self._resting.load(dump)

    def canonical(self) -> list[tuple[str, bytes]]:
        """All workers as bytes in order of id: equal exactly when the workers are."""
        return sorted((worker_id, pack_worker(worker)) for worker_id, worker in self.items())

    def __getitem__(self, worker_id: str) -> Worker:
        worker = self.get(worker_id)
        if worker is None:
            raise KeyError(worker_id)
        return worker

    def __setitem__(self, worker_id: str, worker: Worker) -> None:
        self._awake[worker_id] = worker

    def __delitem__(self, worker_id: str) -> None:
        rested = self._resting.drop(worker_id)
        if self._awake.pop(worker_id, None) is None and not rested:
            raise KeyError(worker_id)

    def __contains__(self, worker_id: str) -> bool:
        return worker_id in self._awake or worker_id in self._resting

    def __iter__(self) -> Iterator[str]:
        return (worker_id for worker_id, _ in self.items())

    def __len__(self) -> int:
        return len(self._awake) + sum(id not in self._awake for id in self._resting.ids())
