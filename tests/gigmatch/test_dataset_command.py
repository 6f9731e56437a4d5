"""`gigmatch dataset` as a person types it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from gigmatch.commands.dataset import register
from gigmatch.errors import UserError
from models import parquet
from models.dataset import together
from tests.models.logbook import LogBook, live_through


def run(*arguments: object) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("logs")
    books = [LogBook(), LogBook()]
    for seed, book in enumerate(books):
        live_through(book, seed=seed, days=3)
    return [book.write(folder / f"{seed}.jsonl") for seed, book in enumerate(books)]


def test_each_log_becomes_a_table_in_a_folder(logs: list[Path], tmp_path: Path) -> None:
    told = run(*logs, "--out", tmp_path / "tables", "--json").stdout.splitlines()
    for line, log in zip(map(json.loads, told), logs, strict=True):
        data, (source,) = parquet.read(tmp_path / "tables" / f"{log.stem}.parquet")
        assert line["offers"] == len(data) > 50
        assert line["answered"] == source.offers == len(data.answered())


def test_all_logs_become_one_table_in_a_file(logs: list[Path], tmp_path: Path) -> None:
    assert run(*logs, "--out", tmp_path / "one.parquet").exit_code == 0
    run(*logs, "--out", tmp_path)
    parts = [parquet.read(tmp_path / f"{log.stem}.parquet") for log in logs]
    data, sources = parquet.read(tmp_path / "one.parquet")
    assert data.table == together([part for part, _ in parts]).table
    assert sources == tuple(source for _, (source,) in parts)


def test_two_logs_of_one_name_are_not_written_over_each_other(
    logs: list[Path], tmp_path: Path
) -> None:
    again = tmp_path / logs[0].name
    again.write_bytes(logs[1].read_bytes())
    refused = run(logs[0], again, "--out", tmp_path / "tables")
    assert isinstance(refused.exception, UserError)
    assert "have the same name" in str(refused.exception)


def test_what_is_no_log_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("hello\n")
    refused = run(tmp_path / "a.jsonl", "--out", tmp_path)
    assert isinstance(refused.exception, UserError)
    assert "a.jsonl, line 1, is not a record" in str(refused.exception)
