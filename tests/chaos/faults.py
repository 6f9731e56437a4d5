"""Faults of processes: killed, frozen, moved, replaced. One function each; all of it is undone."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from events.topics import partition_of
from tests.chaos.dying import NEWER, NEWER_VERSION, STEPS
from tests.chaos.feed import ZONES
from tests.chaos.inputs import garbage, misplaced
from tests.chaos.kept import ASKED_S, Kept, wait_for
from tests.chaos.matrix import Fault
from tests.chaos.outside import snapshot_versions
from tests.chaos.world import PARTITIONS, SESSION_S, World

_KILLED: Final = -signal.SIGKILL
_SOON_S: Final = 8.0
_TIMES: Final = {"rebuilding": 40, "applying": 30, "outcomes half published": 20}
"""How often a process comes to a step before it dies there; else twice, or once at its start."""
_AT_ONCE: Final = ("assigned, nothing read", "rebuilt", "snapshot half written", "snapshot written")


def die_at(step: str, world: World) -> int:
    """Start matchers that die at a step, until one has."""
    count = _TIMES.get(step, 1 if step in _AT_ONCE else 2)
    argv = [sys.executable, "-m", "tests.chaos.dying", step, str(count)]
    usual = [kept.argv for kept in world.matchers]
    try:
        replaced = [_replaced(kept, argv) for kept in world.matchers]
        garbage(world)
        misplaced(world)
        wait_for_death(replaced, step)
    finally:
        for kept, program in zip(world.matchers, usual, strict=True):
            kept.argv = program
            if (process := kept.process) is not None and process.args == argv:
                kept.kill()
    return 1


def wait_for_death(doomed: Sequence[tuple[Kept, int]], step: str) -> None:
    """Return when one of them has ended since it had so many ends, killed by itself.

    Raises TimeoutError when any of them ended otherwise.
    """

    def ends() -> list[int]:
        return [code for kept, before in doomed for code in kept.ends[before:]]

    wait_for(lambda: bool(ends()), f"a matcher dies at {step!r}", doomed[0][0].log)
    if others := [code for code in ends() if code != _KILLED]:
        raise TimeoutError(f"it ended with {others} instead of dying at {step!r}")


def _replaced(kept: Kept, argv: list[str]) -> tuple[Kept, int]:
    """Have another program started in its place; with it, how many ends came before that."""
    kept.argv = argv
    kept.kill()
    return kept, len(kept.ends)


def kill_at_random(times: int, world: World) -> int:
    """`kill -9` of a matcher, again and again; half of them at work, the others anywhere."""
    at_work = 0
    for number in range(times):
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
    """A matcher at work stands still until another has answered in its place, and then goes on.

    Having a name, it ends when it sees that its session ran out.
    """
    partition = partition_of(ZONES[0], PARTITIONS)
    with world.feed.hurried():
        wait_for(lambda: world.owner(partition) is not None, f"partition {partition} has an owner")
        frozen = world.owner(partition)
        assert frozen is not None
        frozen.wait_ready()
        ends = len(frozen.ends)
        frozen.send(signal.SIGSTOP)
        try:
            wait_for(
                lambda: world.owner(partition) not in (None, frozen),
                f"another than {frozen.name} has partition {partition}",
                every_s=ASKED_S,
            )
            said = world.oracle.ends()
            wait_for(lambda: world.lag(said) == 0, "another answers")
        finally:
            frozen.send(signal.SIGCONT)
        wait_for(lambda: len(frozen.ends) > ends, f"{frozen.name} ends", frozen.log)
    world.figures.append(f"frozen: {frozen.name}, until another had answered in {ZONES[0]}")
    return 1


def freeze_notifier(world: World) -> int:
    """The same of the notifier, of which there is one, for longer than its session."""
    world.notifier.wait_ready()
    world.notifier.send(signal.SIGSTOP)
    time.sleep(2 * SESSION_S)
    world.notifier.send(signal.SIGCONT)
    return 1


def rebalance(world: World) -> int:
    """From two matchers to three, to one, to two; each time they share all partitions."""
    first, second = world.matchers
    third = world.matcher("matcher-3")
    world.wait_shared([first, second, third])
    third.wait_ready()
    world.retire(first)
    world.retire(third)
    world.wait_shared([second])
    second.wait_ready()
    first.wanted = True
    world.wait_shared([first, second])
    first.wait_ready()
    return 3


def restart_rolling(world: World) -> int:
    """Each asked to end and started again, one after the other."""
    for kept in world.programs:
        kept.send(signal.SIGTERM)
        wait_for(lambda kept=kept: kept.process is None, f"{kept.name} ends", kept.log)  # type: ignore[misc]
        kept.wait_ready()
    return len(world.programs)


def upgrade(world: World) -> int:
    """To a version that writes another form of snapshots, one after the other, and back.

    As much is said as it takes to have the newer version write one, which the older one then meets.
    """
    usual = [kept.argv for kept in world.matchers]
    newer = [sys.executable, "-m", "tests.chaos.dying", NEWER, "1"]
    with world.feed.hurried():
        try:
            _roll(world, [newer] * len(usual))
            wait_for(
                lambda: NEWER_VERSION in snapshot_versions(world.cluster.bootstrap),
                "it writes a snapshot",
            )
            written = snapshot_versions(world.cluster.bootstrap).count(NEWER_VERSION)
        finally:
            sizes = [kept.log.stat().st_size for kept in world.matchers]
            _roll(world, usual)
        wait_for(lambda: _met(world, sizes) > 0, "the older version meets a newer snapshot")
    world.figures.append(
        f"newest snapshots of the newer version: of {written} partitions; "
        f"met by the older one: {_met(world, sizes)}"
    )
    return 2 * len(usual)


def _roll(world: World, programs: Sequence[list[str]]) -> None:
    """Have each matcher end and another program started in its place, one after the other."""
    for kept, argv in zip(world.matchers, programs, strict=True):
        kept.argv = argv
        ends = len(kept.ends)
        kept.send(signal.SIGTERM)
        wait_for(lambda k=kept, e=ends: len(k.ends) > e, f"{kept.name} ends", kept.log)  # type: ignore[misc]
        kept.wait_ready()


def _met(world: World, sizes: Sequence[int]) -> int:
    """How often matchers have said, after so much of their logs, that a snapshot is newer."""
    said = f"state version {NEWER_VERSION}, this is".encode()
    logs = zip(world.matchers, sizes, strict=True)
    return sum(kept.log.read_bytes()[size:].count(said) for kept, size in logs)


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
