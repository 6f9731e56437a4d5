"""`gigmatch limits`: what the law allows in a zone on a day, and where it says so."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import misuse

if TYPE_CHECKING:
    from rich.table import Table

    from matching.limits import Limit

SAMPLE_ZONE = "511181"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(limits)


def limits(
    place: Annotated[
        str | None, typer.Argument(metavar="ZONE", help="County code, GB/T 2260: 511181.")
    ] = None,
    zone: Annotated[str, typer.Option(help="The same as an option.")] = SAMPLE_ZONE,
    at: Annotated[
        str | None, typer.Option(help="A day in China as 2027-03-15; default: today.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The limits that the market keeps to, each with its source; * marks an assumption."""
    import re

    import msgspec

    from gigmatch.settings import Settings
    from gigmatch.tables import paper
    from matching.limits import limits as limits_of

    zone = place or zone
    if not re.fullmatch(r"[0-9]{6}", zone, re.ASCII):
        raise misuse("usage.zone", hint="ZONE")
    found = limits_of(zone, _noon_in_china(at)).in_force
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        paper().print(_table(found, Settings().language))


def _table(found: "Iterable[Limit]", language: str) -> "Table":
    from rich.table import Table

    from events.texts import text
    from gigmatch.tables import told

    heads = ("limit", "value", "zone", "since", "source")
    table = Table(*told(*(text(f"limits.head.{head}", language) for head in heads)))
    for limit in found:
        name = text(f"limits.kind.{limit.kind}", language)
        if limit.scope:
            name += f" ({text(f'limits.scope.{limit.scope}', language)})"
        number = f"{limit.value / 100:g}" if limit.unit == "fen" else limit.value
        table.add_row(
            f"{name}*" if limit.assumed else name,
            text(f"limits.unit.{limit.unit}", language, n=number),
            limit.zone,
            limit.since.isoformat(),
            limit.source[language],
        )
    return table


def _noon_in_china(day: str | None) -> int:
    """UTC milliseconds of noon on a day, or of this moment."""
    from datetime import UTC, date, datetime

    from matching.days import HOUR_MS

    if day is None:
        return int(datetime.now(UTC).timestamp() * 1000)
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        raise misuse("usage.day", hint="--at", value=day) from None
    midnight = datetime(chosen.year, chosen.month, chosen.day, tzinfo=UTC)
    return int(midnight.timestamp() * 1000) + 4 * HOUR_MS
