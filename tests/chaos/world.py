"""The whole system under load: cluster, Redis, two matchers, projector, notifier, and who watches.

Everything that is broken on purpose is reached through a line of its own; those who watch are not.
"""

import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from confluent_kafka import KafkaException

from events.topics import EVENTS
from gigmatch.admin import admin_client
from gigmatch.processes import LOCALHOST, free_port
from gigmatch.settings import Settings
from gigmatch.topics_admin import ensure_topics
from tests.brokers import RedisServer
from tests.chaos.cluster import Cluster, running_cluster
from tests.chaos.ends import Place, committed, ends
from tests.chaos.feed import Feed, contacts
from tests.chaos.kept import ASKED_S, Keeper, Kept, keeping, wait_for
from tests.chaos.mirror import Mirror
from tests.chaos.oracle import Oracle
from tests.chaos.recorder import READ, Recorder
from tests.flaky import FlakyLine
from tests.streams.notifier.receiver import SECRET, Receiver, receiving

PARTITIONS: Final = 4
SESSION_S: Final = 3.0
LINES: Final = ("MATCHER", "PROJECTOR", "NOTIFIER", "GATEWAY")
PATIENCE_S: Final = 240.0
_QUIET_S: Final = 0.3
"""Between two looks that must see the same: nothing more has come."""
_SETTINGS: Final = {
    "GIGMATCH_CLOCK": "external",
    "GIGMATCH_SNAPSHOT_EVERY": "400",
    "GIGMATCH_SESSION_TIMEOUT_S": str(SESSION_S),
    "GIGMATCH_QUIET_HOURS": "00:00-00:00",
    "GIGMATCH_GATHER_S": "0",
    "GIGMATCH_MESSAGES_AN_HOUR": "1000",
    "GIGMATCH_PARTITIONS": str(PARTITIONS),
    "GIGMATCH_REPLICATION": "3",
    "GIGMATCH_WEBHOOK_SECRET": SECRET,
}


class World:
    """What faults are done to, and what they are judged by."""

    def __init__(self, folder: Path, stack: ExitStack, seed: int) -> None:
        self.rng = random.Random(seed)
        self.folder = folder
        self.figures: list[str] = []
        """What faults have to tell besides their cells."""
        self.lost: set[str] = set()
        self.double: set[str] = set()
        """What faults have found of both themselves, where they are who was answered."""
        self._stack = stack
        self.cluster: Cluster = stack.enter_context(running_cluster(LINES))
        ensure_topics(self.cluster.bootstrap, PARTITIONS, 3)
        self.redis = self._started(RedisServer())
        reference = self._started(RedisServer())
        self.redis_line = stack.enter_context(FlakyLine(free_port(), self.redis.port))
        self.gateway_line = stack.enter_context(FlakyLine(free_port(), self.redis.port))
        self.receiver: Receiver = stack.enter_context(receiving())
        self.oracle = Oracle(self.cluster.bootstrap, PARTITIONS)
        stack.callback(self.oracle.close)
        self.recorder = Recorder(self.cluster.bootstrap, PARTITIONS, self.oracle)
        stack.callback(self.recorder.close)
        self._mirror = Mirror(self.cluster.bootstrap, reference.url, PARTITIONS)
        stack.callback(self._mirror.close)
        self._group = Settings(kafka=self.cluster.bootstrap).group
        self._env = self._settings()
        self.keeper: Keeper = stack.enter_context(keeping())
        self.matchers = [self.matcher("matcher-1"), self.matcher("matcher-2")]
        self.projector = self._program("projector", "PROJECTOR", "projector")
        self.notifier = self._program("notifier", "NOTIFIER", "notifier")
        self.feed = Feed(self.cluster.bootstrap, PARTITIONS, self.oracle, self.rng)
        self.feed.start()
        stack.callback(self.feed.end)

    def told(self) -> list[str]:
        """The figures since the last time."""
        told, self.figures = self.figures, []
        return told

    def matcher(self, name: str, argv: Sequence[str] = (), **settings: str) -> Kept:
        """One more matcher, or what `argv` starts in its place."""
        named = {"GIGMATCH_INSTANCE": name}
        return self._program(name, "MATCHER", "matcher", argv, **named, **settings)

    def gateway(self, **settings: str) -> Kept:
        """A gateway, which nobody but who asks for it needs; it answers on its `port`."""
        redis = f"redis://{LOCALHOST}:{self.gateway_line.port}/0"
        kept = self._program("gateway", "GATEWAY", "gateway", GIGMATCH_REDIS=redis, **settings)
        kept.env["GIGMATCH_GATEWAY_PORT"] = str(kept.port)
        return kept

    def retire(self, kept: Kept) -> None:
        """Ask a program to end, and start it no more."""
        kept.finish()

    def members(self) -> dict[str, set[int]]:
        """The partitions of events that the group has given each matcher in it, by its name.

        Raises KafkaException.
        """
        with admin_client(self.cluster.bootstrap) as admin:
            asked = admin.describe_consumer_groups([self._group], request_timeout=15)
            members = asked[self._group].result().members
        return {
            member.group_instance_id: {
                place.partition
                for place in member.assignment.topic_partitions
                if place.topic == EVENTS
            }
            for member in members
        }

    def owner(self, partition: int) -> Kept | None:
        """The matcher that the group has given a partition; None while nobody has it.

        Raises KafkaException.
        """
        given = self.members()
        return next((kept for kept in self.matchers if partition in given.get(kept.name, ())), None)

    def wait_shared(self, matchers: Sequence[Kept]) -> None:
        """Return when these matchers, and no others, have all partitions among them."""
        names = {kept.name for kept in matchers}

        def is_shared() -> bool:
            given = self.members()
            return given.keys() == names and len(set().union(*given.values())) == PARTITIONS

        wait_for(is_shared, f"{', '.join(sorted(names))} share the partitions", every_s=ASKED_S)

    @property
    def programs(self) -> list[Kept]:
        """All that should run."""
        return [*self.matchers, self.projector, self.notifier]

    def wait_ready(self) -> None:
        """Return when all processes do their work."""
        for kept in self.programs:
            kept.wait_ready()

    def recover(self) -> float:
        """Seconds until all that was said by now is answered, while people go on talking."""
        began = time.monotonic()
        self.oracle_caught_up()
        ends = self.oracle.ends()
        with suppress(TimeoutError):
            wait_for(lambda: self.lag(ends) == 0, "answered", patience_s=PATIENCE_S)
        return time.monotonic() - began

    def lag(self, ends: list[int]) -> int:
        """Outcomes of what was said before these offsets that are not on the topic yet."""
        self.recorder.read()
        return self.recorder.lag(ends)

    def oracle_caught_up(self) -> None:
        """Return when the feed has shown the oracle what is on the log."""
        before = self.feed.now
        wait_for(lambda: self.feed.now > before or not self.feed.is_alive(), "the feed goes on")

    def settle(self) -> None:
        """Silence, until everything has followed that will, and the pages are as they should be.

        Raises TimeoutError PATIENCE_S after the projector last moved: who is still at it has lost
        nothing.
        """
        self.feed.pause()
        give_up = time.monotonic() + PATIENCE_S
        progress: dict[str, Any] = {}
        followed: Mapping[Place, int] | None = None
        while time.monotonic() < give_up:
            before = progress, followed
            progress, followed = self._mirror.progress(self.redis.url), self._ends_if_all_followed()
            if progress != before[0]:
                give_up = time.monotonic() + PATIENCE_S
            is_quiet = followed is not None and (progress, followed) == before
            if is_quiet and self._mirror.is_like(self.redis.url):  # last: it costs most
                return
            time.sleep(_QUIET_S)
        raise TimeoutError(f"not at rest {PATIENCE_S:.0f} s after the projector last moved")

    def strange_pages(self) -> set[str]:
        """Keys of the read model that are not as one projected without faults has them.

        `strange-pages.json` beside the logs has what they hold, and what they should.
        """
        strange = self._mirror.differs(self.redis.url)
        if strange:
            (self.folder / "strange-pages.json").write_text(json.dumps(strange))
        return {f"read model: {key}" for key in strange}

    def _ends_if_all_followed(self) -> Mapping[Place, int] | None:
        """Where the topics end, when all is there that follows from the log; else None.

        All programs are at work then, the matchers have nothing more to read, the oracle has folded
        all of the log, and the recorder has seen all topics and misses nothing.
        """
        self.oracle.read()
        self.recorder.read()
        if self.recorder.lost() or not all(kept.ready() for kept in self.programs):
            return None
        with suppress(KafkaException):
            now = ends(self.cluster.bootstrap, READ, PARTITIONS)
            log = {(EVENTS, number): end for number, end in enumerate(self.oracle.ends())}
            is_read = log.items() <= now.items() and not self.recorder.left(now)
            if is_read and committed(self.cluster.bootstrap, self._group, PARTITIONS) == log:
                return now
        return None

    def _started(self, server: RedisServer) -> RedisServer:
        server.start()
        self._stack.callback(server.stop)
        return server

    def _settings(self) -> dict[str, str]:
        known = self.folder / "contacts.json"
        known.write_text(json.dumps(contacts()))
        known.chmod(0o600)
        return {
            **_SETTINGS,
            "GIGMATCH_CONTACTS": str(known),
            "GIGMATCH_WEBHOOK_URL": self.receiver.url,
            "GIGMATCH_REDIS": f"redis://{LOCALHOST}:{self.redis_line.port}/0",
        }

    def _program(
        self, name: str, line: str, command: str, argv: Sequence[str] = (), **settings: str
    ) -> Kept:
        argv = argv or [sys.executable, "-m", "gigmatch", command]
        env = {**self._env, "GIGMATCH_KAFKA": self.cluster.behind(line), **settings}
        return self.keeper.keep(Kept(name, argv, env, self.folder / f"{name}.log"))


@contextmanager
def running_world(folder: Path, seed: int = 1) -> Iterator[World]:
    """A world in which everything does its work, and people talk."""
    with ExitStack() as stack:
        world = World(folder, stack, seed)
        world.feed.go_on()
        world.wait_ready()
        yield world
