"""What is learnt from, and judged on: log files or tables of decisions, read the same way."""

from collections.abc import Callable, Sequence
from pathlib import Path

from matching.scorer import OpenScorer
from models import parquet
from models.dataset import Dataset, together
from models.manifest import LogSource
from models.replay import OnBytes, OnStep, read_dataset

Sources = tuple[LogSource, ...]


def read_all(
    paths: Sequence[Path],
    partitions: int,
    open_scorer: OpenScorer,
    on_bytes: OnBytes = lambda _: None,
    on_step: OnStep = lambda engine, fact, step: None,
    on_log: Callable[[int], None] = lambda number: None,
) -> tuple[Dataset, Sources]:
    """All offers of the files, in order of time, and the logs they come from.

    `on_step` is told of each fact of a log, `on_log` before that of the log's number; a table has
    no facts left, and the numbers of its logs.

    Raises LogError, TableError or OSError.
    """
    parts: list[Dataset] = []
    sources: list[LogSource] = []
    for path in paths:
        on_log(len(sources))
        data, logs = _read(path, partitions, open_scorer, on_bytes, on_step)
        parts.append(data)
        sources.extend(logs)
    return together(parts), tuple(sources)


def _read(
    path: Path, partitions: int, open_scorer: OpenScorer, on_bytes: OnBytes, on_step: OnStep
) -> tuple[Dataset, Sources]:
    if parquet.is_parquet(path):
        data, logs = parquet.read(path)
        on_bytes(path.stat().st_size)
        return data, logs
    data, log = read_dataset(path, partitions, open_scorer, on_bytes, on_step)
    return data, (log,)
