"""`gigmatch projector`: writes what happens in the markets into Redis, for the pages."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(projector)


def projector() -> None:
    """Project events, outcomes and notifications into Redis; a second one is a spare."""
    import signal
    import threading

    from gigmatch.health import HealthServer
    from gigmatch.logs import configure_logs
    from gigmatch.settings import Settings
    from gigmatch.spans import spans_of
    from streams.notice_projector import NoticeProjector
    from streams.projector import Projector

    settings = Settings()
    configure_logs(settings)
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    spans = spans_of(settings, "gigmatch-projector")
    running, notices = Projector(settings, spans), NoticeProjector(settings, spans)

    def state() -> tuple[bool, str]:
        if not beside.is_alive():
            return False, "the thread of the notices has ended"
        trouble = running.trouble or notices.trouble
        return not trouble, trouble

    beside = threading.Thread(target=notices.run, args=(asked_to_stop,), name="notices")
    health = HealthServer(settings.metrics_port, settings.http_host, state)
    beside.start()
    health.start()
    try:
        running.run(asked_to_stop)
    finally:
        asked_to_stop.set()
        beside.join()
        notices.close()
        running.close()
        health.stop()
        if spans is not None:
            spans.close()
