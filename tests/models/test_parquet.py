"""Tables in files: the same bits come back, and what cannot be trusted is refused."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matching.scorer import rules_only
from models import parquet
from models.calibrated import TrainingError
from models.dataset import Dataset
from models.manifest import LogSource
from models.parquet import TableError
from models.release import build
from models.sources import read_all
from tests.models.logbook import LogBook, live_through

SOURCE = LogSource(sha256="0" * 64, records=9, offers=6_000, first=1, last=2)


@pytest.fixture
def path(tmp_path: Path, dataset: Dataset) -> Path:
    parquet.write(tmp_path / "a.parquet", dataset, (SOURCE,))
    return tmp_path / "a.parquet"


def changed(path: Path, table: pa.Table) -> Path:
    """The file with another table under its old description."""
    about = pq.read_schema(path).metadata
    pq.write_table(table.replace_schema_metadata(about), path)
    return path


def test_what_is_written_is_read(path: Path, dataset: Dataset) -> None:
    data, sources = parquet.read(path)
    assert data.table == dataset.table
    assert data.features.tobytes() == dataset.features.tobytes()
    assert sources == (SOURCE,)


def test_a_missing_value_stays_missing(path: Path, dataset: Dataset) -> None:
    rows = dataset.features[:, 0].copy()
    rows[::7] = np.nan
    table = dataset.table.set_column(
        dataset.table.column_names.index("x_distance_km"), "x_distance_km", pa.array(rows)
    )
    parquet.write(path, Dataset(table), (SOURCE,))
    data, _ = parquet.read(path)
    assert data.features[:, 0].tobytes() == rows.tobytes()


def test_equal_data_are_equal_bytes(path: Path, dataset: Dataset) -> None:
    before = path.read_bytes()
    parquet.write(path, dataset, (SOURCE,))
    assert path.read_bytes() == before


def test_a_table_of_before_logs_had_numbers_is_one_log(path: Path, dataset: Dataset) -> None:
    """The engine of today may no longer replay the logs it was read from."""
    changed(path, dataset.table.drop_columns(["log"]))
    assert parquet.read(path)[0].table == dataset.table


def test_a_missing_feature_is_named(path: Path, dataset: Dataset) -> None:
    changed(path, dataset.table.drop_columns(["x_rating", "x_meal"]))
    with pytest.raises(TableError, match=r"columns are missing: x_meal, x_rating\. Write it again"):
        parquet.read(path)


def test_an_unknown_feature_is_named(path: Path, dataset: Dataset) -> None:
    ages = pa.array(np.zeros(len(dataset), np.float32))
    changed(path, dataset.table.append_column("x_age", ages))
    with pytest.raises(TableError, match="columns are unknown here: x_age"):
        parquet.read(path)


def test_another_type_is_named(path: Path, dataset: Dataset) -> None:
    at = dataset.table.column_names.index("x_rating")
    wide = dataset.table.column("x_rating").cast(pa.float64())
    changed(path, dataset.table.set_column(at, "x_rating", wide))
    with pytest.raises(TableError, match="x_rating is double, not float"):
        parquet.read(path)


@pytest.mark.parametrize("value", [np.inf, -np.inf, None])
def test_an_impossible_feature_is_refused(path: Path, dataset: Dataset, value: float) -> None:
    at = dataset.table.column_names.index("x_rating")
    column = pa.array([value, *dataset.table.column("x_rating").to_pylist()[1:]], pa.float32())
    changed(path, dataset.table.set_column(at, "x_rating", column))
    with pytest.raises(TableError, match="x_rating has values that are null or infinite"):
        parquet.read(path)


def test_an_impossible_propensity_is_refused(path: Path, dataset: Dataset) -> None:
    at = dataset.table.column_names.index("propensity")
    column = pa.array(np.zeros(len(dataset)))
    changed(path, dataset.table.set_column(at, "propensity", column))
    with pytest.raises(TableError, match="propensity is not a probability"):
        parquet.read(path)


def test_a_table_of_somebody_else_is_refused(path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(TableError, match=r"a\.parquet is not used: it was not written by gigmatch"):
        parquet.read(path)


@pytest.mark.parametrize(
    ("about", "problem"),
    [
        (b'{"version": 99, "sources": []}', "its version is 99, this gigmatch reads 1"),
        (b"{}", "its description has another form"),
    ],
)
def test_another_version_is_refused(
    path: Path, dataset: Dataset, about: bytes, problem: str
) -> None:
    pq.write_table(dataset.table.replace_schema_metadata({b"gigmatch": about}), path)
    with pytest.raises(TableError, match=problem):
        parquet.read(path)


def test_a_broken_file_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(TableError, match="it cannot be read"):
        parquet.read(path)


def test_a_log_and_its_table_make_the_same_release(tmp_path: Path) -> None:
    book = LogBook()
    live_through(book, seed=3, days=21)
    log, table = book.write(tmp_path / "log.jsonl"), tmp_path / "log.parquet"
    from_log = read_all([log], 1, rules_only)
    parquet.write(table, *from_log)
    from_table = read_all([table], 1, rules_only)
    assert from_table[1] == from_log[1]
    assert build(*from_table, "text") == build(*from_log, "text")


def test_too_little_data_says_what_is_missing(dataset: Dataset) -> None:
    few = dataset.take(np.arange(len(dataset)) < 150)
    with pytest.raises(TrainingError, match="90 offers with a known acceptance; 200 are needed"):
        build(few, (SOURCE,), "too few")
