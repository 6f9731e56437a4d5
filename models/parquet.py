"""Decisions as Parquet files, with what they were read from; the same bits come back."""

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from events.phrases import translated
from gigmatch.errors import SaidError, in_each_language
from models.dataset import Dataset
from models.decisions import FEATURE_COLUMNS, SCHEMA
from models.manifest import LogSource

VERSION: Final = 1
_KEY: Final = b"gigmatch"
_MAGIC: Final = b"PAR1"


class TableError(SaidError):
    """A file is no table of decisions that this version can use; says why, and what to do."""

    def __init__(self, path: Path, problem: str, **details: object) -> None:
        """`problem` is its name in the translation table."""
        why = in_each_language(f"table.{problem}", **details)
        super().__init__("table.refused", file=path.name, problem=why)


class _About(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a file's metadata."""

    version: int
    sources: tuple[LogSource, ...]


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def write(path: Path, data: Dataset, sources: tuple[LogSource, ...]) -> None:
    """Write a data set; equal ones give equal bytes. Raises OSError."""
    about = msgspec.json.encode(_About(version=VERSION, sources=sources))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(data.table.replace_schema_metadata({_KEY: about}), path, compression="zstd")


def read(path: Path) -> tuple[Dataset, tuple[LogSource, ...]]:
    """A data set and the logs it was read from. Raises TableError, OSError."""
    try:
        table = pq.read_table(path)
    except pa.ArrowException as error:
        raise TableError(path, "unreadable", why=error) from None
    about = _about(path, table.schema)
    table = _numbered(table.replace_schema_metadata(None))
    _check_columns(path, table.schema)
    _check_values(path, table)
    return Dataset(table.select(SCHEMA.names)), about.sources


def _about(path: Path, schema: pa.Schema) -> _About:
    content = (schema.metadata or {}).get(_KEY)
    if content is None:
        raise TableError(path, "foreign")
    try:
        about = msgspec.json.decode(content, type=_About)
    except msgspec.DecodeError as error:
        raise TableError(path, "other_form", why=translated(str(error))) from None
    if about.version != VERSION:
        raise TableError(path, "version", version=about.version, known=VERSION)
    return about


def _numbered(table: pa.Table) -> pa.Table:
    """A table with the numbers of its logs; those of before they were kept are taken as of one."""
    if "log" in table.column_names:
        return table
    return table.append_column(SCHEMA.field("log"), pa.array(np.zeros(len(table), np.int32)))


def _check_columns(path: Path, schema: pa.Schema) -> None:
    missing = [name for name in SCHEMA.names if name not in schema.names]
    if missing:
        raise TableError(path, "missing", columns=", ".join(missing))
    unknown = [name for name in schema.names if name not in SCHEMA.names]
    if unknown:
        raise TableError(path, "unknown", columns=", ".join(unknown))
    for name in SCHEMA.names:
        found, wanted = schema.field(name).type, SCHEMA.field(name).type
        if found != wanted:
            raise TableError(path, "type", column=name, type=found, wanted=wanted)


def _check_values(path: Path, table: pa.Table) -> None:
    """Features may be missing (NaN), never infinite, and never null: NaN is how they miss."""
    for name in FEATURE_COLUMNS:
        column = table.column(name)
        if column.null_count or np.isinf(column.to_numpy()).any():
            raise TableError(path, "values", column=name)
    propensity = table.column("propensity").drop_null().to_numpy()
    if not ((propensity > 0.0) & (propensity <= 1.0)).all():
        raise TableError(path, "propensity")
