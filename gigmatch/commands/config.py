"""`gigmatch config`: every setting, its value, and where it came from."""

from typing import Annotated

import typer

from gigmatch.commands._said import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(config)


def config(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every setting and where it comes from.

    Set one with GIGMATCH_<NAME> in the environment, or in the file gigmatch.env.
    """
    import msgspec
    from rich.table import Table

    from events.texts import table as texts
    from gigmatch.settings import Settings, described
    from gigmatch.tables import paper, told, typed

    # What programs read stays the same whoever looks.
    rows = described("en" if as_json else Settings().language)
    if as_json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    names = typed(say("config.setting"), [row["name"] for row in rows])
    others = (say(f"config.{name}") for name in ("value", "source", "description"))
    table = Table(names, *told(*others))
    for row in rows:
        known = f"config.source.{row['source']}"
        source = say(known) if known in texts() else row["source"]  # or the name of a file
        table.add_row(row["name"], row["value"], source, row["description"])
    paper().print(table)
