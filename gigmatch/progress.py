"""Progress of long work, on standard error, so that standard output stays clean."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from events.texts import text
from gigmatch.settings import Settings

Counted = Literal["records", "facts", "workers", "minutes"]
_STEP: Final = 200
"""The bar moves once in so many records: drawing it costs more than folding one."""


@contextmanager
def counting(total: int, what: Counted = "records") -> Iterator[Callable[[], None]]:
    """A bar of `total` things; call what it gives for each of them. Gone when it ends."""
    told = text(f"progress.{what}", Settings().language)
    columns = BarColumn(), MofNCompleteColumn(), TextColumn(told), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        bar = progress.add_task(told, total=total)
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            if done % _STEP == 0:
                progress.update(bar, completed=done)

        yield count
        progress.update(bar, completed=done)


@contextmanager
def reading(files: Sequence[Path]) -> Iterator[Callable[[int], None]]:
    """A bar over the bytes of files; call what it gives with how many more have been read."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(
            text("progress.reading", Settings().language),
            total=sum(file.stat().st_size for file in files),
        )
        yield lambda size: progress.advance(bar, size)
