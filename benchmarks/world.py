"""A county's gig market, the same every time: workers, jobs, and the records that carry them.

The numbers of workers a skill, their windows, floors and radii are chosen so that a job finds about
450 of 50,000 workers feasible: one in 28 has the skill, and time, pay floor and distance leave a
quarter of those.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from events.codec import encode, event_headers
from events.envelope import Record
from events.facts import ClockTicked, Fact, JobPosted, WorkerAvailable
from events.topics import EVENTS, partition_of
from events.values import Interval, Pay, Place, Skill

ZONE = "511181"
START = 1_805_068_800_000  # 2027-03-15T00:00:00Z
HOUR = 3_600_000
DAY = 24 * HOUR
STATIONS = 14
SKILLS = 55
CENTRE = (29.60, 103.48)
SOURCE = "/benchmarks"

_MODES = ("walk", "ebike", "motorbike", "bus", "car")
_PERKS = ("meal", "lodging", "pickup")


def workers(count: int, seed: int = 1) -> Iterator[WorkerAvailable]:
    """`count` workers of the zone, each with two skills and one window within the next ten days."""
    random = np.random.default_rng(seed)
    stations = _stations()
    homes = random.integers(0, STATIONS, count)
    spots = stations[homes] + random.normal(0.0, 0.05, (count, 2))
    skills = random.integers(0, SKILLS, (count, 2))
    levels = random.integers(1, 4, (count, 2))
    starts = START + random.integers(0, 3, count) * DAY
    lengths = random.integers(2, 8, count) * DAY
    radii = random.choice((5.0, 10.0, 15.0, 20.0, 30.0, 50.0), count)
    floors = random.integers(60, 240, count) * 100
    modes = random.integers(0, len(_MODES), count)
    births = random.integers(1957, 2011, count)
    for i in range(count):
        yield WorkerAvailable(
            worker_id=f"W-{i:06d}",
            zone=ZONE,
            station_id=_station_id(int(homes[i])),
            windows=(Interval(start=int(starts[i]), end=int(starts[i] + lengths[i])),),
            place=Place(lat=round(float(spots[i, 0]), 5), lon=round(float(spots[i, 1]), 5)),
            skills=_skills(skills[i], levels[i]),
            max_distance_km=float(radii[i]),
            pay_floor_fen_day=int(floors[i]),
            travel_mode=_MODES[modes[i]],  # type: ignore[arg-type]
            birth_year=int(births[i]),
        )


def jobs(count: int, seed: int = 2, *, headcount: int = 5) -> Iterator[JobPosted]:
    """`count` day jobs of the zone, one or two days long, each asking for one skill."""
    random = np.random.default_rng(seed)
    stations = _stations()
    for i in range(count):
        home = int(random.integers(0, STATIONS))
        lat, lon = stations[home] + random.normal(0.0, 0.02, 2)
        first = START + int(random.integers(2, 4)) * DAY + 1 * HOUR
        days = int(random.integers(1, 3))
        yield JobPosted(
            job_id=f"J-{i:06d}",
            zone=ZONE,
            station_id=_station_id(home),
            employer_id=f"E-{int(random.integers(0, 200)):04d}",
            title="采茶工",
            shifts=tuple(
                Interval(start=first + day * DAY, end=first + day * DAY + 9 * HOUR)
                for day in range(days)
            ),
            pay=Pay(amount_fen=int(random.integers(140, 220)) * 100, unit="day"),
            place=Place(lat=round(float(lat), 5), lon=round(float(lon), 5)),
            skills=(skill_name(int(random.integers(0, SKILLS))),),
            headcount=headcount,
            perks=tuple(perk for perk in _PERKS if random.random() < 0.4),  # type: ignore[misc]
            minimum_age=18,
            posted_at=START,
            expires_at=first,
        )


def tick(now: int = START) -> ClockTicked:
    """The clock of every market at `now`, UTC milliseconds."""
    return ClockTicked(now=now)


def records(facts: Iterable[Fact], *, first: int = 0, partition: int = 0) -> Iterator[Record]:
    """The facts as a consumer would hand them over: one partition, offsets from `first`."""
    for offset, fact in enumerate(facts, first):
        yield Record(
            topic=EVENTS,
            partition=partition,
            offset=offset,
            timestamp=START,
            key=fact.zone.encode(),
            value=encode(fact),
            headers=event_headers(fact, id=f"bench-{offset}", source=SOURCE, time=START),
        )


def zones(partitions: int) -> list[str]:
    """A zone for each partition, by its number."""
    found: dict[int, str] = {}
    for number in range(110_000, 120_000):
        found.setdefault(partition_of(str(number), partitions), str(number))
    return [found[partition] for partition in range(partitions)]


def skill_name(number: int) -> str:
    """The code of one of the SKILLS skills."""
    return f"skill_{number:02d}"


def _stations() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Latitude and longitude of the stations, (STATIONS, 2), within about 25 km of the centre."""
    random = np.random.default_rng(511181)
    return np.asarray(CENTRE) + random.uniform(-0.2, 0.2, (STATIONS, 2))


def _station_id(number: int) -> str:
    return f"{ZONE}-{number:02d}"


def _skills(
    codes: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    levels: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
) -> tuple[Skill, ...]:
    best = {skill_name(int(code)): int(level) for code, level in zip(codes, levels, strict=True)}
    return tuple(Skill(code=code, level=level) for code, level in best.items())
