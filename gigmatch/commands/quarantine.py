"""`gigmatch quarantine`: stations whose records are refused unread, and their release."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import misuse, say

if TYPE_CHECKING:
    from gateway.answers.operations import Released
    from gigmatch.figures.types import Figures
    from gigmatch.settings import Settings

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
    from gigmatch.logs import configure_for_people
    from gigmatch.settings import Settings

    settings = Settings()
    configure_for_people(settings)
    figures = asyncio.run(_figures(settings))
    _require_matcher(figures)
    held = figures.quarantine
    if as_json:
        typer.echo(msgspec.json.encode(held).decode())
        return
    if not held:
        typer.echo(say("quarantine.none"), err=True)
    for one in held:
        typer.echo(say("quarantine.since", station=one.station_id, at=clock(one.since)))


def release(station: Station, as_json: AsJson = False) -> None:
    """Look at what a station sends again; then `gigmatch dead-letters replay --code quarantined`.

    It is in the audit before it happens.
    """
    import re

    import msgspec

    from events.values import STATION
    from gigmatch.logs import configure_for_people
    from gigmatch.reach import require_broker
    from gigmatch.settings import Settings

    if not re.fullmatch(STATION, station):
        raise misuse("usage.station")
    settings = Settings()
    configure_for_people(settings)
    require_broker(settings.kafka)
    if settings.scrape:
        _require_held(asyncio.run(_figures(settings)), station)
    released = asyncio.run(_release(settings.kafka, station))
    if as_json:
        typer.echo(msgspec.json.encode(released).decode())
    else:
        typer.echo(say("quarantine.released", station=station, n=released.partitions))


def _require_matcher(figures: "Figures") -> None:
    """Raise UserError when no matcher answers: nobody else knows who is in quarantine."""
    from gigmatch.errors import SaidError

    if not any(one.name == "matcher" and one.up for one in figures.processes):
        raise SaidError("quarantine.no_matcher")


def _require_held(figures: "Figures", station: str) -> None:
    """Raise UserError for a station that is in no quarantine, where every matcher says so."""
    from gigmatch.errors import SaidError

    matchers = [one for one in figures.processes if one.name == "matcher"]
    is_known = bool(matchers) and all(one.up for one in matchers)
    if is_known and station not in {one.station_id for one in figures.quarantine}:
        raise SaidError("quarantine.not_held", station=station)


async def _figures(settings: "Settings") -> "Figures":
    from gigmatch.figures.monitor import monitor_of

    monitor = monitor_of(settings)
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
