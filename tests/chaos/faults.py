"""Faults of processes: killed, frozen, moved, replaced. One function each; all of it is undone."""

import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from tests.chaos.dying import NEWER, STEPS
from tests.chaos.inputs import garbage, misplaced
from tests.chaos.kept import Kept, wait_for
from tests.chaos.matrix import Fault
from tests.chaos.world import SESSION_S, World

_KILLED: Final = -signal.SIGKILL
_IN_A_ROW: Final = 20
_SOON_S: Final = 8.0
_TIMES: Final = {"rebuilding": 40, "applying": 30, "outcomes half published": 20}
"""How often a process comes to a step before it dies there; else twice, or once at its start."""
_AT_ONCE: Final = ("assigned, nothing read", "rebuilt", "snapshot half written", "snapshot written")


def die_at(step: str, world: World) -> int:
    """Start matchers that die at a step, until one has."""
    count = _TIMES.get(step, 1 if step in _AT_ONCE else 2)
    argv = [sys.executable, "-m", "tests.chaos.dying", step, str(count)]
    with_doom = [(kept, kept.argv) for kept in world.matchers]
    for kept in world.matchers:
        kept.argv = argv
        kept.kill()
    ended = sum(len(kept.ends) for kept in world.matchers)
    garbage(world)
    misplaced(world)
    try:
        wait_for(
            lambda: sum(len(kept.ends) for kept in world.matchers) > ended,
            f"a matcher dies at {step!r}",
            world.matchers[0].log,
        )
    finally:
        doomed = [kept for kept, _ in with_doom]
        for kept, usual in with_doom:
            kept.argv = usual
    codes = {kept.ends[-1] for kept in doomed}
    if _KILLED not in codes:
        raise TimeoutError(f"it ended with {codes} instead of dying at {step!r}")
    for kept in doomed:
        if kept.process is not None and "tests.chaos.dying" in kept.process.args:  # type: ignore[operator]
            kept.kill()
    return 1


def kill_at_random(times: int, world: World) -> int:
    """`kill -9` of a matcher, again and again; half of them at work, the others anywhere.

    Between so many all that was said is answered, else the last of them kill what is far behind.
    """
    at_work = 0
    for number in range(times):
        if number and number % _IN_A_ROW == 0:
            world.recover()
        kept = world.rng.choice(world.matchers)
        if number % 2:
            with suppress(TimeoutError):
                wait_for(kept.ready, "it is at work", patience_s=_SOON_S)
        time.sleep(world.rng.uniform(0.0, 2.0))
        at_work += kept.ready()
        kept.kill()
    world.figures.append(f"killed at random moments: {times}, {at_work} of them at work")
    return times


def kill_both(world: World) -> int:
    """Nobody is left for a while."""
    for kept in world.matchers:
        kept.kill()
    return 2


def freeze(world: World) -> int:
    """A matcher stands still until another has its partitions, and then goes on."""
    return _freeze(world.matchers[0], 2 * SESSION_S + 2)


def freeze_notifier(world: World) -> int:
    """The same of the notifier."""
    return _freeze(world.notifier, 2 * SESSION_S)


def _freeze(kept: Kept, seconds: float) -> int:
    kept.wait_ready()
    kept.send(signal.SIGSTOP)
    time.sleep(seconds)
    kept.send(signal.SIGCONT)
    return 1


def rebalance(world: World) -> int:
    """From two matchers to three, to one, to two."""
    third = world.matcher("matcher-3")
    third.wait_ready()
    time.sleep(1)
    world.retire(world.matchers[0])
    world.retire(third)
    time.sleep(2)
    world.matchers[0].wanted = True
    world.matchers[0].wait_ready()
    return 3


def restart_rolling(world: World) -> int:
    """Each asked to end and started again, one after the other."""
    for kept in world.programs:
        kept.send(signal.SIGTERM)
        wait_for(lambda kept=kept: kept.process is None, f"{kept.name} ends", kept.log)  # type: ignore[misc]
        kept.wait_ready()
    return len(world.programs)


def upgrade(world: World) -> int:
    """To a version that writes another form of snapshots, one after the other, and back."""
    usual = [kept.argv for kept in world.matchers]
    newer = [sys.executable, "-m", "tests.chaos.dying", NEWER, "1"]
    for argv in ([newer] * len(usual), usual):
        for kept, version in zip(world.matchers, argv, strict=True):
            kept.argv = version
            kept.send(signal.SIGTERM)
            ends = len(kept.ends)
            wait_for(lambda k=kept, e=ends: len(k.ends) > e, f"{kept.name} ends", kept.log)  # type: ignore[misc]
            kept.wait_ready()
        time.sleep(3)
    return 2 * len(usual)


def kill_projector(times: int, world: World) -> int:
    """`kill -9` of the projector."""
    return _kill(world.projector, times, world)


def kill_notifier(times: int, world: World) -> int:
    """`kill -9` of the notifier, while the receiver of webhooks fails now and then."""
    world.receiver.behaviours = [503, "close-after", 204, "close", 204] * times
    return _kill(world.notifier, times, world)


def _kill(kept: Kept, times: int, world: World) -> int:
    for _ in range(times):
        time.sleep(world.rng.uniform(0.0, 5.0))
        kept.kill()
    return times


def steps() -> list[tuple[str, Fault]]:
    """Death at each labelled step of docs/checkpoint.md."""
    return [(f"kill -9: {step}", partial(die_at, step)) for step in STEPS]


Timed = Callable[[int, World], int]


def many(fault: Timed, times: int) -> Fault:
    """A fault so many times."""
    return partial(fault, times)
