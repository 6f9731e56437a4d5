"""`gigmatch` as a person types it, in this process: to start one for each line costs a second."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from unittest.mock import patch

import structlog
from typer.testing import CliRunner

from gigmatch.cli import app, main


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def typed(*arguments: str, input: str = "", env: Mapping[str, str] | None = None) -> Said:
    """Run `gigmatch` with `env` added to the environment.

    An error that its `main` lets through goes on from here: in a process it is a traceback. What
    libraries write past Python, signals and a process's end need a process of their own.
    """
    with ExitStack() as stack:
        streams = stack.enter_context(CliRunner().isolation(input=input.encode(), env=env))
        stack.enter_context(patch.object(sys, "argv", ["gigmatch", *arguments]))
        stack.enter_context(_as_it_was())
        app.registered_commands.clear()
        app.registered_groups.clear()
        code = _code_of_main()
        out, err = (stream.getvalue().decode() for stream in streams[:2])
    return Said(code, out, err)


def _code_of_main() -> int:
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    return 0


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Afterwards logs go where they went, and signals mean what they meant.

    Only the main thread can give signals a meaning.
    """
    root, told = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    is_main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM) if is_main else ()
    meanings = {number: signal.getsignal(number) for number in numbers}
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**told)
        for number, meaning in meanings.items():
            signal.signal(number, meaning)
