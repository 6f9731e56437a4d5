"""Three nodes of Apache Kafka: every partition on all three, two must have what is written."""

import json
import random
import resource
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

from confluent_kafka import KafkaException

from events.topics import EVENTS
from gigmatch.admin import admin_client
from gigmatch.processes import LOCALHOST, free_port
from tests.brokers import BrokerKind, KafkaBroker
from tests.chaos import leaders
from tests.flaky import FlakyLine

NODES: Final = (1, 2, 3)
PEERS: Final = "PEERS"
"""The line by which brokers fetch from one another what they hold copies of."""
_BETWEEN: Final = """\
inter.broker.listener.name=PEERS
replica.lag.time.max.ms=3000
controller.quorum.voters={voters}
advertised.listeners=PLAINTEXT://{{host}}:{{port}}{{advertised}},CONTROLLER://{{host}}:{quorum}
"""
_PATIENCE_S: Final = 240.0


class Cluster:
    """Brokers, and a line to each of them for each kind of client."""

    kind: BrokerKind = "kafka"

    def __init__(self, names: Sequence[str]) -> None:
        controllers, quorum = ({node: free_port() for node in NODES} for _ in range(2))
        voters = ",".join(f"{node}@{LOCALHOST}:{port}" for node, port in quorum.items())

        def broker(node: int) -> KafkaBroker:
            between = _BETWEEN.format(voters=voters, quorum=quorum[node])
            lines = (*names, PEERS)
            return KafkaBroker(between, node=node, controllers=controllers, lines=lines)

        with ThreadPoolExecutor(len(NODES)) as side_by_side:  # each waits for a Java machine
            self.brokers = dict(zip(NODES, side_by_side.map(broker, NODES), strict=True))
        self.quorum = {node: FlakyLine(quorum[node], controllers[node]) for node in NODES}
        """The lines to each node's controller, for the other controllers and for all brokers."""
        self._lines: dict[str, list[FlakyLine]] = {name: [] for name in (*names, PEERS)}

    @property
    def bootstrap(self) -> str:
        """The address for clients that nothing happens to."""
        return ",".join(broker.bootstrap for broker in self.brokers.values())

    def behind(self, name: str) -> str:
        """The address for clients of a line."""
        lines = (broker.lines[name] for broker in self.brokers.values())
        return ",".join(f"{LOCALHOST}:{line.port}" for line in lines)

    def lines(self, name: str) -> list[FlakyLine]:
        """The lines of a kind of client, one to each broker."""
        return self._lines[name]

    def peers_of(self, broker: KafkaBroker) -> FlakyLine:
        """The line by which the others fetch from a broker."""
        return self._lines[PEERS][NODES.index(broker.node)]

    def left_alone(self, broker: KafkaBroker) -> int:
        """How many partitions a broker leads that no other is in step with.

        Others fall behind where something is written. Raises KafkaException.
        """
        with admin_client(self.bootstrap) as admin:
            topics = admin.list_topics(timeout=15).topics.values()
        led = (one for topic in topics for one in topic.partitions.values())
        return sum(one.leader == broker.node and set(one.isrs) == {broker.node} for one in led)

    def controller(self) -> tuple[int, int]:
        """The newest epoch of the quorum that a node knows, and who leads in it."""
        states = [_quorum_state(broker) for broker in self.brokers.values()]
        return max((state["leaderEpoch"], state["leaderId"]) for state in states)

    def leader(self, partition: int, topic: str = EVENTS) -> KafkaBroker:
        """The broker that leads a partition."""
        with admin_client(self.bootstrap) as admin:
            described = admin.list_topics(topic, timeout=15).topics[topic]
        return self.brokers[described.partitions[partition].leader]

    def is_led_by_another(self, broker: KafkaBroker, partition: int = 0) -> bool:
        """Whether another broker than this one leads a partition of events."""
        with suppress(KafkaException), admin_client(self.bootstrap) as admin:
            described = admin.list_topics(EVENTS, timeout=5).topics[EVENTS]
            return described.partitions[partition].leader not in (-1, broker.node)
        return False

    def wait_in_sync(self) -> None:
        """Return when all three have all that is written. Raises TimeoutError."""
        give_up = time.monotonic() + _PATIENCE_S
        while not self._is_in_sync():
            if time.monotonic() > give_up:
                raise TimeoutError("the brokers do not come to have the same")
            time.sleep(0.2)

    def move_leaders(self) -> int:
        """Have every partition led by another broker. See `leaders.move`."""
        self.wait_in_sync()
        return leaders.move(self.bootstrap)

    def fill_disk(self, broker: KafkaBroker) -> None:
        """Not a byte more for a broker's files, until it is started again."""
        assert broker.pid is not None
        resource.prlimit(broker.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def any(self, rng: random.Random) -> KafkaBroker:
        """One of the brokers."""
        return self.brokers[rng.choice(NODES)]

    def restart(self, broker: KafkaBroker) -> None:
        """Start a broker that was killed; return when it has what it missed."""
        broker.start()
        self.wait_in_sync()

    def start(self, stack: ExitStack) -> None:
        """Start all of it; the stack ends it."""
        for line in self.quorum.values():
            stack.enter_context(line)
        for broker in self.brokers.values():
            stack.callback(broker.stop)
            stack.callback(broker.kill)  # without the others it would take its time to end
            broker.launch()
            for name, place in broker.lines.items():
                flaky = FlakyLine(place.port, place.behind)
                self._lines[name].append(stack.enter_context(flaky))
        give_up = time.monotonic() + _PATIENCE_S
        while not all(broker.answers for broker in self.brokers.values()):
            if time.monotonic() > give_up:
                raise TimeoutError("the brokers do not find each other")
            time.sleep(0.1)

    def _is_in_sync(self) -> bool:
        with suppress(KafkaException), admin_client(self.bootstrap) as admin:
            topics = admin.list_topics(timeout=5).topics.values()
            return all(
                set(partition.isrs) == set(NODES)
                for topic in topics
                for partition in topic.partitions.values()
            )
        return False


def _quorum_state(broker: KafkaBroker) -> dict[str, int]:
    """What a node has written down of the quorum. Kafka's own tool for it takes seconds."""
    found: dict[str, int] = json.loads(
        (broker._folder / "data" / "__cluster_metadata-0" / "quorum-state").read_text()
    )
    return found


@contextmanager
def running_cluster(names: Sequence[str]) -> Iterator[Cluster]:
    """A cluster with lines of these names."""
    with ExitStack() as stack:
        cluster = Cluster(names)
        cluster.start(stack)
        yield cluster
