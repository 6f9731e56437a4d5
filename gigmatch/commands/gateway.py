"""`gigmatch gateway`: the HTTP server."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(gateway)


def gateway() -> None:
    """Serve the page of the town, the API and the live stream."""
    import uvicorn

    from gateway.app import create_app
    from gigmatch.logs import configure_logs
    from gigmatch.settings import Settings

    settings = Settings()
    configure_logs(settings)
    uvicorn.run(
        create_app(settings.redis),
        host=settings.http_host,
        port=settings.gateway_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
