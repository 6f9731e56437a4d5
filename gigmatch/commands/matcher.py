"""`gigmatch matcher`: matches the partitions that the consumer group gives this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from gigmatch.settings import Settings
    from matching.scorer import OpenScorer
    from models.registry import Registry


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def matcher() -> None:
        """Match: read market.events, answer on market.outcomes. Run as many as you like."""
        from events.topics import EVENTS
        from gigmatch.allocator import keep_memory_tight
        from gigmatch.logs import configure_logs
        from gigmatch.settings import Settings
        from gigmatch.spans import spans_of
        from models.registry import Registry
        from producers.publisher import Publisher
        from streams.drift import Drift
        from streams.service import PUBLISHING, MatcherService

        keep_memory_tight()
        settings = Settings()
        configure_logs(settings)
        registry = Registry(settings.releases)
        registry.require_sound()
        publisher = Publisher(
            settings.kafka,
            client_id="gigmatch-matcher",
            config=PUBLISHING,
        )
        drift = Drift(registry.reference)
        with scorers(settings, registry) as open_scorer:
            partitions = publisher.partitions(EVENTS)
            spans = spans_of(settings, "gigmatch-matcher")
            try:
                MatcherService(
                    settings, publisher, open_scorer, partitions, drift.on_offer, spans
                ).run()
            finally:
                if spans is not None:
                    spans.close()


@contextmanager
def scorers(settings: "Settings", registry: "Registry") -> "Iterator[OpenScorer]":
    """What opens releases, with a shadow beside them where the settings name one."""
    from gigmatch.releases import find
    from streams.shadow import Shadow

    if not settings.shadow_release:
        yield registry.open
        return
    candidate = registry.open(find(settings.shadow_release, registry))
    with Shadow(registry.open, candidate, settings.shadow_share) as shadow:
        yield shadow.open
