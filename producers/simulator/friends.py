"""Who goes to work with whom: ties of the same township, both ways."""

from collections import defaultdict
from collections.abc import Iterable
from random import Random
from typing import Final

from producers.simulator.people import Person

MOST_CHOSEN: Final = 2
"""How many each person counts as a friend by their own choice; others may have chosen them."""


def friends(people: Iterable[Person], seed: int) -> dict[str, tuple[str, ...]]:
    """The friends of each person by worker id, in order; the same for the same seed."""
    neighbours: defaultdict[str, list[str]] = defaultdict(list)
    homes = {person.worker_id: person.station.number for person in people}
    for worker_id, station in homes.items():
        neighbours[station].append(worker_id)
    ties: defaultdict[str, set[str]] = defaultdict(set)
    for worker_id, station in homes.items():
        rng = Random(f"{seed}/friends/{worker_id}")
        near = neighbours[station]
        for friend in rng.sample(near, min(len(near), rng.randint(0, MOST_CHOSEN))):
            if friend != worker_id:
                ties[worker_id].add(friend)
                ties[friend].add(worker_id)
    return {worker_id: tuple(sorted(ties[worker_id])) for worker_id in homes}
