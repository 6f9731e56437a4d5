"""`gigmatch projector`: writes what happens in the markets into Redis, for the pages."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(projector)


def projector() -> None:
    """Project events and outcomes into the read model in Redis; a second one is a spare."""
    import signal
    import threading

    from gigmatch.health import HealthServer
    from gigmatch.logs import configure_logs
    from gigmatch.settings import Settings
    from streams.projector import Projector

    settings = Settings()
    configure_logs(settings)
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    running = Projector(settings)
    health = HealthServer(
        settings.metrics_port, settings.http_host, lambda: (not running.trouble, running.trouble)
    )
    health.start()
    try:
        running.run(asked_to_stop)
    finally:
        running.close()
        health.stop()
