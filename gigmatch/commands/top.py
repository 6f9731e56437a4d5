"""`gigmatch top`: the essentials of a running system, in a terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gigmatch.figures.monitor import Monitor


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(top)


def top(
    once: Annotated[bool, typer.Option("--once", help="Look twice, print, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, no tables.")] = False,
) -> None:
    """Processes, lag, latencies, dead letters, stations: what the operators' page shows.

    The figures are read from the /metrics of the processes that GIGMATCH_SCRAPE names. Rates need
    two looks, GIGMATCH_SCRAPE_S apart.
    """
    import asyncio
    import contextlib

    from gigmatch.figures.monitor import monitor_of
    from gigmatch.settings import Settings

    settings = Settings()
    monitor = monitor_of(settings)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watch(monitor, settings.scrape_s, once, as_json=as_json))


async def _watch(monitor: "Monitor", every_s: float, once: bool, *, as_json: bool) -> None:
    import asyncio

    import msgspec
    from rich.console import Console
    from rich.live import Live

    from gigmatch.figures.screen import screen

    try:
        await monitor.look()
        if as_json or once:
            while True:
                await asyncio.sleep(every_s)
                await monitor.look()
                if as_json:
                    typer.echo(msgspec.json.encode(monitor.figures()).decode())
                else:
                    Console().print(screen(monitor.figures()))
                if once:
                    return
        with Live(screen(monitor.figures()), console=Console(), screen=True) as live:
            while True:
                await asyncio.sleep(every_s)
                await monitor.look()
                live.update(screen(monitor.figures()))
    finally:
        await monitor.close()
