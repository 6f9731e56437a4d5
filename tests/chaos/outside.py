"""Faults of what the processes stand on: brokers, lines, Redis, disks, clocks, kept snapshots."""

import sys
import time
from pathlib import Path
from typing import Final

from confluent_kafka import TopicPartition
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from redis import Redis

from events.topics import EVENTS, SNAPSHOTS
from gigmatch.admin import admin_client
from gigmatch.logread import LogReader
from producers.publisher import Publisher
from streams.snapshots import mark_of, newest
from tests.chaos.cluster import PEERS
from tests.chaos.dying import AHEAD, JUMPING
from tests.chaos.feed import ZONES
from tests.chaos.kept import ASKED_S, wait_for
from tests.chaos.world import PARTITIONS, World

_HOUR_S: Final = 3_600
_LOOK: Final = 16
"""Snapshot records at the end of a partition: several sets of its few zones."""


def kill_leader(world: World) -> int:
    """The broker that leads a partition goes down under load, another leads, and it comes back."""
    broker = world.cluster.leader(0)
    broker.kill()
    wait_for(lambda: world.cluster.is_led_by_another(broker), "another leads", every_s=ASKED_S)
    time.sleep(1)
    world.cluster.restart(broker)
    return 1


def kill_any_broker(world: World) -> int:
    """The same of any of them: it may be the controller, or lead the consumer groups."""
    broker = world.cluster.any(world.rng)
    broker.kill()
    time.sleep(3)
    world.cluster.restart(broker)
    return 1


def move_leaders(world: World) -> int:
    """Every partition, of the consumer groups' topic as well, is led by another broker at once."""
    moved = world.cluster.move_leaders()
    world.figures.append(f"partitions led by another broker than before: {moved}")
    time.sleep(2)
    return 1


def fill_disk(world: World) -> int:
    """The disk of a leading broker is full: it gives up, and comes back when there is room."""
    broker = world.cluster.leader(1)
    world.cluster.fill_disk(broker)
    time.sleep(8)
    broker.kill()
    world.cluster.restart(broker)
    return 1


def cut_kafka(name: str, seconds: float, world: World) -> int:
    """Nothing gets through between a kind of process and the brokers."""
    for line in world.cluster.lines(name):
        line.cut()
    time.sleep(seconds)
    for line in world.cluster.lines(name):
        line.mend()
    return 1


def slow_kafka(name: str, seconds: float, world: World) -> int:
    """Everything between a kind of process and the brokers takes long."""
    for line in world.cluster.lines(name):
        line.slow(0.25)
    time.sleep(seconds)
    for line in world.cluster.lines(name):
        line.slow(0)
    return 1


def cut_peers(seconds: float, world: World) -> int:
    """Nothing gets from a leading broker to the others: they fall behind, and catch up again.

    Who leads is left alone with what it leads, and takes nothing until another has it, too.
    """
    leader = world.cluster.leader(0)
    line = world.cluster.peers_of(leader)
    line.cut()
    try:
        wait_for(lambda: world.cluster.left_alone(leader) > 0, "they are behind", every_s=ASKED_S)
        time.sleep(seconds)
        alone = world.cluster.left_alone(leader)
    finally:
        line.mend()
    world.cluster.wait_in_sync()
    world.figures.append(f"partitions in which both others fell behind, and caught up: {alone}")
    return 1


def slow_peers(seconds: float, world: World) -> int:
    """What brokers copy from one another takes long."""
    for line in world.cluster.lines(PEERS):
        line.slow(0.25)
    time.sleep(seconds)
    for line in world.cluster.lines(PEERS):
        line.slow(0)
    world.cluster.wait_in_sync()
    return 1


def cut_controller(seconds: float, world: World) -> int:
    """Nobody reaches the controller at work, until another has taken over, and a while longer."""
    epoch, node = world.cluster.controller()
    line = world.cluster.quorum[node]
    line.cut()
    try:
        wait_for(lambda: _leads_another(world, epoch, node), "another controller takes over")
        time.sleep(seconds)
    finally:
        line.mend()
    world.cluster.wait_in_sync()
    newer, other = world.cluster.controller()
    world.figures.append(f"controller: {node}, then {other}; epoch {epoch}, then {newer}")
    return 1


def _leads_another(world: World, epoch: int, node: int) -> bool:
    newest, leader = world.cluster.controller()
    return newest > epoch and leader not in (node, -1)


def cut_redis(world: World) -> int:
    """Nothing gets through between projector and Redis."""
    world.redis_line.cut()
    time.sleep(4)
    world.redis_line.mend()
    return 1


def slow_redis(world: World) -> int:
    """Everything between projector and Redis takes long."""
    world.redis_line.slow(0.3)
    time.sleep(5)
    world.redis_line.slow(0)
    return 1


def flush_redis(world: World) -> int:
    """The read model is gone."""
    with Redis.from_url(world.redis.url) as redis:
        redis.flushall()
    return 1


def kill_redis(world: World) -> int:
    """Redis dies, and comes back empty."""
    world.redis.kill()
    time.sleep(3)
    world.redis.start()
    return 1


def fill_redis(world: World) -> int:
    """Redis has no room for a while."""
    with Redis.from_url(world.redis.url) as redis:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", "1mb")
        time.sleep(5)
        redis.config_set("maxmemory", "0")
    return 1


def jump_clock(world: World) -> int:
    """A matcher that ticks by the wall clock sees it jump an hour ahead, and two hours back."""
    ahead = world.folder / "clock"
    _set(ahead, world, 0)
    third = world.matcher(
        "matcher-clock",
        [sys.executable, "-m", "tests.chaos.dying", JUMPING, "1"],
        GIGMATCH_CLOCK="wall",
        GIGMATCH_TICK_S="1",
        **{AHEAD: str(ahead)},
    )
    third.wait_ready()
    for jump in (_HOUR_S, -_HOUR_S):
        _set(ahead, world, jump)
        time.sleep(2)
    world.retire(third)
    return 2


def spoil_snapshots(world: World) -> int:
    """The newest snapshots are damaged, and matchers need them."""
    publisher = Publisher(world.cluster.bootstrap, client_id="chaos")
    for number in range(PARTITIONS):
        for key in (*ZONES, "*"):
            publisher.publish(SNAPSHOTS, b"spoilt", key=key.encode(), partition=number)
    publisher.close()
    return _restart_matchers(world)


def lose_snapshots(world: World) -> int:
    """There are no snapshots any more, and matchers need them."""
    _clean_up_by(world, "compact,delete")
    ends = {}
    with LogReader(world.cluster.bootstrap) as reader:
        for number in range(PARTITIONS):
            ends[number] = reader.bounds(SNAPSHOTS, number)[1]
    _delete(world, SNAPSHOTS, ends)
    _clean_up_by(world, "compact")
    return _restart_matchers(world)


def truncate(world: World) -> int:
    """The log begins at the newest snapshots, as retention might have it, and matchers start."""
    begins = {}
    with LogReader(world.cluster.bootstrap) as reader:
        for number in range(PARTITIONS):
            found = newest(reader.read(SNAPSHOTS, number))
            begins[number] = 0 if found is None else found.mark.offset + 1
    if not any(begins.values()):
        raise TimeoutError("there are no snapshots")
    world.settle()  # retention takes what all have read long ago
    world.feed.go_on()
    _delete(world, EVENTS, begins)
    return _restart_matchers(world)


def snapshot_versions(bootstrap: str) -> list[int]:
    """The version in the newest mark of each partition that has one."""
    versions = []
    with LogReader(bootstrap) as reader:
        for number in range(PARTITIONS):
            low, end = reader.bounds(SNAPSHOTS, number)
            last = reader.read(SNAPSHOTS, number, max(low, end - _LOOK), end)
            if marks := [record for record in last if mark_of(record) is not None]:
                versions.append(int(dict(marks[-1].headers)["version"]))
    return versions


def _restart_matchers(world: World) -> int:
    for kept in world.matchers:
        kept.kill()
    for kept in world.matchers:
        kept.wait_ready()
    return 1


def _delete(world: World, topic: str, before: dict[int, int]) -> None:
    places = [TopicPartition(topic, number, offset) for number, offset in before.items()]
    with admin_client(world.cluster.bootstrap) as admin:
        for future in admin.delete_records(places).values():
            future.result(30)
    with LogReader(world.cluster.bootstrap) as reader:
        wait_for(
            lambda: all(reader.bounds(topic, n)[0] >= offset for n, offset in before.items()),
            f"records of {topic} are deleted",
        )


def _clean_up_by(world: World, policy: str) -> None:
    entry = ConfigEntry("cleanup.policy", policy, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, SNAPSHOTS, incremental_configs=[entry])
    with admin_client(world.cluster.bootstrap) as admin:
        for future in admin.incremental_alter_configs([resource]).values():
            future.result(30)
    time.sleep(1)


def _set(ahead: Path, world: World, jump_s: int) -> None:
    """Make the clock that is read from a file differ so much from the one people live by."""
    new = ahead.with_suffix(".new")
    new.write_text(str(world.feed.now // 1_000 - int(time.time()) + jump_s))
    new.replace(ahead)
