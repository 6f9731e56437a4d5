"""Who goes where when people compete for places: the assignment with the largest total value.

Jobs have places, a worker takes one at most, only given pairs are possible, and a place may stay
empty. Solved exactly by successive shortest paths: place after place takes the worker, and changes
others' workers along a path, as costs least, under prices that keep all reduced costs non-negative
(Jonker and Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
assignment problems", Computing 38, 1987; for rectangular problems D. F. Crouse, IEEE TAES 52,
2016). Values are integers, so nothing is rounded on the way, and equal totals are decided by the
order of jobs, places and workers: the same problem has the same answer everywhere.
"""

import heapq
import itertools
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

COMPILED: Final = find_spec("matching._assignment") is not None
QUANTUM: Final = 2.0**-32
"""Of a value as an integer: probabilities are multiples of it."""
_NOBODY: Final = -1


class Problem(NamedTuple):
    """Pairs of a job and a worker by number, job by job.

    The pairs of job j are those from starts[j] to before starts[j + 1]; values are positive.
    """

    starts: NDArray[np.int32]
    workers: NDArray[np.int32]
    values: NDArray[np.int64]
    capacities: NDArray[np.int32]
    worker_count: int


def problem(
    pairs: Sequence[Sequence[tuple[int, float]]], capacities: Sequence[int], worker_count: int
) -> Problem:
    """A problem from each job's (worker, value) pairs."""
    counts = [len(mine) for mine in pairs]
    flat = [pair for mine in pairs for pair in mine]
    return Problem(
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        workers=np.array([worker for worker, _ in flat], dtype=np.int32),
        values=np.rint(np.array([value for _, value in flat]) / QUANTUM).astype(np.int64),
        capacities=np.array(capacities, dtype=np.int32),
        worker_count=worker_count,
    )


def assign(given: Problem) -> NDArray[np.int32]:
    """The job of each worker, -1 for none."""
    if not COMPILED:
        return assign_in_python(given)
    from matching import _assignment  # noqa: PLC0415 (there only when compiled)

    found = _assignment.solve(
        given.starts.tobytes(),
        given.workers.tobytes(),
        given.values.tobytes(),
        given.capacities.tobytes(),
        given.worker_count,
    )
    return np.frombuffer(found, dtype=np.int32)


def assign_in_python(given: Problem) -> NDArray[np.int32]:
    """The same answer by the same steps."""
    search = _Search(given)
    for place in range(len(search.job_of)):
        search.fill(place)
    found = [job if job == _NOBODY else search.job_of[job] for job in search.place_of]
    return np.array(found, dtype=np.int32)


class _Search:
    def __init__(self, given: Problem) -> None:
        starts, workers = given.starts.tolist(), given.workers.tolist()
        values = given.values.tolist()
        self.pairs = [
            list(zip(workers[begin:end], values[begin:end], strict=True))
            for begin, end in itertools.pairwise(starts)
        ]
        self.job_of = [
            job for job, room in enumerate(given.capacities.tolist()) for _ in range(room)
        ]
        self.worker_of = [_NOBODY] * len(self.job_of)
        self.place_of = [_NOBODY] * given.worker_count
        self.place_price = [0] * len(self.job_of)
        self.worker_price = [0] * given.worker_count

    def fill(self, first: int) -> None:
        """Give a place its best worker, or leave one empty, by the shortest path of changes."""
        distance: dict[int, int] = {}
        come_from: dict[int, int] = {}
        reached, passed = [first], dict[int, None]()
        heap: list[tuple[int, int]] = []
        place, so_far, emptiest = first, 0, (-self.place_price[first], first)
        while True:
            for worker, value in self.pairs[self.job_of[place]]:
                if worker in passed:
                    continue
                new = so_far - value - self.place_price[place] - self.worker_price[worker]
                if worker not in distance or new < distance[worker]:
                    distance[worker], come_from[worker] = new, place
                    heapq.heappush(heap, (new, worker))
            while heap and heap[0][1] in passed:
                heapq.heappop(heap)
            if not heap or heap[0][0] > emptiest[0]:
                break
            so_far, worker = heapq.heappop(heap)
            passed[worker] = None
            place = self.place_of[worker]
            if place == _NOBODY:
                self._reprice(reached, passed, distance, so_far)
                self._hand_on(first, worker, come_from)
                return
            reached.append(place)
            if so_far - self.place_price[place] < emptiest[0]:
                emptiest = (so_far - self.place_price[place], place)
        length, emptied = emptiest
        self._reprice(reached, passed, distance, length)
        worker, self.worker_of[emptied] = self.worker_of[emptied], _NOBODY
        if emptied != first:
            self._hand_on(first, worker, come_from)

    def _reprice(
        self, reached: list[int], passed: dict[int, None], distance: dict[int, int], length: int
    ) -> None:
        first, *others = reached
        self.place_price[first] += length
        for place in others:
            self.place_price[place] += length - distance[self.worker_of[place]]
        for worker in passed:
            self.worker_price[worker] -= length - distance[worker]

    def _hand_on(self, first: int, worker: int, come_from: dict[int, int]) -> None:
        """Hand workers on along the path that ends with `worker`, back to where it began."""
        place = _NOBODY
        while place != first:
            place = come_from[worker]
            self.place_of[worker] = place
            worker, self.worker_of[place] = self.worker_of[place], worker
