"""A market's workers by id: those met of late awake as objects, all others resting as bytes.

Between events the oldest beyond a market's share go to rest. Those of a snapshot stay as they were
written, sealed in groups, until one of their group is looked for: a restart with a million workers
unpacks those whom it meets. Nothing else depends on who is awake.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final
from weakref import WeakSet

import zstandard

from matching.bytestore import MOST_GROUPS, group_of, smallest_store
from matching.parking import pack_worker, unpack_worker
from matching.state import Worker

AWAKE: Final = 16_384
"""Workers kept as objects between events, in all markets of a process, each of which has an equal
share: 1.5 kB each, the others 0.1 kB. A county's busiest days have 10,000 events: alone, it wakes
nobody twice in a day. To wake one and lay another to rest is a fifth of an event's work."""
AT_LEAST: Final = 1_024
"""A market's share, however many there are."""
_SLACK: Final = 256
"""A share may be exceeded by this part of it, then several go to rest together: to find the first
of a dict takes the longer the more have left it before."""
_A_GROUP: Final = 256
"""About so many workers are unpacked together: enough to compress well, too few to be felt."""
_LEVEL: Final = 1


class Roster:
    """Like a dict of workers, with iteration in no particular order. `zone` is theirs."""

    def __init__(self) -> None:
        _ROSTERS.add(self)
        self.zone = ""
        self._awake: dict[str, Worker] = {}
        self._resting = smallest_store()
        self._sealed: list[memoryview | None] = []

    def get(self, worker_id: str) -> Worker | None:
        """A worker; None when nobody has the id. What is done to them is kept."""
        worker = self._awake.get(worker_id)
        if worker is not None:
            return worker
        packed = self._rested(worker_id)
        if packed is None:
            return None
        worker = self._awake[worker_id] = unpack_worker(packed, worker_id, self.zone)
        return worker

    def rest(self) -> None:
        """Lay the oldest to rest. Only between events: an object laid to rest is forgotten."""
        awake, share = self._awake, max(AT_LEAST, AWAKE // len(_ROSTERS))
        if len(awake) <= share + share // _SLACK:
            return
        for worker_id in list(islice(awake, len(awake) - share)):
            self._resting.put(worker_id, pack_worker(awake.pop(worker_id)))

    def items(self) -> Iterator[tuple[str, Worker]]:
        """All workers, to look at: what is done to a resting one is not kept."""
        self._unseal_all()
        yield from list(self._awake.items())
        for worker_id in self._resting.ids():
            packed = self._resting.get(worker_id)
            if packed is not None and worker_id not in self._awake:
                yield worker_id, unpack_worker(packed, worker_id, self.zone)

    def values(self) -> Iterator[Worker]:
        """The workers of `items`."""
        return (worker for _, worker in self.items())

    def naming(self, worker_id: str) -> list[str]:
        """Who says that they come with a worker, in order of id; perhaps some who do not.

        Looked for in the bytes of those at rest: unpacking a county takes a second.
        """
        self._unseal_all()
        name = worker_id.encode()
        found = [
            id
            for id in self._resting.ids()
            if id not in self._awake and name in (self._resting.get(id) or b"")
        ]
        for id, worker in self._awake.items():
            crew = None if worker.available is None else worker.available.crew
            if crew is not None and crew.leader_id == worker_id:
                found.append(id)
        return sorted(found)

    def dump(self) -> list[memoryview]:
        """All workers as sealed groups; everybody stays as awake as they are."""
        for worker_id, worker in self._awake.items():
            self._resting.put(worker_id, pack_worker(worker))
        groups = len(self._sealed) or _groups_for(len(self._resting))
        compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        found = [memoryview(compressor.compress(group)) for group in self._resting.dump(groups)]
        for number, sealed in enumerate(self._sealed):
            if sealed is not None:
                found[number] = sealed
        return found

    def load(self, dump: list[memoryview]) -> None:
        """Take up the workers of a dump, into an empty roster. Raises ValueError if it is none."""
        if len(dump).bit_count() > 1 or len(dump) > MOST_GROUPS:
            raise ValueError(f"workers in {len(dump)} groups")
        self._sealed = list(dump)

    def canonical(self) -> list[tuple[str, bytes]]:
        """All workers as bytes in order of id: equal exactly when the workers are."""
        return sorted((worker_id, pack_worker(worker)) for worker_id, worker in self.items())

    def __getitem__(self, worker_id: str) -> Worker:
        worker = self.get(worker_id)
        if worker is None:
            raise KeyError(worker_id)
        return worker

    def __setitem__(self, worker_id: str, worker: Worker) -> None:
        self._unseal(worker_id)
        self._awake[worker_id] = worker

    def __delitem__(self, worker_id: str) -> None:
        self._unseal(worker_id)
        rested = self._resting.drop(worker_id)
        if self._awake.pop(worker_id, None) is None and not rested:
            raise KeyError(worker_id)

    def __contains__(self, worker_id: str) -> bool:
        return worker_id in self._awake or self._rested(worker_id) is not None

    def __iter__(self) -> Iterator[str]:
        return (worker_id for worker_id, _ in self.items())

    def __len__(self) -> int:
        self._unseal_all()
        return len(self._awake) + sum(id not in self._awake for id in self._resting.ids())

    def _rested(self, worker_id: str) -> bytes | None:
        self._unseal(worker_id)
        return self._resting.get(worker_id)

    def _unseal(self, worker_id: str) -> None:
        """Unpack the group that an id belongs to."""
        if self._sealed:
            self._unseal_group(group_of(worker_id, len(self._sealed)))

    def _unseal_all(self) -> None:
        for number in range(len(self._sealed)):
            self._unseal_group(number)

    def _unseal_group(self, number: int) -> None:
        sealed = self._sealed[number] if self._sealed else None
        if sealed is None:
            return
        self._resting.load(zstandard.ZstdDecompressor().decompress(sealed))
        self._sealed[number] = None
        if all(left is None for left in self._sealed):
            self._sealed = []  # from here on a dump has as many groups as its workers need


_ROSTERS: Final = WeakSet[Roster]()


def _groups_for(workers: int) -> int:
    groups = 1
    while groups < MOST_GROUPS and groups * _A_GROUP < workers:
        groups *= 2
    return groups
