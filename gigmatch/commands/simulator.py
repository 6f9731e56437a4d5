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
        str | None,
        typer.Option(
            help="Simulated start, with offset; default: now, or the log's clock if later."
        ),
    ] = None,
    days: Annotated[float | None, typer.Option(help="Stop after so many simulated days.")] = None,
) -> None:
    """Publish a simulated town's postings, availability and answers, and the market's clock."""
    import signal
    import threading
    import time

    import structlog

    from events.envelope import format_time, parse_time
    from gigmatch.health import HealthServer
    from gigmatch.logs import configure_logs
    from gigmatch.settings import Settings
    from producers.simulator.live import LiveTown, clock_of_log
    from producers.simulator.simulation import TownSimulation

    settings = Settings()
    configure_logs(settings)
    begin = time.time_ns() // 1_000_000 if start is None else parse_time(start, "--start")
    if begin < (latest := clock_of_log(settings.kafka)):
        structlog.get_logger().warning(
            "the log's clock is ahead: the town begins there", clock=format_time(latest)
        )
        begin = latest
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    town = LiveTown(
        settings.kafka,
        TownSimulation(seed, begin),
        start=begin,
        speed=speed,
        trace_share=settings.sampled_share,
    )
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
