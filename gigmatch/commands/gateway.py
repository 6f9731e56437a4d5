"""`gigmatch gateway`: the HTTP server."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(gateway)


def gateway() -> None:
    """Serve the page of the town, the API of stations, workers and operators, the live stream."""
    import asyncio
    import signal
    from types import FrameType

    import uvicorn

    from gateway.app import create_app
    from gateway.heard import Heard
    from gateway.parts import now_ms
    from gigmatch.following import Follower
    from gigmatch.gateway_wishes import gateway_wishes, store_of
    from gigmatch.http_server import config_of
    from gigmatch.letter_desk import LetterDesk
    from gigmatch.logs import configure_logs
    from gigmatch.settings import Settings
    from gigmatch.spans import spans_of
    from producers.desk import Desk

    settings = Settings()
    configure_logs(settings)
    desk = Desk(settings.kafka, client_id="gigmatch-gateway")
    letters = LetterDesk(settings.kafka)
    spans = spans_of(settings, "gigmatch-gateway")
    app = create_app(gateway_wishes(settings, store_of(settings), desk, letters, spans))
    parts = app.state.parts
    follower = Follower(
        settings.kafka,
        parts.contacts,
        parts.said,
        parts.passes,
        Heard(parts.wishes.store, now_ms),
        longest_s=parts.wishes.longest_s,
    )

    class Server(uvicorn.Server):
        """Ends the live streams when asked to stop, so that nobody waits for them.

        Does not raise the signal again, as uvicorn does: that would end the process before what
        `serve` closes after it.
        """

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            parts.live.close_soon()
            self.force_exit = self.should_exit and sig == signal.SIGINT
            self.should_exit = True

    async def serve() -> None:
        following = asyncio.create_task(follower.run())
        try:
            await Server(config_of(app, settings)).serve()
        finally:
            follower.stop()
            await following
            await parts.wishes.store.close()
            await desk.close()
            if spans is not None:
                spans.close()

    asyncio.run(serve())
