"""How long a matcher killed at full load is missed, beside how long reading its snapshots takes."""

import time
from collections import deque
from collections.abc import Iterator
from typing import Final

from events.codec import encode, event_headers
from events.facts import JobCancelled, JobPosted
from events.topics import partition_of
from events.values import Interval, Pay, Place
from gigmatch.logread import LogReader
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from models.registry import Registry
from streams.recovery import Recovery
from tests.chaos.feed import STEP_MS, ZONES, Raw
from tests.chaos.kept import Kept, wait_for
from tests.chaos.world import PARTITIONS, SESSION_S, World

_WARM_UP_S: Final = 3.0
_READINGS: Final = 3
_POSTINGS: Final = 10
_LIVE_S: Final = 0.5
"""Who answers so soon is live."""
_HOUR_MS: Final = 3_600_000


def kill_at_full_load(world: World) -> int:
    """`kill -9` of each matcher while as much is said as the machine bears: until it is live again.

    Both, because one of them may have no zone in which anybody talks; the slower one is told.
    """
    world.feed.besides = _postings
    try:
        with world.feed.hurried():
            began, said = time.monotonic(), world.feed.published
            live_s = max(_killed(world, kept) for kept in world.matchers)
            rate = (world.feed.published - said) / (time.monotonic() - began)
            reading_s = reading(world)
    finally:
        world.feed.besides = lambda now: ()
    world.figures.append(
        f"kill -9 at full load ({rate:.0f} records/s): live after {live_s:.1f} s; 3 x reading the "
        f"newest snapshots ({reading_s:.2f} s) + a session ({SESSION_S:.0f} s) = "
        f"{3 * reading_s + SESSION_S:.1f} s"
    )
    return len(world.matchers)


def _killed(world: World, kept: Kept) -> float:
    """Seconds that a matcher is missed, killed when both have been live for a while."""
    for one in world.matchers:
        one.wait_ready()
    time.sleep(_WARM_UP_S)
    _until_live(world)
    began = time.monotonic()
    kept.kill()
    _until_live(world)
    return time.monotonic() - began


def _until_live(world: World) -> None:
    """Return when all that was said `_LIVE_S` ago is answered, and something was, in every zone."""
    before = world.feed.now
    said: deque[tuple[float, list[int]]] = deque()

    def is_live() -> bool:
        now = time.monotonic()
        if world.feed.now > before + STEP_MS:  # a whole step was said, and folded
            said.append((now, world.oracle.ends()))
        while len(said) > 1 and said[1][0] <= now - _LIVE_S:
            said.popleft()
        return bool(said) and said[0][0] <= now - _LIVE_S and world.lag(said[0][1]) == 0

    wait_for(is_live, f"what was said {_LIVE_S} s ago is answered")


def _postings(now: int) -> Iterator[Raw]:
    """In every zone work that nobody there can do, which is answered at once, and taken back."""
    for zone in ZONES:
        for number in range(_POSTINGS):
            job_id = f"nobody-{now}-{number}"
            posted = JobPosted(
                job_id=job_id,
                zone=zone,
                station_id=f"{zone}-01",
                employer_id="E-1",
                title="diver",
                skills=("diving",),
                shifts=(Interval(start=now + 24 * _HOUR_MS, end=now + 32 * _HOUR_MS),),
                pay=Pay(amount_fen=30_000, unit="day", settlement="daily"),
                place=Place(lat=29.6, lon=103.5, name="reservoir"),
            )
            yield _raw(posted, zone, now)
            yield _raw(JobCancelled(job_id=job_id, zone=zone), zone, now)


def _raw(fact: JobPosted | JobCancelled, zone: str, now: int) -> Raw:
    id = f"{fact.TYPE}-{fact.job_id}-{zone}"
    headers = event_headers(fact, id=id, source="/chaos/full-load", time=now)
    return partition_of(zone, PARTITIONS), zone.encode(), encode(fact), headers


def reading(world: World) -> float:
    """Seconds that a matcher takes to read the newest snapshots of all partitions; the median."""
    open_scorer = Registry(PACKAGED_RELEASES).open
    recovery = Recovery(
        lambda: LogReader(world.cluster.bootstrap),
        lambda number: Engine(number, PARTITIONS, open_scorer),
    )
    took = []
    for _ in range(_READINGS):
        began = time.monotonic()
        for number in range(PARTITIONS):
            recovery.rebuild(number, 0)  # not a record after them
        took.append(time.monotonic() - began)
    return sorted(took)[_READINGS // 2]
