"""A real HTTP server that takes webhooks: checks signatures, drops repetitions, fails as told."""

import base64
import hashlib
import hmac
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gigmatch.processes import LOCALHOST

KEY = b"k" * 32
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
Behaviour = int | str
"""A status to answer, or `slow`, `dribble` (a body without end), `close` (no answer at all)."""


class Receiver:
    """What came, and what was taken of it."""

    def __init__(self) -> None:
        self.behaviours: list[Behaviour] = []
        self.by_worker: dict[str, Behaviour] = {}
        self.requests: list[dict[str, Any]] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self.repeated = 0
        self.retry_after = ""
        self.released = threading.Event()
        self.url = ""
        self._lock = threading.Lock()

    def take(self, headers: Any, body: bytes) -> Behaviour:
        """Note a request; how to answer it."""
        message = json.loads(body)
        id = headers["webhook-id"]
        signed = b".".join((id.encode(), headers["webhook-timestamp"].encode(), body))
        expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        with self._lock:
            is_signed = hmac.compare_digest(headers["webhook-signature"], f"v1,{expected}")
            self.requests.append({**message, "signed": is_signed, "headers": dict(headers)})
            if not is_signed:
                return 401
            behaviour = self.by_worker.get(message["worker_id"])
            if behaviour is None:
                behaviour = self.behaviours.pop(0) if self.behaviours else 204
            if behaviour in {200, 202, 204, "close-after"}:
                if id in self.taken:
                    self.repeated += 1
                self.taken.setdefault(id, message)
            return behaviour


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who sends may be killed in the middle of it."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:  # who sends has gone
                self.close_connection = True
                return
            behaviour = receiver.take(self.headers, body)
            match behaviour:
                case int():
                    self.send_response(behaviour)
                    if receiver.retry_after:
                        self.send_header("Retry-After", receiver.retry_after)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case "slow":
                    receiver.released.wait(30)
                    self.close_connection = True
                case "dribble":
                    self.send_response(200)
                    self.send_header("Content-Length", "1000000000")
                    self.end_headers()
                    self.close_connection = True
                    receiver.released.wait(30)
                case _:
                    self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = _Server((LOCALHOST, 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://{LOCALHOST}:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def until(holds: Any, patience_s: float = 180.0) -> None:
    """Return when something holds."""
    give_up = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.05)
