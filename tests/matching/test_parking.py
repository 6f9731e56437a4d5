"""A worker as bytes is the same worker again."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.facts import WorkerAvailable
from events.values import Place
from matching.parking import pack_worker, unpack_worker
from matching.state import Worker
from matching.track_record import TrackRecord
from tests.matching.scenario import WORKER
from tests.strategies import worker_available
from tests.town import NOW, ZONE

records = st.builds(
    TrackRecord,
    accepted=st.integers(0, 9),
    no_shows=st.integers(0, 9),
    stars=st.integers(0, 50),
    employers=st.dictionaries(st.sampled_from(("E-1", "E-2")), st.integers(1, 5)),
    asked=st.dictionaries(st.sampled_from(("weeding", "cleaning")), st.integers(1, 5)),
    days=st.integers(0, 255),
)
bookings = st.dictionaries(
    st.sampled_from(("J-1", "J-2")),
    st.lists(st.tuples(st.integers(0, NOW), st.integers(0, NOW)), max_size=3).map(tuple),
)


@given(
    st.none() | worker_available(),
    records,
    bookings,
    st.lists(st.tuples(st.integers(0, NOW), st.integers(0, NOW)), max_size=2).map(tuple),
    st.dictionaries(st.sampled_from(("O-1", "O-2")), st.just("J-3")),
    st.integers(0, NOW),
)
def test_every_worker_comes_back_equal(
    available: WorkerAvailable | None,
    record: TrackRecord,
    booked: dict[str, tuple[tuple[int, int], ...]],
    worked: tuple[tuple[int, int], ...],
    offers: dict[str, str],
    since: int,
) -> None:
    worker = Worker(
        available=available,
        valid_until=0 if available is None else available.windows[-1].end - since % 2,
        since=since,
        bookings=booked,
        worked=worked,
        open_offers=offers,
        record=record,
    )
    worker_id = "W-9" if available is None else available.worker_id
    assert unpack_worker(pack_worker(worker), worker_id, ZONE) == worker


def test_no_field_is_forgotten() -> None:
    """Every field differs from its default, so one that is not written comes back different."""
    full = msgspec.convert(
        {
            **msgspec.to_builtins(WORKER),
            "occupations": ["4-10"],
            "certificates": ["health"],
            "max_distance_km": 7.5,
            "pay_floor_fen_day": 12_345,
            "travel_mode": "car",
            "birth_year": 1965,
            "crew": {"leader_id": "W-1", "size": 4},
            "other_zones": ["511102"],
            "channels": ["sms", "call"],
            "max_bookings": 3,
            "valid_until": NOW + 1,
        },
        WorkerAvailable,
    )
    defaults = {field.name: field.default for field in msgspec.structs.fields(WorkerAvailable)}
    assert all(getattr(full, name) != default for name, default in defaults.items())
    worker = Worker(available=full, valid_until=NOW + 1, since=5)
    assert unpack_worker(pack_worker(worker), "W-1", WORKER.zone) == worker


@pytest.mark.parametrize("station", [f"{ZONE}-05", f"{ZONE}05", ZONE, "-05", "05", f"x{ZONE}"])
def test_every_name_of_a_station_comes_back(station: str) -> None:
    said = msgspec.structs.replace(WORKER, station_id=station, zone=ZONE)
    worker = Worker(available=said, valid_until=1)
    assert unpack_worker(pack_worker(worker), "W-1", ZONE) == worker


@given(st.floats(-180, 180), st.integers(-18_000_000, 18_000_000))
def test_every_coordinate_comes_back(anything: float, decimals: int) -> None:
    for value in (anything, decimals / 100_000):
        said = msgspec.structs.replace(WORKER, place=Place(lat=value, lon=-value))
        back = unpack_worker(pack_worker(Worker(available=said, valid_until=1)), "W-1", ZONE)
        assert back.available is not None
        assert repr(back.available.place) == repr(said.place)


def test_a_plain_worker_takes_little() -> None:
    worker = Worker(available=WORKER, valid_until=WORKER.windows[-1].end, since=NOW)
    assert len(pack_worker(worker)) < 100
