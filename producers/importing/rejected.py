"""The rows that were not published, each with its reasons, beside the file they came from."""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from producers.importing.rows import Row, Table

PROBLEM: Final = "问题 problem"
LINE: Final = "原文 line"
MARK: Final = ".rejected"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_rejected(source: Path, table: Table, why: Mapping[int, Sequence[str]]) -> Path:
    """Write the rows with problems, in the form of the file, ready to be mended and imported.

    What an earlier import left there is kept: the new file gets a number. Returns its path. Raises
    OSError.
    """
    rows = [row for row in table.rows if row.number in why]
    as_lines = source.suffix.lower() in (".jsonl", ".ndjson", ".json", ".jsonld")
    content = _lines(rows, why) if as_lines else _sheet(table.headings, rows, why)
    stem, suffix = source.stem.removesuffix(MARK), ".jsonl" if as_lines else ".csv"
    for number in count(1):
        mark = MARK if number == 1 else f"{MARK}-{number}"
        path = source.with_name(f"{stem}{mark}{suffix}")
        if path == source:
            continue
        if not path.exists():
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(content)
            part.replace(path)
            return path
        if path.read_bytes() == content:
            return path
    raise AssertionError("numbers end")


def unguarded(cell: str) -> str:
    """A cell as it was before `_guarded`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _guarded(cell: str) -> str:
    """A cell that Excel takes for text and never for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _sheet(headings: list[str], rows: list[Row], why: Mapping[int, Sequence[str]]) -> bytes:
    """CSV as Excel opens it."""
    kept = [name for name in headings if name != PROBLEM]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    has_raw = any(row.raw for row in rows)
    writer.writerow([*map(_guarded, kept), PROBLEM, *([LINE] if has_raw else [])])
    for row in rows:
        cells = [_guarded(row.cells.get(name, "")) for name in kept]
        raw = [_guarded(row.raw)] if has_raw else []
        writer.writerow([*cells, " ".join(why[row.number]), *raw])
    return out.getvalue().encode("utf-8-sig", errors="replace")


def _lines(rows: list[Row], why: Mapping[int, Sequence[str]]) -> bytes:
    written = [
        {**row.cells, **({LINE: row.raw} if row.raw else {}), PROBLEM: " ".join(why[row.number])}
        for row in rows
    ]
    return b"".join(msgspec.json.encode(one) + b"\n" for one in written)
