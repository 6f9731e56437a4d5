"""`gigmatch`: every command, and how their errors are told."""

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Final

import typer

COMMANDS: Final = (
    "config",
    "contract",
    "dead_letters",
    "doctor",
    "explain",
    "gateway",
    "import_",
    "matcher",
    "model",
    "projector",
    "publish",
    "rebuild",
    "replay",
    "simulate",
    "simulator",
    "topics",
    "up",
    "watch",
)
"""The modules of `gigmatch.commands`, each with `register(app)`."""

app = typer.Typer(
    help="Gig work, matched as it happens: postings and availability in, ranked matches out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True)
    ] = False,
) -> None:
    if show_version:
        typer.echo(f"gigmatch {version('gigmatch')}")
        raise typer.Exit


def main() -> None:
    """Run the command line; an expected error is one line that says what to do next."""
    for name in COMMANDS:
        import_module(f"gigmatch.commands.{name}").register(app)
    try:
        app()
    except Exception as error:
        if not _is_expected(error):
            raise
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)


def _is_expected(error: Exception) -> bool:
    """Errors about the user's input or surroundings; their messages say what to do."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & _EXPECTED)


_EXPECTED: Final = {
    "Rejection",
    "DeliveryError",
    "TopicsError",
    "ReleaseError",
    "KafkaException",
    "RedisError",
    "FileNotFoundError",
    "LogFileError",
    "LogError",
    "ValidationError",
}
"""By name, so that telling an error does not import the libraries behind it."""
