"""`gigmatch`: every command, and how their errors are told."""

import sys
from importlib import import_module
from typing import Annotated, Final

import typer

COMMANDS: Final = (
    "calibrate",
    "claims",
    "config",
    "contacts",
    "contract",
    "dataset",
    "dead_letters",
    "doctor",
    "evaluate",
    "explain",
    "gateway",
    "import_",
    "keys",
    "limits",
    "matcher",
    "model",
    "notifier",
    "occupation",
    "outbox",
    "projector",
    "publish",
    "quarantine",
    "rebuild",
    "replay",
    "secured",
    "simulate",
    "simulator",
    "top",
    "topics",
    "up",
    "watch",
    "what_if",
)
"""The modules of `gigmatch.commands`, each with `register(app)`."""

app = typer.Typer(
    help="Gig work, matched as it happens: postings and availability in, ranked matches out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # plain help is there in a third of the time
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"gigmatch {version('gigmatch')}")
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and end.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line.

    An expected error is one line on standard error that says what to do next, JSON when the
    command was given --json, and exit code 1; wrong usage is exit code 2.
    """
    for name in COMMANDS:
        import_module(f"gigmatch.commands.{name}").register(app)
    try:
        sys.exit(app(standalone_mode=False))
    except typer.TyperException as error:
        from gigmatch.usage import told_misuse

        typer.echo(told_misuse(error), err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        from gigmatch.telling import tell

        told = tell(error)
        if told is None:
            raise
        as_json = "--json" in sys.argv
        typer.echo(told.as_json() if as_json else told.as_line(), err=True)
        sys.exit(1)
