"""What `gigmatch doctor` finds of clocks: those of the log, and those of the markets."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from events.envelope import format_time
from events.topics import EVENTS
from gigmatch.errors import NoTopicError, SaidError
from gigmatch.logread import LogReader
from gigmatch.settings import Settings

MOST_CLOCK_LAG_S: Final = 300.0
_TICKS_MISSED: Final = 5

Say = Callable[..., str]
"""The words of the doctor, in a language: a key and its details."""


def log_clock(settings: Settings, say: Say) -> str:
    """Compare this machine's clock with the newest record of each partition.

    Every partition gets a tick once in `tick_s`; one without belongs to no matcher.
    """
    now = time.time()
    newest = _newest_records(settings.kafka)
    if not any(newest.values()):
        return say("no_events")
    ahead = max(newest.values()) / 1000 - now
    if ahead > MOST_CLOCK_LAG_S:
        raise SaidError("doctor.future", s=f"{ahead:.0f}")
    age = {number: max(0.0, now - stamp / 1000) for number, stamp in newest.items() if stamp}
    oldest = max(age, key=age.__getitem__)
    patience_s = max(MOST_CLOCK_LAG_S, _TICKS_MISSED * settings.tick_s)
    if settings.clock == "wall" and age[oldest] > patience_s:
        raise SaidError("doctor.no_ticks", n=oldest, s=f"{age[oldest]:.0f}")
    return say("age", s=f"{min(age.values()):.0f}")


def market_clock(clocks: Mapping[str, int], settings: Settings, say: Say) -> str:
    """Compare this machine's clock with the markets', by zone: a tick from the future stays there.

    The newest record does not show it any more, when all who write have the right time again.
    """
    if not clocks:
        return say("no_market")
    now = time.time()
    zone = max(clocks, key=clocks.__getitem__)
    told = {"zone": zone, "clock": format_time(clocks[zone])}
    if settings.clock == "external":
        return say("external_clock", **told)
    ahead = [at for at in clocks.values() if at / 1000 - now > MOST_CLOCK_LAG_S]
    if ahead:
        hours = (clocks[zone] / 1000 - now) / 3600
        raise SaidError("doctor.market_ahead", **told, h=f"{hours:.1f}", n=len(ahead))
    return say("market_clock", **told)


def _newest_records(bootstrap: str) -> dict[int, int]:
    """The time of each partition's last record, UTC ms; 0 for an empty one."""
    newest = {}
    with LogReader(bootstrap) as reader:
        for number in reader.partitions(EVENTS):
            end = reader.bounds(EVENTS, number)[1]
            last = reader.read(EVENTS, number, end - 1, end)
            newest[number] = max((record.timestamp for record in last), default=0)
    if not newest:
        raise NoTopicError(EVENTS)
    return newest
