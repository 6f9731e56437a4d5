"""What the hall calls workers by: nobody's twice, whoever comes, moves, or is forgotten."""

from itertools import islice

import hypothesis.strategies as st
from hypothesis import given

from gigmatch.readmodel.worker import WorkerDoc
from streams.call_numbers import free_number, give_number, numbers_of
from streams.shelf import Changes, Shelf
from tests.town import NOW, ZONE

STATIONS = (f"{ZONE}-05", f"{ZONE}-06")
STEPS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([*STATIONS, None])), min_size=1, max_size=120
)


class Stored:
    """A store in memory: what a transaction has written is there for the next one."""

    def __init__(self) -> None:
        self._held: set[tuple[str, str]] = set()

    def read(self, keys: object) -> list[bytes | None]:
        raise AssertionError(f"{keys} is not asked for")

    def members(self, key: str, most: float) -> list[str]:
        raise AssertionError(f"{key} up to {most} is not asked for")

    def holds(self, key: str, member: str) -> bool:
        return (key, member) in self._held

    def write(self, changes: Changes) -> None:
        for key, members in changes.members.items():
            for member, score in members.items():
                (self._held.discard if score is None else self._held.add)((key, member))


def numbered(steps: list[tuple[int, str | None]], every: int) -> dict[tuple[str, str], str]:
    """Who has which number after workers came to stations or went (None), by transactions."""
    stored, shelf = Stored(), None
    here: dict[str, WorkerDoc] = {}
    for index, (number, station) in enumerate(steps):
        if shelf is None or index % every == 0:
            if shelf is not None:
                stored.write(shelf.changes())
            shelf = Shelf(stored)
        worker_id = f"W-{number}"
        worker = here.pop(worker_id, None)
        if worker is not None and worker.station_id != station:
            free_number(shelf, worker)
        if station is not None:
            worker = worker or WorkerDoc(zone=ZONE, worker_id=worker_id, station_id="", at=NOW)
            worker.station_id = station
            if not worker.call_number:
                give_number(shelf, worker)
            here[worker_id] = worker
        called = [(one.station_id, one.call_number) for one in here.values()]
        assert len(set(called)) == len(called)
        assert all(number.isdigit() and len(number) == 3 for _, number in called)
    return {(one.station_id, one.worker_id): one.call_number for one in here.values()}


@given(STEPS, st.integers(1, 130))
def test_no_two_of_a_station_share_one_and_the_log_alone_says_which(
    steps: list[tuple[int, str | None]], every: int
) -> None:
    assert numbered(steps, every) == numbered(steps, 1)


def test_a_crowd_of_thousands_is_called_by_more_digits_and_still_nobody_twice() -> None:
    shelf = Shelf(Stored())
    called = set()
    for number in range(3_000):
        worker = WorkerDoc(zone=ZONE, worker_id=f"W-{number}", station_id=STATIONS[0], at=NOW)
        give_number(shelf, worker)
        called.add(worker.call_number)
    assert len(called) == 3_000
    assert {len(number) for number in called} == {3, 4}


def test_who_comes_again_to_an_empty_hall_is_called_as_before() -> None:
    assert numbered([(1, STATIONS[0]), (1, None), (1, STATIONS[0])], 1) == {
        (STATIONS[0], "W-1"): next(numbers_of(ZONE, "W-1"))
    }


def test_every_zone_has_its_own_row() -> None:
    assert list(islice(numbers_of(ZONE, "W-1"), 8)) != list(islice(numbers_of("511102", "W-1"), 8))
