"""How long a matcher killed at full load is missed, beside how long reading its snapshots takes."""

import time
from typing import Final

from gigmatch.logread import LogReader
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from models.registry import Registry
from streams.recovery import Recovery
from tests.chaos.feed import PAUSE_S, STEP_MS
from tests.chaos.kept import Kept, wait_for
from tests.chaos.world import PARTITIONS, SESSION_S, World

_WARM_UP_S: Final = 5.0
_READINGS: Final = 3
_STEPS: Final = 5


def kill_at_full_load(world: World) -> int:
    """`kill -9` of each matcher while people talk without a pause: until it is made up for.

    Both, because one of them may have no zone in which anybody talks; the slower one is told.
    """
    world.feed.pause_s = 0.0
    try:
        began, said = time.monotonic(), world.feed.published
        live_s = max(_killed(world, kept) for kept in world.matchers)
        rate = (world.feed.published - said) / (time.monotonic() - began)
        reading_s = reading(world)
    finally:
        world.feed.pause_s = PAUSE_S
    world.figures.append(
        f"kill -9 at full load ({rate:.0f} records/s): live after {live_s:.1f} s; 3 x reading the "
        f"newest snapshots ({reading_s:.2f} s) + a session ({SESSION_S:.0f} s) = "
        f"{3 * reading_s + SESSION_S:.1f} s"
    )
    return len(world.matchers)


def _killed(world: World, kept: Kept) -> float:
    """Seconds that a matcher is missed, killed when both have been at work for a while."""
    for one in world.matchers:
        one.wait_ready()
    time.sleep(_WARM_UP_S)
    kept.kill()
    return _until_live(world)


def _until_live(world: World) -> float:
    """Seconds until what people say after now, for several steps, is answered; all of it before."""
    began = time.monotonic()
    until = world.feed.now + _STEPS * STEP_MS
    wait_for(lambda: world.feed.now >= until, "people talk")
    world.recover()
    return time.monotonic() - began


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
