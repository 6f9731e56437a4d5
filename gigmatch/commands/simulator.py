"""`gigmatch simulator`: the simulated town, live, against a broker."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulator)


def simulator(
    speed: Annotated[float, typer.Option(min=0.01, help="Simulated seconds a second.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Who lives in the town.")] = 1,
    start: Annotated[
        str | None, typer.Option(help="Simulated start, with offset; default: now.")
    ] = None,
    days: Annotated[float | None, typer.Option(help="Stop after so many simulated days.")] = None,
) -> None:
    """Publish a simulated town's postings, availability and answers, and the market's clock."""
    import signal
    import threading
    import time

    from events.envelope import parse_time
    from gigmatch.health import HealthServer
    from gigmatch.logs import configure_logs
    from gigmatch.settings import Settings
    from producers.simulator.live import LiveTown
    from producers.simulator.simulation import TownSimulation

    settings = Settings()
    configure_logs(settings)
    begin = time.time_ns() // 1_000_000 if start is None else parse_time(start, "--start")
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    town = LiveTown(settings.kafka, TownSimulation(seed, begin), start=begin, speed=speed)
    health = HealthServer(
        settings.metrics_port,
        settings.http_host,
        lambda: (town.is_running, "the town has not begun yet"),
    )
    health.start()
    try:
        town.run(asked_to_stop, days)
    finally:
        health.stop()
