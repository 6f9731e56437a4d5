"""`gigmatch outbox`: keeps a station's facts on disk and publishes them when the network allows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import misuse

if TYPE_CHECKING:
    from producers.outbox.process import Counter


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
    gateway: Annotated[
        str | None,
        typer.Option(
            help="Address of the gateway: serve the station's terminal, too, at /station; "
            "else GIGMATCH_OUTBOX_GATEWAY."
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            dir_okay=False,
            help="File with the station's key, for nobody else to read; "
            "else GIGMATCH_OUTBOX_KEY_FILE.",
        ),
    ] = None,
) -> None:
    """Take a station's facts over HTTP, on disk before the answer; publish them in order.

    POST /facts takes one fact as JSON; GET /status, /queue, /healthz and /metrics show how it is.
    With --gateway the station's terminal is at /station: what a clerk does there is on disk before
    it goes to the gateway, in order, also when the page is closed.
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
    counter = _counter(
        settings.outbox_gateway if gateway is None else gateway,
        settings.outbox_key_file if key_file is None else key_file,
    )
    try:
        serve(who, data, settings.outbox_port if port is None else port, settings, counter)
    except FileNotFoundError as error:
        if error.filename is None or Path(error.filename) != data:
            raise
        # The system says so of a file that is being made, too, where none can be.
        why = "outbox_not_made" if data.parent.is_dir() else "outbox_no_folder"
        raise SaidError(f"error.{why}", path=data, folder=data.parent) from None


def _counter(gateway: str, key_file: Path | None) -> "Counter | None":
    """What a terminal needs, where one is to be served."""
    import re

    from gateway.assets import terminal_routes
    from gigmatch.settings import GATEWAY_ADDRESS
    from producers.outbox.process import Counter

    if not gateway:
        return None
    if not re.fullmatch(GATEWAY_ADDRESS, gateway):
        raise misuse("usage.gateway", hint="--gateway", value=gateway)
    if key_file is None:
        raise misuse("usage.key_file", hint="--key-file")
    return Counter(gateway, key_file, terminal_routes())
