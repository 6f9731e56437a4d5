"""`gigmatch occupation`: job titles to codes of the national classification of occupations."""

import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from gigmatch.commands._said import misuse


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(occupation)


def occupation(
    titles: Annotated[
        list[str] | None,
        typer.Argument(help="Titles; -, or none at all: one a line of standard input."),
    ] = None,
) -> None:
    """Answer each title with its occupation, a JSON line each.

    Code and name are null where the model is unsure: then choose from the candidates (at most
    five codes, best first; none when nothing of the title is known).
    """
    import msgspec

    from gigmatch.errors import SaidError
    from models.occupations import answer

    if not titles and sys.stdin.isatty():
        raise misuse("usage.titles")
    named = titles if titles != ["-"] else None
    for title in named or _lines(sys.stdin.buffer):
        try:
            typer.echo(msgspec.json.encode(answer(title)).decode())
        except UnicodeEncodeError:
            raise SaidError("occupation.title", title=ascii(title)) from None


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    from gigmatch.errors import SaidError

    for number, line in enumerate(stream, 1):
        try:
            yield line.decode().rstrip("\r\n").removeprefix("\ufeff")
        except UnicodeDecodeError:
            raise SaidError("occupation.line", number=number) from None
