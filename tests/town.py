"""The small town of the tests: few ids, whole hours, a 1 km grid around Emeishan, round wages.

So random messages meet each other, tie with each other and contradict each other often.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events.values import Interval, Pay, Place

ZONE = "511181"
NOW = 1_805_068_800_000  # 2027-03-15T00:00Z
HOUR = 3_600_000
DAYS = 3
SOURCE = f"/zones/{ZONE}/stations/05"
JOBS = tuple(f"J-{number}" for number in range(5))
WORKERS = tuple(f"W-{number}" for number in range(8))
EMPLOYERS = ("E-0", "E-1", "E-2")
CLAIMS = ("C-0", "C-1", "C-2", "C-3")
STATIONS = tuple(f"{ZONE}-{number:02}" for number in (0, 5, 10))
SKILLS = ("tea_picking", "cleaning", "masonry")
CERTIFICATES = ("health", "electrician")
OCCUPATIONS = ("5-01-02-02", "6-29-01-01")


def intervals(now: int = NOW, longest_h: int = 12) -> SearchStrategy[Interval]:
    """A stretch of whole hours that starts within three days of `now`."""
    return st.builds(
        lambda start, hours: Interval(start=now + start * HOUR, end=now + (start + hours) * HOUR),
        st.integers(0, DAYS * 24),
        st.integers(1, longest_h),
    )


def shifts(now: int = NOW) -> SearchStrategy[tuple[Interval, ...]]:
    """One to three shifts of a job that do not overlap each other."""
    return st.lists(intervals(now), min_size=1, max_size=3).map(_apart)


def windows(now: int = NOW) -> SearchStrategy[tuple[Interval, ...]]:
    """One to three stretches in which a worker can work; they may overlap and touch."""
    return st.lists(intervals(now, longest_h=48), min_size=1, max_size=3).map(tuple)


def places() -> SearchStrategy[Place]:
    """A point within some 15 km of the city market, on a grid of about 1 km."""
    steps = st.integers(-14, 14)
    return st.builds(
        lambda north, east: Place(
            lat=round(29.601 + north / 100, 3), lon=round(103.485 + east / 100, 3)
        ),
        steps,
        steps,
    )


def pays() -> SearchStrategy[Pay]:
    """A plausible pay: mostly by the day, sometimes by hour, piece or month."""
    by_day = st.builds(Pay, amount_fen=st.integers(8, 30).map(lambda tens: tens * 1_000))
    other = st.one_of(
        st.builds(Pay, amount_fen=st.integers(10, 40).map(lambda n: n * 100), unit=st.just("hour")),
        st.builds(
            Pay,
            amount_fen=st.integers(20, 200),
            unit=st.just("piece"),
            pieces_per_day=st.none() | st.integers(50, 200),
        ),
        st.builds(
            Pay, amount_fen=st.integers(20, 60).map(lambda n: n * 10_000), unit=st.just("month")
        ),
    )
    return st.one_of(by_day, by_day, by_day, other)


def _apart(drawn: list[Interval]) -> tuple[Interval, ...]:
    kept: list[Interval] = []
    for shift in drawn:
        if all(shift.end <= other.start or other.end <= shift.start for other in kept):
            kept.append(shift)
    return tuple(kept)
