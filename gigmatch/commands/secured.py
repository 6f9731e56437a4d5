"""`gigmatch secured` and `gigmatch access`: the secrets of an installation, and who may what."""

from pathlib import Path
from typing import Annotated

import typer

from gigmatch.commands._said import misuse, say


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command()(secured)
    app.command()(access)


def secured(
    folder: Annotated[Path, typer.Argument(help="Where to put them.")],
    host: Annotated[
        list[str] | None, typer.Option(help="A name or address of a server; may be repeated.")
    ] = None,
) -> None:
    """Make certificates, passwords and user lists for Kafka and Redis; what is there is kept."""
    from gigmatch.secured import make_secured

    made = make_secured(folder, host or ["127.0.0.1", "localhost"])
    for path in made:
        typer.echo(say("secured.made", path=path))
    if not made:
        typer.echo(say("secured.nothing", folder=folder))


def access(
    create: Annotated[bool, typer.Option("--create", help="Make the access lists.")] = False,
    user: Annotated[
        list[str] | None,
        typer.Option(help="station=station-05: a user of a role. Without: each role's own name."),
    ] = None,
) -> None:
    """Show what each role may in Kafka, or allow it to its users. Needs an administrator's user."""
    from rich.table import Table

    from gigmatch.reach import require_broker
    from gigmatch.roles import ROLES, ensure_access
    from gigmatch.settings import Settings
    from gigmatch.tables import paper, told

    users = [_user(one) for one in user or ROLES]
    if create:
        settings = Settings()
        require_broker(settings.kafka)
        count = ensure_access(settings.kafka, users)
        typer.echo(say("access.made", users=len(users), n=count))
        return
    heads = ("role", "reads", "writes", "groups", "watches")
    table = Table(*told(*(say(f"access.{head}") for head in heads)))
    for name, role in ROLES.items():
        columns = (role.reads, role.writes, role.groups, role.watches)
        table.add_row(name, *("\n".join(column) for column in columns))
    paper().print(table)


def _user(written: str) -> tuple[str, str]:
    """Role and user of `role=user` or `role`. Raises typer.BadParameter."""
    from gigmatch.roles import ROLES

    role, _, name = written.partition("=")
    if role not in ROLES:
        raise misuse("usage.role", hint="--user", value=role, known=", ".join(ROLES))
    return role, name or role
