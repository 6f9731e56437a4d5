"""`make audit` says what is known of the locked packages, or that nobody could be asked."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from gigmatch.processes import LOCALHOST, free_port

ROOT = Path(__file__).parent.parent
FOUND = ROOT / "build" / "audit.json"


def audit(address: str) -> subprocess.CompletedProcess[str]:
    asked = f"ARGS=-s osv --osv-url {address}"
    return subprocess.run(
        ["make", "-s", "audit", asked], cwd=ROOT, check=False, capture_output=True, text=True
    )


def weakness(name: str, version: str) -> dict[str, Any]:
    package = {"name": name, "ecosystem": "PyPI"}
    affected = [{"package": package, "versions": [version], "ranges": []}]
    return {"id": "TEST-1", "aliases": [], "summary": "a hole", "affected": affected}


@contextmanager
def knowing_of(name: str) -> Iterator[str]:
    """A service of OSV's form that knows of a weakness in one package."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            package, version = asked["package"]["name"], asked["version"]
            found = {"vulns": [weakness(package, version)]} if package == name else {}
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOCALHOST, 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{LOCALHOST}:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_audit_names_what_is_weak_and_one_that_could_not_ask_fails_and_says_what_to_do() -> None:
    with knowing_of("msgspec") as address:
        done = audit(address)
    assert done.returncode == 2  # make's own code for what has failed
    assert "Audited" in done.stdout
    parts = json.loads(FOUND.read_text())["dependencies"]
    weak = {part["name"] for part in parts if part["vulns"]}
    assert weak == {"msgspec"}
    assert len(parts) > 50
    done = audit(f"http://{LOCALHOST}:{free_port()}/")
    assert done.returncode == 2
    assert "Not audited" in done.stderr
    assert "make sbom" in done.stderr
    assert "Traceback" not in done.stderr
    assert not FOUND.exists()
