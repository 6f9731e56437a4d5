"""What processes share: the time, the broker, Redis, a receiver of webhooks; and what goes wrong.

`simulated` puts it in the place of the real surroundings, for all processes of all worlds.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import structlog
from fakeredis import FakeServer

import gigmatch.admin
import gigmatch.logread
import producers.outbox.sender
import producers.publisher
import streams.consuming
import streams.matcher
import streams.notifier.service
import streams.notifier.webhook
import streams.pacing
import streams.projector
import streams.redis_store
import streams.service
import streams.ticker
from events.envelope import Record
from matching.engine import Step
from streams.stages import TimedEngine
from tests.simulation import kafka
from tests.simulation.broker import Broker
from tests.simulation.process import current
from tests.simulation.receiver import Receiver
from tests.simulation.redis import SimulatedRedis
from tests.simulation.script import Trap

Owners = tuple[str, ...]
"""Who has each partition, by number."""


class Surroundings:
    """One world's, with a log of everything that happened."""

    def __init__(self, luck: str, now: int) -> None:
        self.luck = luck
        self.now = now
        self.broker = Broker()
        self.redis = FakeServer()
        self.receiver = Receiver()
        self.redis_is_down = False
        self.redis_replies_to_lose = 0
        self.cut_off: set[str] = set()
        self.skews: Counter[str] = Counter()
        self.traps: list[Trap] = []
        self.groups: dict[str, Owners] = {}
        self.generations: Counter[str] = Counter()
        self.deaths: Counter[str] = Counter()
        self.happened: list[str] = []

    def note(self, what: str) -> None:
        """Write down what happens."""
        self.happened.append(what)

    def is_trap(self, name: str, label: str) -> bool:
        """Whether a process dies here; each trap works once."""
        for trap in self.traps:
            if trap.who == name and trap.at == label:
                trap.after -= 1
                if trap.after < 0:
                    self.traps.remove(trap)
                    return True
        return False

    def passes_by(self, seconds: float) -> None:
        """Time passes."""
        self.now += round(seconds * 1000)

    def rebalance(self, group: str, owners: Owners | None = None) -> None:
        """A group shares its partitions out anew; all members learn it when they ask."""
        self.groups[group] = owners or self.groups[group]
        self.generations[group] += 1

    def share_of(self, group: str, name: str) -> tuple[int, frozenset[int]]:
        """A group's generation, and the partitions that it gives to a process."""
        owners = self.groups.get(group, ())
        share = frozenset(number for number, owner in enumerate(owners) if owner == name)
        return self.generations[group], share


class _Time:
    """The module `time`, as the process at work sees it."""

    def time_ns(self) -> int:
        process = current()
        return (process.around.now + process.around.skews[process.name]) * 1_000_000

    def time(self) -> float:
        return self.time_ns() / 1e9

    def monotonic(self) -> float:
        return current().around.now / 1000

    def perf_counter(self) -> float:
        """Every look at it costs: a batch is cut after some records."""
        process = current()
        process.ticks += process.random.choice((0.004, 0.03))
        return process.ticks

    def sleep(self, seconds: float) -> None:
        current().around.passes_by(seconds)


class _Engine(TimedEngine):
    """The engine, in a process that may die around it."""

    def step(self, record: Record, *, is_refused: bool = False) -> Step:
        current().passes("applying")
        step = super().step(record, is_refused=is_refused)
        current().passes("applied")
        return step

    def snapshot(self) -> dict[str, bytes]:
        blobs = super().snapshot()
        current().passes("snapshot taken")
        return blobs


@contextmanager
def simulated() -> Iterator[None]:
    """Real code finds simulated surroundings, and logs nothing."""
    time: Any = _Time()
    put: list[tuple[object, str, Any]] = [
        (gigmatch.admin, "AdminClient", kafka.AdminClient),
        (gigmatch.logread, "Consumer", kafka.Consumer),
        (gigmatch.logread, "time", time),
        (producers.publisher, "Producer", kafka.Producer),
        (producers.outbox.sender, "time", time),
        (streams.matcher, "time", time),
        (streams.notifier.service, "time", time),
        (streams.notifier.webhook, "time", time),
        (streams.pacing, "time", time),
        (streams.consuming, "Consumer", kafka.Consumer),
        (streams.projector, "time", time),
        (streams.redis_store, "Redis", SimulatedRedis),
        (streams.service, "TimedEngine", _Engine),
        (streams.ticker, "time", time),
    ]
    before = structlog.get_config()
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    with ExitStack() as stack:
        for module, name, replacement in put:
            stack.enter_context(patch.object(module, name, replacement))
        structlog.configure(wrapper_class=quiet, cache_logger_on_first_use=False)
        stack.callback(structlog.configure, **before)
        yield
