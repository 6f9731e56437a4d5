"""`gigmatch config`: every setting, its value, and where it came from."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(config)


def config(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every setting and where it comes from.

    Set one with GIGMATCH_<NAME> in the environment, or in the file gigmatch.env.
    """
    import msgspec
    from rich.table import Table

    from gigmatch.settings import described
    from gigmatch.tables import paper, told, typed

    rows = described()
    if as_json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    names = typed("setting", [row["name"] for row in rows])
    table = Table(names, *told("value", "from", "what it is"))
    for row in rows:
        table.add_row(row["name"], row["value"], row["source"], row["description"])
    paper().print(table)
