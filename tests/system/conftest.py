"""Whole systems for the tests in this folder."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.running import Up
from tests.streams.notifier.receiver import Receiver, receiving


@pytest.fixture
def run_up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Starts `gigmatch up` with options and waits until it is ready."""
    running: list[Up] = []

    def run(*options: str) -> Up:
        running.append(Up(tmp_path, *options))
        return running[-1].wait_ready()

    yield run
    for up in running:
        if up.process.poll() is None:
            up.end(signal.SIGKILL)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running
