"""`gigmatch projector` and `gigmatch rebuild`: the read model in Redis."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command()(projector)
    app.command()(rebuild)


def projector() -> None:
    """Keep the read model in Redis up to date."""
    import signal
    import threading

    from redis import Redis

    from gigmatch.health import HealthServer
    from gigmatch.logs import configure_logs
    from gigmatch.settings import Settings
    from streams.projector import Projector

    settings = Settings()
    configure_logs(settings)
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    redis = Redis.from_url(settings.redis)
    running = Projector(settings.kafka, redis, settings.fetch_wait_ms)
    health = HealthServer(
        settings.metrics_port,
        settings.http_host,
        lambda: (not running.trouble, running.trouble),
    )
    health.start()
    try:
        running.run(asked_to_stop)
    finally:
        health.stop()


def rebuild(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Empty the read model and project the whole log again. Safe at any time."""
    import msgspec
    from redis import Redis
    from rich.console import Console
    from rich.progress import Progress

    from gigmatch.settings import Settings
    from streams.projector import rebuild as rebuild_model

    settings = Settings()
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("rebuilding", total=None)
        count = rebuild_model(
            settings.kafka,
            Redis.from_url(settings.redis),
            lambda done, total: progress.update(bar, completed=done, total=total),
        )
    told = {"records": count}
    typer.echo(msgspec.json.encode(told).decode() if as_json else f"{count} records projected")
