"""`gigmatch top`: the essentials of a running system, in a terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gigmatch.figures.monitor import Monitor
    from gigmatch.settings import Settings


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
    from gigmatch.logs import configure_for_people
    from gigmatch.settings import Settings

    settings = Settings()
    configure_for_people(settings)
    monitor = monitor_of(settings)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watch(monitor, settings, once, as_json=as_json))


async def _watch(monitor: "Monitor", settings: "Settings", once: bool, *, as_json: bool) -> None:
    import asyncio

    import msgspec
    from rich.console import Console
    from rich.live import Live

    from gigmatch.figures.screen import screen

    every_s, language = settings.scrape_s, settings.language
    try:
        await monitor.look()
        if as_json or once:
            while True:
                await asyncio.sleep(every_s)
                await monitor.look()
                if as_json:
                    typer.echo(msgspec.json.encode(monitor.figures()).decode())
                else:
                    Console().print(screen(monitor.figures(), language))
                if once:
                    return
        first = screen(monitor.figures(), language)
        with Live(first, console=Console(), screen=True) as live:
            while True:
                await asyncio.sleep(every_s)
                await monitor.look()
                live.update(screen(monitor.figures(), language))
    finally:
        await monitor.close()
