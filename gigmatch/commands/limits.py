"""`gigmatch limits`: what the law allows in a zone on a day, and where it says so."""

from typing import Annotated

import typer

SAMPLE_ZONE = "511181"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(limits)


def limits(
    zone: Annotated[str, typer.Option(help="County code, GB/T 2260.")] = SAMPLE_ZONE,
    at: Annotated[
        str | None, typer.Option(help="A day in China as 2027-03-15; default: today.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The limits that the market keeps to, each with its source; * marks an assumption."""
    import re

    import msgspec
    from rich.console import Console
    from rich.table import Table

    from matching.limits import limits as limits_of

    if not re.fullmatch(r"[0-9]{6}", zone):
        raise typer.BadParameter("a zone is six digits, such as 511181", param_hint="--zone")
    found = limits_of(zone, _noon_in_china(at)).in_force
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table("limit", "value", "zone", "since", "source")
    for limit in found:
        name = f"{limit.kind}, {limit.scope}" if limit.scope else limit.kind
        table.add_row(
            f"{name}*" if limit.assumed else name,
            f"{limit.value} {limit.unit}",
            limit.zone,
            limit.since.isoformat(),
            limit.source["en"],
        )
    Console().print(table)


def _noon_in_china(day: str | None) -> int:
    """UTC milliseconds of noon on a day, or of this moment."""
    from datetime import UTC, date, datetime

    from matching.days import HOUR_MS

    if day is None:
        return int(datetime.now(UTC).timestamp() * 1000)
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        raise typer.BadParameter(
            f"`{day}` is no day such as 2027-03-15", param_hint="--at"
        ) from None
    midnight = datetime(chosen.year, chosen.month, chosen.day, tzinfo=UTC)
    return int(midnight.timestamp() * 1000) + 4 * HOUR_MS
