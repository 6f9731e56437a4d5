"""`gigmatch matcher`, spoilt from outside: it dies at a step, or its version or clock is another.

    python -m tests.chaos.dying STEP COUNT

The real classes are patched in this process only; nothing in the product knows of it. At the
COUNT-th time that it comes to a step of docs/checkpoint.md the process kills itself, with all that
it has published so far at the broker.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, Final

from events.emission import Emission
from events.envelope import Record
from events.topics import ALL_ZONES, EVENTS
from gigmatch import cli
from matching import engine, market, market_state
from matching import snapshots as packing
from producers.publisher import Publisher
from streams import faust_app, faust_consumer, matcher, recovery, service, snapshots, stages
from streams.recovery import Rebuilt

Patch = Callable[[Callable[[], None]], None]


def main() -> None:
    """Spoil what the first argument names, and run the matcher."""
    step, count = sys.argv[1], int(sys.argv[2])
    left = iter(range(count - 1, -1, -1))

    def come_to_it() -> None:
        if next(left, -1) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    PATCHES[step](come_to_it)
    sys.argv = ["gigmatch", "matcher"]
    cli.main()


def _replace(owner: Any, name: str, by: Any) -> None:
    """Put something in a name's place. Raises AttributeError when there is no such name.

    Else a step whose name the product no longer has would never be come to.
    """
    getattr(owner, name)
    setattr(owner, name, by)


def _after(owner: Any, name: str, then: Callable[..., None]) -> None:
    """Call `then` with a function's arguments, but for those by name, when it has returned."""
    real = getattr(owner, name)

    @wraps(real)
    def patched(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        then(*args)
        return result

    _replace(owner, name, patched)


def _before(owner: Any, name: str, first: Callable[..., None]) -> None:
    """Call `first` with a function's arguments, but for those by name, before it."""
    real = getattr(owner, name)

    @wraps(real)
    def patched(*args: Any, **kwargs: Any) -> Any:
        first(*args)
        return real(*args, **kwargs)

    _replace(owner, name, patched)


def _assigned(die: Callable[[], None]) -> None:
    _after(service.MatcherService, "on_assigned", lambda *_: die())


def _rebuilding(die: Callable[[], None]) -> None:
    real = recovery.Recovery._read

    def read(self: recovery.Recovery, *where: Any) -> Iterator[Record]:
        for record in real(self, *where):
            die()
            yield record

    _replace(recovery.Recovery, "_read", read)


def _rebuilt(die: Callable[[], None]) -> None:
    real = recovery.Recovery.rebuild

    def rebuild(self: recovery.Recovery, partition: int, up_to: int) -> Rebuilt:
        rebuilt = real(self, partition, up_to)
        die()
        return rebuilt

    _replace(recovery.Recovery, "rebuild", rebuild)


def _applying(die: Callable[[], None]) -> None:
    """In the loop, which is the main thread's: what a rebuild applies again is in another."""

    def applied(*_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            die()

    _after(stages.TimedEngine, "step", applied)


def _letters_half_sent(die: Callable[[], None]) -> None:
    def arrived(sink: Publisher, record: Record, *_: object) -> None:
        sink.flush()
        die()

    _after(matcher, "bury", arrived)


def _sent_on(die: Callable[[], None]) -> None:
    real = Publisher.publish

    def publish(self: Publisher, topic: str, value: bytes | None, **rest: Any) -> None:
        real(self, topic, value, **rest)
        if topic == EVENTS and not dict(rest["headers"])["ce_id"].count(b"-notice-"):
            self.flush()
            die()

    _replace(Publisher, "publish", publish)


def _notices_half_sent(die: Callable[[], None]) -> None:
    def arrived(self: Any, *_: object) -> None:
        self._sink.flush()
        die()

    _after(matcher.Matcher, "_send", arrived)


def _outcomes_half_published(die: Callable[[], None]) -> None:
    def arrived(self: Any, partition: int, emission: Emission) -> None:
        self._sink.flush()
        die()

    _after(matcher.Matcher, "_emit", arrived)


def _reports_not_seen(die: Callable[[], None]) -> None:
    real = Publisher.flush

    def flush(self: Publisher, *args: float) -> None:
        real(self, *args)
        die()

    _replace(Publisher, "flush", flush)


def _snapshot_half_written(die: Callable[[], None]) -> None:
    def mark_is_next(sink: Publisher, partition: int, zone: str, *_: object) -> None:
        if zone == ALL_ZONES:
            sink.flush()
            die()

    _before(snapshots, "_publish", mark_is_next)


def _snapshot_written(die: Callable[[], None]) -> None:
    def arrived(sink: Publisher, *_: object) -> None:
        sink.flush()
        die()

    _after(snapshots, "publish", arrived)


def _acked(die: Callable[[], None]) -> None:
    real = faust_consumer._Consumer._new_offset

    def new_offset(self: faust_consumer._Consumer, tp: Any) -> int | None:
        offset = real(self, tp)
        if offset is not None:
            die()
        return offset

    _replace(faust_consumer._Consumer, "_new_offset", new_offset)


def _processed(die: Callable[[], None]) -> None:
    real = faust_app._process_or_die

    async def process(run: faust_app.Process, batch: faust_consumer.Batch) -> None:
        await real(run, batch)
        die()

    _replace(faust_app, "_process_or_die", process)


def _newer_version(_: Callable[[], None]) -> None:
    """A release that writes its snapshots in a form that this one cannot know."""
    newer: Any = NEWER_VERSION
    real = packing.pack

    def pack(state: Any, *more: Any) -> bytes:
        state.version = newer
        return real(state, *more)

    for owner in (engine, market):
        _replace(owner, "pack", pack)
    for owner in (packing, snapshots):
        _replace(owner, "STATE_VERSION", newer)


def _jumping_clock(_: Callable[[], None]) -> None:
    """The wall clock is as many seconds ahead as a file says.

    The clock of this process's Python: librdkafka waits until times of the kernel's, which a real
    jump would move along.
    """
    ahead_s, now_s, now_ns = Path(os.environ[AHEAD]), time.time, time.time_ns
    _replace(time, "time", lambda: now_s() + int(ahead_s.read_text()))
    _replace(time, "time_ns", lambda: now_ns() + int(ahead_s.read_text()) * 1_000_000_000)


NEWER: Final = "a newer version"
NEWER_VERSION: Final = market_state.STATE_VERSION + 1
"""Of the state in that one's snapshots, and in their headers."""
JUMPING: Final = "a clock that jumps"
AHEAD: Final = "CHAOS_CLOCK_AHEAD"
"""Names the file that says how far ahead the clock is, in seconds."""
STEPS: Final[dict[str, Patch]] = {
    "assigned, nothing read": _assigned,
    "rebuilding": _rebuilding,
    "rebuilt": _rebuilt,
    "applying": _applying,
    "dead letters half sent": _letters_half_sent,
    "misplaced records sent on": _sent_on,
    "notices half sent": _notices_half_sent,
    "outcomes half published": _outcomes_half_published,
    "published, report not seen": _reports_not_seen,
    "snapshot half written": _snapshot_half_written,
    "snapshot written": _snapshot_written,
    "done, not acked": _processed,
    "acked, not committed": _acked,
}
"""The steps to die at."""
PATCHES: Final[dict[str, Patch]] = STEPS | {NEWER: _newer_version, JUMPING: _jumping_clock}
"""All that a process can be spoilt with."""

if __name__ == "__main__":
    main()
