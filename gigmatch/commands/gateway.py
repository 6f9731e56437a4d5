"""`gigmatch gateway`: the HTTP server."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(gateway)


def gateway() -> None:
    """Serve the page of the town, the API and the live stream."""
    from types import FrameType

    import uvicorn

    from gateway.app import create_app
    from gigmatch.logs import configure_logs
    from gigmatch.settings import Settings

    settings = Settings()
    configure_logs(settings)
    app = create_app(settings.redis)

    class Server(uvicorn.Server):
        """Ends the live streams when asked to stop, so that nobody waits for them."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            app.state.gateway.live.close_soon()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.gateway_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    Server(config).run()
