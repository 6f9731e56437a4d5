"""`/metrics` and `/healthz` for processes that have no HTTP server of their own."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Readiness = Callable[[], tuple[bool, str]]
"""Whether the process does its work, and if not, why."""


class HealthServer:
    """Serves both on a thread of its own, from `start` to `stop`."""

    def __init__(self, port: int, host: str, is_ready: Readiness) -> None:
        """Listen on `port` of `host`; port 0 takes a free one."""

        class Handler(_Handler):
            readiness = staticmethod(is_ready)

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    readiness: Readiness

    def do_GET(self) -> None:
        match self.path.split("?")[0]:
            case "/metrics":
                self._answer(200, generate_latest(), CONTENT_TYPE_LATEST)
            case "/healthz":
                ready, why = self.readiness()
                body = {"status": "ok"} if ready else {"status": "not ready", "reason": why}
                self._answer(200 if ready else 503, json.dumps(body).encode(), "application/json")
            case _:
                self._answer(404, b'{"see": ["/metrics", "/healthz"]}', "application/json")

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a scrape every few seconds is no news."""
