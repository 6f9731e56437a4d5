"""What an import came to, as a clerk reads it and as a machine does."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import typer
from rich.console import Console
from rich.table import Table as ShownTable
from rich.text import Text

from events.rejections import Rejection
from events.texts import text
from gigmatch.errors import system_says
from producers.importing.plan import Plan
from producers.importing.reading import Reading
from producers.importing.rejected import write_rejected
from producers.importing.rows import Problem, Table

MOST_TOLD = 200
"""More problems than this are only counted in a terminal; --json and the file have all."""


def reasons(problems: list[Problem], language: str) -> dict[int, list[str]]:
    """What is wrong with each row, in words; nothing of notes and of the file."""
    why: dict[int, list[str]] = {}
    for problem in problems:
        if problem.row and not problem.is_note:
            why.setdefault(problem.row, []).append(problem.why.reason(language))
    return why


def counts_of(reading: Reading, plan: Plan, rejected: int) -> dict[str, int]:
    """The rows of a file counted by what becomes of them."""
    return {
        "rows": len(reading.table.rows),
        "new": plan.new,
        "changed": plan.changed,
        "replaced": plan.replaced,
        "unchanged": plan.unchanged,
        "closed": plan.closed,
        "missing": plan.missing,
        "rejected": rejected,
    }


def set_aside(
    file: Path, table: Table, why: Mapping[int, list[str]], problems: list[Problem]
) -> Path | None:
    """Write the bad rows beside the file they came from, and return where.

    None where nothing can be written, which is one problem more: the good rows are published.
    """
    try:
        return write_rejected(file, table, why)
    except OSError as error:
        wrong = Rejection("rejected_unwritable", value=str(file.parent), what=system_says(error))
        problems.insert(0, Problem(0, "", wrong))
        return None


def tell(
    counts: Mapping[str, int],
    problems: list[Problem],
    rejected: Path | None,
    language: str,
    *,
    published: bool,
    as_json: bool,
) -> None:
    """Print the problems as a table and the counts in a line, or all of it as JSON.

    `rejected` is the file that bad rows went to.
    """
    if as_json:
        told = {
            "published": published,
            **counts,
            "rejected_file": None if rejected is None else str(rejected),
            "problems": [_as_json(problem, language) for problem in problems],
        }
        typer.echo(msgspec.json.encode(told).decode())
        return
    _print_table(problems, language)
    said = "  ".join(f"{text(f'import.{name}', language)} {n}" for name, n in counts.items())
    typer.echo(said)
    if rejected is not None:
        typer.echo(text("import.rejected_file", language, path=rejected))
    if not published:
        typer.echo(text("import.dry", language))


def _as_json(problem: Problem, language: str) -> dict[str, object]:
    return {
        "row": problem.row or None,
        "column": problem.column,
        "level": "note" if problem.is_note else "error",
        "code": problem.why.code,
        "why": problem.why.reason(language),
    }


def _print_table(problems: list[Problem], language: str) -> None:

    if not problems:
        return
    names = [text(f"import.{name}", language) for name in ("row", "column", "level", "why")]
    table = ShownTable(*names[:-1])
    table.add_column(names[-1], overflow="fold")
    for problem in problems[:MOST_TOLD]:
        level = text("import.note" if problem.is_note else "import.error", language)
        cells = (str(problem.row or ""), problem.column, level, problem.why.reason(language))
        table.add_row(*map(Text, cells))  # as text: a cell of the file is no markup
    console = Console(stderr=True)
    console.print(table)
    if len(problems) > MOST_TOLD:
        console.print(text("import.more", language, count=len(problems) - MOST_TOLD))
