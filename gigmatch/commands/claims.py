"""`gigmatch claims`: what became of the wage claims of a week, for the county."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import misuse, say

if TYPE_CHECKING:
    from rich.table import Table

    from gigmatch.claim_report import ClaimBook, Report, Tally, Week


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Wage claims.", no_args_is_help=True)
    group.command()(report)
    app.add_typer(group, name="claims")


def report(
    file: Annotated[
        Path | None, typer.Argument(help="Log file; without it, the topic market.events.")
    ] = None,
    week: Annotated[
        str | None, typer.Option(help="A week in China as 2026-W48; default: the last whole one.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="County code, GB/T 2260; default: all of the log.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Claims opened, closed, on time, overdue, referred, with yuan and workers, by station.

    There is nobody's name or id in it.
    """
    import re

    import msgspec

    from gigmatch.claim_report import report as report_of

    if zone is not None and not re.fullmatch(r"[0-9]{6}", zone, re.ASCII):
        raise misuse("usage.zone", hint="--zone")
    chosen = _week(week)
    told = report_of(_book(file), chosen, zone)
    if as_json:
        typer.echo(msgspec.json.encode(told).decode())
    else:
        _show(told)


def _week(name: str | None) -> "Week":
    import time

    from gigmatch.claim_report import last_week, week_named

    if name is None:
        return last_week(time.time_ns() // 1_000_000)
    try:
        return week_named(name)
    except ValueError:
        raise misuse("usage.week", hint="--week", value=name) from None


def _book(file: Path | None) -> "ClaimBook":
    """The claims of a log file or of the topic."""
    from gigmatch.claim_report import ClaimBook
    from gigmatch.fold import open_log
    from gigmatch.progress import counting
    from gigmatch.settings import Settings

    shape, records = open_log(Settings().kafka, file)
    book = ClaimBook(shape.partitions)
    with counting(shape.records) as count:
        for record in records:
            count()
            book.read(record)
    return book


def _show(told: "Report") -> None:
    from gigmatch.tables import paper

    where = told.zone or say("claims.everywhere")
    typer.echo(say("claims.title", week=told.week, zone=where))
    paper().print(_table(told))


def _table(told: "Report") -> "Table":
    from rich.table import Table

    from gigmatch.tables import told as columns

    heads = ("station", "opened", "closed", "on_time", "overdue", "referred", "yuan", "workers")
    table = Table(*columns(*(say(f"claims.head.{head}") for head in heads)))
    for column in table.columns[1:]:
        column.justify = "right"
    for tally in told.stations:
        table.add_row(_named(tally.station_id), *_figures(tally))
    table.add_section()
    table.add_row(say("claims.total"), *_figures(told.total))
    return table


def _named(station_id: str) -> str:
    from gateway.places import known_station
    from gigmatch.settings import language_of_texts

    if not station_id:
        return say("claims.elsewhere")
    known = known_station(station_id)
    return station_id if known is None else f"{station_id} {known.name[language_of_texts()]}"


def _figures(tally: "Tally") -> tuple[str, ...]:
    counts = (tally.opened, tally.closed, tally.on_time, tally.overdue, tally.referred)
    return (*map(str, counts), f"{tally.amount_fen / 100:,.2f}", str(tally.workers))
