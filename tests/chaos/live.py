"""How long a matcher killed at full load is missed, beside how long reading its snapshots takes."""

import time
from typing import Final

from gigmatch.logread import LogReader
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from models.registry import Registry
from streams.recovery import Recovery
from tests.chaos.feed import PAUSE_S, STEP_MS
from tests.chaos.kept import wait_for
from tests.chaos.world import PARTITIONS, SESSION_S, World

_WARM_UP_S: Final = 8.0
_READINGS: Final = 3
_STEPS: Final = 5


def kill_at_full_load(world: World) -> int:
    """`kill -9` of a matcher while people talk without a pause: until it is made up for."""
    for kept in world.matchers:
        kept.wait_ready()
    world.feed.pause_s = 0.0
    try:
        time.sleep(_WARM_UP_S)
        said = world.feed.published
        world.matchers[0].kill()
        live_s = _until_live(world)
        rate = (world.feed.published - said) / live_s
        reading_s = reading(world)
    finally:
        world.feed.pause_s = PAUSE_S
    world.figures.append(
        f"kill -9 at full load ({rate:.0f} records/s): live after {live_s:.1f} s; 3 x reading the "
        f"newest snapshots ({reading_s:.2f} s) + a session ({SESSION_S:.0f} s) = "
        f"{3 * reading_s + SESSION_S:.1f} s"
    )
    return 1


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
