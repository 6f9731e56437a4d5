"""Many seeds, lived through on as many cores as are asked for."""

import itertools
import multiprocessing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from tests.simulation.running import Result, live
from tests.simulation.schedule import schedule
from tests.simulation.surroundings import simulated

_BLOCK = 500
_AT_A_TIME = 10
"""Seeds a process takes at once."""


@contextmanager
def lives(seeds: Iterable[int], jobs: int) -> Iterator[Iterator[tuple[int, Result]]]:
    """Each seed with what became of it, in their order, whoever lived it."""
    if jobs == 1:
        yield map(_lived, seeds)
        return
    # Forked, a process would have the locks of threads that it does not have.
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield (
            life
            for block in _blocks(seeds)
            for life in pool.imap(_lived, block, chunksize=_AT_A_TIME)
        )


def _blocks(seeds: Iterable[int]) -> Iterator[list[int]]:
    """A pool takes all that it is given: of seeds without end it is given some."""
    left = iter(seeds)
    while block := list(itertools.islice(left, _BLOCK)):
        yield block


def _lived(seed: int) -> tuple[int, Result]:
    with simulated():
        return seed, msgspec.structs.replace(live(schedule(seed)), happened=[])
