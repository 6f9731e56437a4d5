"""`gigmatch rebuild`: the read model in Redis, made again from the log."""

from typing import Annotated

import typer

from gigmatch.commands._said import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rebuild)


def rebuild(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Flush gigmatch's keys in Redis and project the log again, beside running projectors.

    The pages show the market grow again while it runs; matching does not notice.
    """
    import signal
    import threading
    import time

    import msgspec
    from rich.console import Console
    from rich.progress import Progress

    from gigmatch.logs import configure_for_people
    from gigmatch.settings import Settings
    from streams.projector import rebuild as project_again

    settings = Settings()
    configure_for_people(settings)
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    began = time.monotonic()
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task(say("progress.projecting"), total=None)
        records = project_again(
            settings,
            lambda done, total: progress.update(bar, completed=done, total=total),
            asked_to_stop,
        )
    if asked_to_stop.is_set():
        typer.echo(say("rebuild.stopped"), err=True)
        raise typer.Exit(1)
    told = {"records": records, "seconds": round(time.monotonic() - began, 1)}
    if as_json:
        typer.echo(msgspec.json.encode(told))
    else:
        typer.echo(say("rebuild.done", n=records, s=told["seconds"]))
