"""SMS for whoever sends them: one JSON line a message, in a file or on the console."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec

from streams.notifier.channels import Letter, Undelivered


class SmsFile:
    """Appends to a file that only its owner can read; a line is on the disk before it counts.

    After a crash a line may stand there twice, with the same `message_id`: send the first. After a
    full disk half a line may stand there, which is no JSON: pass over it.
    """

    needs_address = True

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, letter: Letter) -> int:
        """Append a line: message_id, to, text."""
        line = {"message_id": letter.message_id, "to": letter.address, "text": letter.text}
        try:
            await asyncio.to_thread(self._append, msgspec.json.encode(line) + b"\n")
        except OSError:
            raise Undelivered("unwritable", 1) from None
        return 1

    async def close(self) -> None:
        """Nothing is kept open."""

    def _append(self, line: bytes) -> None:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                line = b"\n" + line
            if os.write(file, line) != len(line):
                raise OSError("the disk is full")
            os.fsync(file)
        finally:
            os.close(file)


class SmsConsole:
    """Prints what would be sent, without the number: for a look at the texts."""

    needs_address = False

    async def send(self, letter: Letter) -> int:
        """Print a line: message_id, worker_id, text."""
        line = {
            "message_id": letter.message_id,
            "worker_id": letter.worker_id,
            "text": letter.text,
        }
        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
        sys.stdout.flush()
        return 1

    async def close(self) -> None:
        """Nothing is kept open."""
