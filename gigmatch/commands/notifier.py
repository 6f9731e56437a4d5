"""`gigmatch notifier`: tells workers what they are offered, by the channels they chose."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(notifier)


def notifier() -> None:
    """Tell workers of offers: page, SMS, webhook, screen, call list; several share the work."""
    import asyncio
    import signal

    from gigmatch.health import HealthServer
    from gigmatch.logs import configure_logs
    from gigmatch.reaching import contacts_of
    from gigmatch.settings import Settings
    from gigmatch.spans import spans_of
    from producers.publisher import Publisher
    from streams.notifier.bootstrap import adapters_of, rules_of
    from streams.notifier.service import Notifier

    settings = Settings()
    configure_logs(settings)

    async def run() -> None:
        asked_to_stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
        spans = spans_of(settings, "gigmatch-notifier")
        adapters = adapters_of(settings, spans)
        rules, contacts = rules_of(settings, adapters), contacts_of(settings)
        sink = Publisher(settings.kafka, client_id="gigmatch-notifier")
        running = Notifier(settings, sink, rules, adapters, contacts, spans)
        health = HealthServer(
            settings.metrics_port,
            settings.http_host,
            lambda: (not running.trouble, running.trouble),
        )
        health.start()
        try:
            await running.run(asked_to_stop)
        finally:
            health.stop()
            sink.close()
            if spans is not None:
                spans.close()

    asyncio.run(run())
