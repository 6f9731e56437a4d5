"""Ranking with NumPy and scikit-learn: the pool as arrays, one mask, predict_proba."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.pairs import PairColumns, rows_of
from benchmarks.world import SKILLS, START, skill_name
from events.facts import JobPosted, WorkerAvailable
from matching.geo import km, squared_chord, unit_vector
from matching.terms import SPEED_KMH, pay_fen_day, sure_age

TOP = 10


class NumpyRanker:
    """All workers in columns (n,); `top` masks every constraint at once and scores what is left."""

    def __init__(
        self, workers: Sequence[WorkerAvailable], model: HistGradientBoostingClassifier
    ) -> None:
        self.model = model
        self.ids = np.array([worker.worker_id for worker in workers])
        self.stations = np.array([worker.station_id for worker in workers])
        self.start = np.array([worker.windows[0].start for worker in workers])
        self.end = np.array([worker.windows[-1].end for worker in workers])
        self.floor = np.array([worker.pay_floor_fen_day for worker in workers])
        self.radius = np.array([worker.max_distance_km for worker in workers])
        self.speed = np.array([SPEED_KMH[worker.travel_mode] for worker in workers])
        self.birth = np.array([worker.birth_year or 0 for worker in workers])
        self.points = np.array([unit_vector(w.place.lat, w.place.lon) for w in workers]).T.copy()
        self.levels = _levels(workers)

    def top(self, job: JobPosted) -> tuple[list[str], int]:
        """The ids of the best ten, best first, and how many workers were feasible."""
        rows, distance = self._feasible(job)
        pairs = PairColumns(
            distance_km=distance,
            speed_kmh=self.speed[rows],
            pay_floor_fen=self.floor[rows],
            skill_level=self.levels[job.skills[0]][rows].astype(np.float64),
            same_station=(self.stations[rows] == job.station_id).astype(np.float64),
        )
        accept = self.model.predict_proba(rows_of(job, pairs, START))[:, 1]
        order = np.lexsort((self.ids[rows], -accept))[:TOP]
        return [str(id) for id in self.ids[rows[order]]], len(rows)

    def _feasible(self, job: JobPosted) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        level = self.levels[job.skills[0]]
        point = unit_vector(job.place.lat, job.place.lon)
        distance = km(squared_chord(self.points[0], self.points[1], self.points[2], *point))
        adult = sure_age(0, job.shifts[0].start) - job.minimum_age
        mask = (
            (level > 0)
            & (self.start <= job.shifts[0].start)
            & (self.end >= job.shifts[-1].end)
            & (self.floor <= pay_fen_day(job.pay, job.shifts))
            & (self.birth <= adult)
            & (distance <= self.radius)
        )
        rows = np.flatnonzero(mask)
        return rows, distance[rows]


def _levels(workers: Sequence[WorkerAvailable]) -> dict[str, NDArray[np.int8]]:
    """For each skill the level of every worker, 0 where they do not have it."""
    columns = {skill_name(i): np.zeros(len(workers), dtype=np.int8) for i in range(SKILLS)}
    for row, worker in enumerate(workers):
        for skill in worker.skills:
            columns[skill.code][row] = skill.level
    return columns
