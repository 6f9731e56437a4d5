"""How a matcher ends that must not go on: at once, saying why, for its supervisor."""

import os
import sys
from typing import Final, NoReturn

import structlog

EXIT_CODE: Final = 70

_log = structlog.get_logger()


def end_at_once(what: str, **why: str) -> NoReturn:
    """End the process, nothing acked: the log tells all of it to whoever starts next."""
    _log.error(what, **why, exc_info=sys.exc_info()[0] is not None)
    os._exit(EXIT_CODE)
