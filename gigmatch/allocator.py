"""How a process's memory goes back to the system: the settings of glibc's malloc."""

import ctypes
from typing import Final

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

_ARENAS: Final = 2
_LARGE: Final = 1024 * 1024


def keep_memory_tight() -> None:
    """Share few arenas among threads, and give back what is free; call it before threads start.

    Left to itself glibc has eight arenas a core, and a freed block of 10 MB raises the size up to
    which blocks come from them, where what is freed may lie between what is not. Seen once: a
    matcher that had refused 250,000 records used 33 MB and held 250. Elsewhere than with glibc
    nothing is done. Source: mallopt(3).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for parameter, value in (
        (_M_ARENA_MAX, _ARENAS),
        (_M_MMAP_THRESHOLD, _LARGE),
        (_M_TRIM_THRESHOLD, _LARGE),
    ):
        mallopt(parameter, value)
