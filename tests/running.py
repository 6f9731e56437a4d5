"""`gigmatch up` as a person runs it, and `kcat` as somebody else's Kafka client."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gigmatch.processes import free_port

ZONE = "511181"


class Up:
    """A running `gigmatch up` and what it wrote about itself."""

    def __init__(self, folder: Path, *options: str, **settings: str) -> None:
        self.ready_file = folder / "ready.json"
        self.output = folder / "output"
        argv = [sys.executable, "-m", "gigmatch", "up", "--ready-file", str(self.ready_file)]
        argv += ["--port", str(free_port()), "--log-dir", str(folder / "logs"), *options]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                argv,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **settings},
                start_new_session=True,
            )

    def wait_ready(self) -> "Up":
        while not self.ready_file.exists():
            assert self.process.poll() is None, self.output.read_text()
            time.sleep(0.05)
        addresses = json.loads(self.ready_file.read_text())
        self.kafka: str = addresses["kafka"]
        self.redis: str = addresses["redis"]
        self.http: str = addresses["http"]
        self.scrape: str = addresses["scrape"]
        return self

    def descendants(self) -> dict[int, str]:
        """The command lines of all processes below it, by process id."""
        return _descendants(self.process.pid)

    def end(self, number: int) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(180)


def _descendants(parent: int) -> dict[int, str]:
    found: dict[int, str] = {}
    children = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in children.stdout.splitlines():
        pid, _, args = line.strip().partition(" ")
        found[int(pid)] = args
        found |= _descendants(int(pid))
    return found


def publish(up: Up, ce_type: str, value: bytes) -> None:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"test-{ce_type}",
        "ce_type": ce_type,
        "ce_source": "/tests/up",
        "content-type": "application/json",
    }
    argv = ["kcat", "-b", up.kafka, "-P", "-t", "market.events", "-k", ZONE]
    for name, text in headers.items():
        argv += ["-H", f"{name}={text}"]
    message = up.ready_file.with_name("message")
    message.write_bytes(value)
    subprocess.run([*argv, str(message)], check=True, timeout=120, capture_output=True)


def read_until(up: Up, topic: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first record of a topic that is wanted, as kcat reads it."""
    argv = ["kcat", "-b", up.kafka, "-C", "-t", topic, "-o", "beginning", "-u", "-q"]
    argv += ["-f", "%K %S\\n%h\\n%k%s"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as kcat:
        assert kcat.stdout
        try:
            while True:
                key_size, size = (max(0, int(n)) for n in kcat.stdout.readline().split())
                pairs = kcat.stdout.readline().decode().rstrip("\n").split(",")
                headers = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
                key, value = kcat.stdout.read(key_size), kcat.stdout.read(size)
                line = {
                    "key": key.decode(),
                    "headers": headers,
                    "type": headers.get("ce_type", ""),
                    "bytes": value,
                    "value": value.decode(errors="replace"),
                }
                if wanted(line):
                    return line
        finally:
            kcat.kill()


def alive(processes: dict[int, str]) -> dict[int, str]:
    """Those that still run; a zombie does not."""
    running = {}
    for pid, args in processes.items():
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            continue
        if state != "Z":
            running[pid] = args
    return running
