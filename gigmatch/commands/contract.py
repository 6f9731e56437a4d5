"""`gigmatch contract`: writes the contract's files from the types, or says which are stale."""

from pathlib import Path
from typing import Annotated

import typer

from gigmatch.commands._said import say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def contract(
        folder: Annotated[Path, typer.Option(help="The checkout to write into.")] = Path(),
        check: Annotated[
            bool, typer.Option("--check", help="Write nothing; fail when a file is stale.")
        ] = False,
    ) -> None:
        """Write asyncapi.yaml, openapi.yaml, contract/schemas/ and examples/ from the types."""
        try:
            from events.contract import stale
            from gigmatch.contract_files import files
        except ModuleNotFoundError as missing:
            typer.echo(say("contract.missing", name=missing.name), err=True)
            raise typer.Exit(2) from None

        if check:
            names = stale(folder, files())
            for name in names:
                typer.echo(say("contract.stale", name=name), err=True)
            raise typer.Exit(1 if names else 0)
        written = files()
        for name, text in written.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name in stale(folder, written):  # what is left belongs to no type any more
            (folder / name).unlink()
        typer.echo(say("contract.written", n=len(written)))
