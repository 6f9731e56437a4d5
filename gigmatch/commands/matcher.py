"""`gigmatch matcher`: matches the partitions that the consumer group gives this process."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def matcher() -> None:
        """Match: read market.events, answer on market.outcomes. Run as many as you like."""
        from events.topics import EVENTS
        from gigmatch.logs import configure_logs
        from gigmatch.settings import Settings
        from models.registry import Registry
        from producers.publisher import Publisher
        from streams.service import MatcherService

        settings = Settings()
        configure_logs(settings)
        publisher = Publisher(
            settings.kafka,
            client_id="gigmatch-matcher",
            # An outcome that was not delivered while a later one was would be lost for good.
            config={"enable.gapless.guarantee": True},
        )
        registry = Registry(settings.releases)
        MatcherService(settings, publisher, registry.open, publisher.partitions(EVENTS)).run()
