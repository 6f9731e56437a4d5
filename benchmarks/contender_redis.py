"""Ranking the usual way with Redis: GEOSEARCH, HMGET of all in reach, filter, predict_proba."""

from collections.abc import Iterable
from typing import Final, NamedTuple, cast

import numpy as np
import redis
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.pairs import PairColumns, rows_of
from benchmarks.world import START
from events.facts import JobPosted, WorkerAvailable
from matching.geo import km_between, unit_vector
from matching.terms import SPEED_KMH, pay_fen_day, sure_age

TOP: Final = 10
PLACES: Final = "zone:workers"
Stored = str | bytes | bytearray | memoryview | int | float
NAMES: Final[list[str]] = [
    "station",
    "lat",
    "lon",
    "radius",
    "floor",
    "mode",
    "birth",
    "start",
    "end",
    "skills",
]
MARGIN_KM: Final = 0.1
"""Redis rounds places and takes a larger earth: ask a little wider, then measure exactly."""
LOAD_CHUNK: Final = 2_000


class Found(NamedTuple):
    """A feasible worker as read back from Redis."""

    worker_id: str
    distance_km: float
    speed_kmh: float
    pay_floor_fen: float
    skill_level: float
    same_station: float


class RedisRanker:
    """Workers as one geo set and one hash each, as a backend would keep them."""

    def __init__(
        self, server: "redis.Redis", model: HistGradientBoostingClassifier, farthest_km: float
    ) -> None:
        self.server = server
        self.model = model
        self.farthest_km = farthest_km

    def load(self, workers: Iterable[WorkerAvailable]) -> None:
        """Write the workers, in pipelines."""
        pipeline = self.server.pipeline(transaction=False)
        for number, worker in enumerate(workers, 1):
            pipeline.geoadd(PLACES, (worker.place.lon, worker.place.lat, worker.worker_id))
            pipeline.hset(worker.worker_id, mapping=_fields(worker))
            if number % LOAD_CHUNK == 0:
                pipeline.execute()
        pipeline.execute()

    def top(self, job: JobPosted) -> tuple[list[str], int]:
        """The ids of the best ten, best first, and how many workers were feasible."""
        found = self._feasible(job)
        columns = np.array([worker[1:] for worker in found], dtype=np.float64).reshape(-1, 5)
        rows = rows_of(job, PairColumns(*columns.T), START)
        accept = self.model.predict_proba(rows)[:, 1]
        best = sorted(zip(-accept, (worker.worker_id for worker in found), strict=True))[:TOP]
        return [worker_id for _, worker_id in best], len(found)

    def _feasible(self, job: JobPosted) -> list[Found]:
        near = self.server.geosearch(
            PLACES,
            longitude=job.place.lon,
            latitude=job.place.lat,
            radius=self.farthest_km + MARGIN_KM,
            unit="km",
        )
        ids = cast(list[str], near)
        pipeline = self.server.pipeline(transaction=False)
        for worker_id in ids:
            pipeline.hmget(worker_id, NAMES)
        replies = pipeline.execute()
        judge = _Judge(job)
        found = (judge(worker_id, reply) for worker_id, reply in zip(ids, replies, strict=True))
        return [worker for worker in found if worker is not None]


class _Judge:
    """The hard constraints of one job, cheapest first."""

    def __init__(self, job: JobPosted) -> None:
        self.station = job.station_id
        self.skill = job.skills[0]
        self.start = job.shifts[0].start
        self.end = job.shifts[-1].end
        self.pay = pay_fen_day(job.pay, job.shifts)
        self.born = sure_age(0, self.start) - job.minimum_age
        self.point = unit_vector(job.place.lat, job.place.lon)

    def __call__(self, worker_id: str, fields: list[str]) -> Found | None:
        station, lat, lon, radius, floor, mode, birth, start, end, skills = fields
        level = dict(skill.split(":") for skill in skills.split(",")).get(self.skill)
        if level is None or int(birth) > self.born:
            return None
        if int(start) > self.start or int(end) < self.end or int(floor) > self.pay:
            return None
        distance = km_between(self.point, unit_vector(float(lat), float(lon)))
        if distance > float(radius):
            return None
        same = float(station == self.station)
        return Found(worker_id, distance, SPEED_KMH[mode], float(floor), float(level), same)


def _fields(worker: WorkerAvailable) -> dict[Stored, Stored]:
    skills = ",".join(f"{skill.code}:{skill.level}" for skill in worker.skills)
    values = (
        worker.station_id,
        worker.place.lat,
        worker.place.lon,
        worker.max_distance_km,
        worker.pay_floor_fen_day,
        worker.travel_mode,
        worker.birth_year or 0,
        worker.windows[0].start,
        worker.windows[-1].end,
        skills,
    )
    return dict(zip(NAMES, values, strict=True))
