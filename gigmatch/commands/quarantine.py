"""`gigmatch quarantine`: stations whose records are refused unread, and their release."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.answers.operations import Released
    from gigmatch.figures.types import Figures

Station = Annotated[str, typer.Argument(help="The station, as `list` shows it: 511181-05.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Stations that send only garbage.", no_args_is_help=True)
    group.command("list")(list_stations)
    group.command()(release)
    app.add_typer(group, name="quarantine")


def list_stations(as_json: AsJson = False) -> None:
    """Stations in quarantine, by the matchers that GIGMATCH_SCRAPE names."""
    import msgspec

    from gigmatch.figures.screen import clock

    held = asyncio.run(_figures()).quarantine
    if as_json:
        typer.echo(msgspec.json.encode(held).decode())
        return
    for one in held:
        typer.echo(f"{one.station_id}  since {clock(one.since)}")


def release(station: Station, as_json: AsJson = False) -> None:
    """Look at what a station sends again; then `gigmatch dead-letters replay --code quarantined`.

    It is in the audit before it happens.
    """
    import re

    import msgspec

    from events.values import STATION
    from gigmatch.reach import require_broker
    from gigmatch.settings import Settings

    if not re.fullmatch(STATION, station):
        raise typer.BadParameter("write a station as 511181-05")
    settings = Settings()
    require_broker(settings.kafka)
    released = asyncio.run(_release(settings.kafka, station))
    if as_json:
        typer.echo(msgspec.json.encode(released).decode())
    else:
        typer.echo(f"{station} is looked at again, in {released.partitions} partitions")


async def _figures() -> "Figures":
    from gigmatch.figures.monitor import monitor_of
    from gigmatch.settings import Settings

    monitor = monitor_of(Settings())
    try:
        await monitor.look()
        return monitor.figures()
    finally:
        await monitor.close()


async def _release(bootstrap: str, station: str) -> "Released":
    from gateway.routes.quarantine import release as release_station
    from gigmatch.noting import AT_THE_COMMAND_LINE, desk_with_audit

    async with desk_with_audit(bootstrap, "gigmatch-quarantine") as (publishing, audit):
        await audit.record(AT_THE_COMMAND_LINE, "station_released", subject=station)
        return await release_station(publishing, station)
