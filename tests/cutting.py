"""A TCP line that can be cut as a tunnel does: nothing goes through, and nobody is told."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Final, Self

_POLL_S: Final = 0.05


class Line:
    """Forwards connections to a port of this machine until it is cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._is_whole = threading.Event()
        self._is_whole.set()
        self._ends: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._drop()
        self._accepting.join()

    def cut(self) -> None:
        """From now on nothing goes through."""
        self._is_whole.clear()

    def break_off(self) -> None:
        """The same, and both ends hear of it."""
        self.cut()
        self._drop()

    def mend(self) -> None:
        """New connections go through; the old ones are gone for good."""
        self._drop()
        self._is_whole.set()

    def _drop(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends = []

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                if not self._is_whole.is_set():
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._target))
            except ConnectionError:
                near.close()
                continue
            except OSError:
                return
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if not self._is_whole.is_set():
                    return  # lost on the way, and neither end hears of it
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
