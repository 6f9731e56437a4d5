"""A market that never was: rows with known behaviour, and a release trained on them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from matching.features import FEATURES
from models.dataset import Dataset, Features, Labels
from models.decisions import FEATURE_COLUMNS, SCHEMA
from models.manifest import LogSource, Manifest
from models.registry import Registry
from models.release import build

RANGES = {
    "distance_km": (0.0, 40.0),
    "travel_minutes": (0.0, 120.0),
    "pay_yuan_day": (80.0, 400.0),
    "pay_over_floor": (0.0, 200.0),
    "skill_level": (0.0, 3.0),
    "hours_to_start": (0.0, 120.0),
    "shift_hours": (4.0, 12.0),
    "shift_days": (1.0, 20.0),
    "log_headcount": (0.0, 4.0),
    "rating": (1.0, 5.0),
    "open_claims": (0.0, 3.0),
}
WHOLE = ("skill_level", "shift_days", "open_claims")
FLAGS = (
    *("meal", "lodging", "pickup", "daily_settlement", "worked_before", "same_station"),
    *("public_holiday", "reachable"),
)
HOUR_MS = 3_600_000

Draw = Callable[[int, int], Features]


def draw_rows(count: int, seed: int) -> Features:
    """(count, F) feature rows of a seeded random market."""
    random = np.random.default_rng(seed)
    rows = np.empty((count, len(FEATURES)), np.float32)
    for column, name in enumerate(FEATURES):
        low, high = RANGES.get(name, (0.0, 1.0))
        values = random.uniform(low, high, count)
        rows[:, column] = np.round(values) if name in WHOLE + FLAGS else values
    return rows


def draw_dataset(count: int, seed: int) -> Dataset:
    """Offers one minute apart whose workers like near, well-paid work and keep their habits."""
    random = np.random.default_rng(seed + 1)
    rows = draw_rows(count, seed)
    column = {name: rows[:, index].astype(float) for index, name in enumerate(FEATURES)}
    likes = 1.0 - 0.1 * column["distance_km"] + 0.01 * column["pay_over_floor"]
    comes = 3.0 * column["reliability"] - 0.03 * column["distance_km"]
    accepted = random.random(count) < 1 / (1 + np.exp(-likes))
    done = accepted & (random.random(count) < 1 / (1 + np.exp(-comes)))
    finished = accepted & (random.random(count) < 0.9)
    return dataset_of(rows, accepted, done, finished, 1_800_000_000_000 + np.arange(count) * 60_000)


def dataset_of(
    rows: Features, accepted: Labels, completed: Labels, finished: Labels, times: NDArray[np.int64]
) -> Dataset:
    """Offers of these features and answers, to 50 workers, three for each job."""
    number = np.arange(len(rows))
    told: dict[str, Any] = {
        "log": [0] * len(rows),
        "zone": ["511181"] * len(rows),
        "offer_id": [f"O-{index}" for index in number],
        "job_id": [f"J-{index // 3}" for index in number],
        "worker_id": [f"W-{index % 50}" for index in number],
        "employer_id": [f"E-{index % 7}" for index in number],
        "station_id": [f"511181-0{index % 4}" for index in number],
        "worker_station_id": [f"511181-0{index % 5}" for index in number],
        "occupation": [(None, "5-01-02-02", "4-09-08-01")[index % 3] for index in number],
        "headcount": [2] * len(rows),
        "at": times,
        "release": ["rules:v1"] * len(rows),
        "policy": ["instant"] * len(rows),
        "via": ["ranking"] * len(rows),
        "rank": number % 3 + 1,
        "propensity": [1.0] * len(rows),
        "answers_before": number // 50,
        "postings_before": number // 21,
        "accepted": accepted,
        "completed": pa.array(completed, mask=~finished),
        "is_over": [True] * len(rows),
        **dict(zip(FEATURE_COLUMNS, rows.T, strict=True)),
    }
    nothing = SCHEMA.empty_table().to_pydict()
    columns = [pa.array(told.get(n, [None] * len(rows)), SCHEMA.field(n).type) for n in nothing]
    return Dataset(pa.table(columns, schema=SCHEMA))


@pytest.fixture(scope="session")
def draw() -> Draw:
    return draw_rows


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return draw_dataset(6_000, 7)


@pytest.fixture(scope="session")
def later() -> Dataset:
    """Offers of other days, three an hour, of work that is over the day after."""
    data = draw_dataset(6_000, 99)
    times = data.times[0] + np.arange(len(data)) * 20 * 60_000
    return dataset_of(data.features, data.accepted, data.completed, data.finished, times)


@pytest.fixture(scope="session")
def built(dataset: Dataset) -> tuple[Manifest, dict[str, bytes]]:
    first, last = int(dataset.times[0]), int(dataset.times[-1])
    source = LogSource(sha256="0" * 64, records=0, offers=len(dataset), first=first, last=last)
    return build(dataset, (source,), "made-up rows of the tests")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "releases")


@pytest.fixture
def release(registry: Registry, built: tuple[Manifest, dict[str, bytes]]) -> str:
    return registry.add(*built)
