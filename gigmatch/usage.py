"""Wrong usage of the command line, in the language of the settings."""

import io
from typing import IO, Protocol, cast

import typer

from events.phrases import translated
from gigmatch.settings import language_of_texts


class _Shown(Protocol):
    def show(self, file: IO[str]) -> None: ...


def told_misuse(error: typer.TyperException) -> str:
    """How a command is used and what is wrong with how it was; help stays as it is."""
    shown = io.StringIO()
    cast("_Shown", error).show(shown)
    return translated(shown.getvalue().rstrip("\n"))[language_of_texts()]
