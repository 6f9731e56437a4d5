"""Structured logs: one JSON object a line, or readable lines for a terminal."""

import contextlib
import logging
import sys
from typing import TextIO, cast

import structlog

from gigmatch.settings import Settings


class _Unfailing:
    """Writes to a stream while it can: a log on a full disk ends no process."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def configure_for_people(settings: Settings) -> None:
    """As a command for people has it: warnings and worse, on standard error, and no line besides.

    Without this structlog writes to standard output, between what the command prints.
    """
    configure_logs(settings.model_copy(update={"log_level": "warning"}))


def configure_logs(settings: Settings) -> None:
    """Send structlog's and the libraries' messages to standard error, as settings say."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Unfailing(sys.stderr))),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *shared,
                structlog.stdlib.add_logger_name,
                structlog.processors.format_exc_info,
            ],
            processor=renderer,
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
