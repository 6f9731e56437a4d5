"""The contract's files in the checkout are those of the types."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from events.codec import FACT_TYPES, decode_fact
from events.contract import example_file, stale
from events.examples import FACTS
from gigmatch.commands import contract
from gigmatch.contract_files import files


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.callback()(lambda: None)
    contract.register(made)
    return made


def test_nothing_is_stale() -> None:
    assert stale(Path(), files()) == [], "run `make contract`"


@pytest.mark.parametrize("name", sorted(FACT_TYPES))
def test_the_example_of_every_fact_is_taken(name: str) -> None:
    data = (Path("examples") / example_file(name)).read_bytes()
    assert decode_fact(f"{name}.v1", data) == FACTS[name]


def test_the_command_writes_what_is_missing_and_removes_what_is_left_over(
    app: typer.Typer, tmp_path: Path
) -> None:
    run = CliRunner(env={"GIGMATCH_LANGUAGE": "en"}).invoke
    old = tmp_path / "contract/schemas/job.praised.v1.json"
    old.parent.mkdir(parents=True)
    old.write_text("{}")
    checked = run(app, ["contract", "--check", "--folder", str(tmp_path)])
    assert checked.exit_code == 1
    assert "stale: asyncapi.yaml; run `gigmatch contract`" in checked.output
    assert "stale: contract/schemas/job.praised.v1.json" in checked.output
    assert not (tmp_path / "asyncapi.yaml").exists()

    assert run(app, ["contract", "--folder", str(tmp_path)]).exit_code == 0
    assert not old.exists()
    assert stale(tmp_path, files()) == []
    assert run(app, ["contract", "--check", "--folder", str(tmp_path)]).exit_code == 0


def test_an_edited_file_is_stale(tmp_path: Path) -> None:
    for name, text in files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "examples/job.json").write_text("{}")
    assert stale(tmp_path, files()) == ["examples/job.json"]
