"""Logs of our own code and of libraries come out alike."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import logging, structlog
from gigmatch.logs import configure_logs
from gigmatch.settings import Settings
configure_logs(Settings(log_level={level!r}, log_format={form!r}))
structlog.get_logger().info("partition rebuilt", partition=3, zone="峨眉山")
logging.getLogger("library").warning("careful %s", 1)
logging.getLogger("library").info("chatter")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("it failed")
    logging.getLogger("library").exception("it failed there")
"""


def _lines(level: str, form: str) -> list[str]:
    script = SCRIPT.format(level=level, form=form)
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True, timeout=300
    )
    assert ran.stdout == ""
    return ran.stderr.splitlines()


def test_json_is_one_object_a_line() -> None:
    ours, library, *failures = (json.loads(line) for line in _lines("info", "json"))
    assert ours["event"] == "partition rebuilt"
    assert (ours["partition"], ours["zone"], ours["level"]) == (3, "峨眉山", "info")
    assert (library["event"], library["logger"]) == ("careful 1", "library")
    assert len(failures) == 2
    for failure in failures:
        assert failure["exception"].endswith("ZeroDivisionError: division by zero")
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize(("level", "count"), [("warning", 3), ("error", 2)])
def test_the_level_holds_for_everyone(level: str, count: int) -> None:
    assert len(_lines(level, "json")) == count


def test_console_lines_are_for_people() -> None:
    first = _lines("info", "console")[0]
    assert "partition rebuilt" in first
    assert not first.startswith("{")


def test_a_log_on_a_full_disk_ends_nothing() -> None:
    script = SCRIPT.format(level="info", form="json") + "\nprint('went on')"
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            stderr=full,
            check=False,
            text=True,
            timeout=300,
        )
    assert ran.stdout == "went on\n"
