"""Faults of what comes in: repeated, out of order, late, misplaced, and no events at all."""

import time
from collections.abc import Callable
from typing import Final

from events.codec import encode, event_headers
from events.envelope import parse_time
from events.facts import ClockTicked, Fact, OfferAccepted, WorkerUnavailable
from events.topics import partition_of
from tests.chaos.feed import ZONES, Raw
from tests.chaos.world import PARTITIONS, World

Say = Callable[[World], int]
"""Says something; how many records that are."""

_LONG_AGO: Final = parse_time("2020-01-01T00:00:00+08:00")


def at_once(say: Say, world: World) -> int:
    """One fault, however many records it is done with."""
    records = say(world)
    world.figures.append(f"records said for it: {records}")
    return 1


def repeat(world: World) -> int:
    """Half of the newest facts once more."""
    again = list(world.feed.recent)[::2]
    return _say(world, again)


def reorder(world: World) -> int:
    """The newest facts once more with ids of their own, shuffled."""
    shuffled = list(world.feed.recent)
    world.rng.shuffle(shuffled)
    return _say(world, [_renamed(raw, "reordered") for raw in shuffled[:100]])


def late(world: World) -> int:
    """Facts and a clock of years ago, and answers to offers that nobody made."""
    said: list[Raw] = []
    for zone in ZONES:
        facts: list[Fact] = [
            ClockTicked(zone=zone, now=_LONG_AGO),
            WorkerUnavailable(zone=zone, worker_id=f"{zone}.W-00001"),
            OfferAccepted(zone=zone, worker_id=f"{zone}.W-00002", offer_id=f"O-{zone}-1-0"),
        ]
        said += [_raw(zone, fact, number) for number, fact in enumerate(facts)]
    return _say(world, said)


def garbage(world: World) -> int:
    """Bytes that are no events, in every partition."""
    values = (bytes(range(256)), b"", b"[" * 10_000, b'{"job_id": 1}', b"\xff" * 10_000)
    said: list[Raw] = [
        (number, ZONES[0].encode(), value, (("ce_type", b"job.posted.v1"),))
        for number in range(PARTITIONS)
        for value in values
    ]
    return _say(world, said, wait=False)


def misplaced(world: World) -> int:
    """Facts in a partition that is not their zone's."""
    recent = list(world.feed.recent)[-20:]
    moved = [_renamed(raw, "misplaced") for raw in recent]
    said = [((number + 1) % PARTITIONS, key, value, heads) for number, key, value, heads in moved]
    return _say(world, said, wait=False)


def _say(world: World, said: list[Raw], *, wait: bool = True) -> int:
    for raw in said:
        world.feed.say(raw)
    if wait:
        time.sleep(1)
    return len(said)


def _renamed(raw: Raw, why: str) -> Raw:
    """The same fact as an event of its own."""
    partition, key, value, headers = raw
    stamp = f"-{why}-{time.monotonic_ns()}".encode()
    renamed = tuple((n, v + stamp if n == "ce_id" else v) for n, v in headers)
    return partition, key, value, renamed


def _raw(zone: str, fact: Fact, number: int) -> Raw:
    id = f"late-{zone}-{number}-{time.monotonic_ns()}"
    headers = event_headers(fact, id=id, source="/chaos", time=_LONG_AGO)
    return partition_of(zone, PARTITIONS), zone.encode(), encode(fact), headers
