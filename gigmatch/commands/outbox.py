"""`gigmatch outbox`: keeps a station's facts on disk and publishes them when the network allows."""

from pathlib import Path
from typing import Annotated

import typer

from gigmatch.commands._said import misuse


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(outbox)


def outbox(
    station: Annotated[str, typer.Option(help="The station that speaks, such as 511181-05.")],
    data: Annotated[Path, typer.Option(help="File that keeps the facts.", dir_okay=False)],
    zone: Annotated[
        str | None, typer.Option(help="Its zone, to be compared with its name.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="HTTP port; else GIGMATCH_OUTBOX_PORT.")
    ] = None,
) -> None:
    """Take a station's facts over HTTP, on disk before the answer; publish them in order.

    POST /facts takes one fact as JSON; GET /status, /queue, /healthz and /metrics show how it is.
    """
    from gigmatch.errors import SaidError
    from gigmatch.logs import configure_logs
    from gigmatch.settings import Settings
    from producers.outbox.process import serve
    from producers.outbox.station import Station

    settings = Settings()
    try:
        who = Station.parse(station, zone)
    except SaidError as error:
        raise misuse(error.key, hint="--station", **error.details) from None
    configure_logs(settings)
    try:
        serve(who, data, settings.outbox_port if port is None else port, settings)
    except FileNotFoundError as error:
        if error.filename is None or Path(error.filename) != data:
            raise
        # The system says so of a file that is being made, too, where none can be.
        why = "outbox_not_made" if data.parent.is_dir() else "outbox_no_folder"
        raise SaidError(f"error.{why}", path=data, folder=data.parent) from None
