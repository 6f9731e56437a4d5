"""Disk space that is held back, so that a full disk does not keep an outbox from getting empty."""

import contextlib
import os
from pathlib import Path


class Reserve:
    """A file of `size` bytes beside another; to release it is to have that much room."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._is_held = False

    def hold(self) -> bool:
        """Whether the space is held; takes it if there is enough."""
        if not self._is_held:
            try:
                with self._path.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, self._size)
                self._is_held = True
            except OSError:
                self.release()
        return self._is_held

    def release(self) -> None:
        """Give the space back."""
        self._is_held = False
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
