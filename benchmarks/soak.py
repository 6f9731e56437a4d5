"""`python -m benchmarks.soak [--minutes M]`: the whole system for hours at half of what it bears.

What it bears is measured first: turns of the market a second while a hundred postings wait for
their rankings all the time, and all is projected. Then turns come in an open loop at half of that.
Waits count from the moment a posting was meant to go out to its ranking. A process that ends, by
its watchdog or by anything else, ends the soak.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from benchmarks import world
from benchmarks.drive import PATIENCE_S, fresh_topics
from benchmarks.harness import say
from benchmarks.matcher import Program, promotion, running_program
from benchmarks.services import Broker, running_broker, running_redis
from benchmarks.soak_ears import Ears
from benchmarks.soak_page import WARM_UP, Soaked, verdict, write
from benchmarks.soak_town import Heard, SoakTown
from events.facts import Fact
from events.topics import ALL_ZONES
from matching.recent import REMEMBERED
from producers.publisher import Publisher
from streams.dead_letters import read_all

PARTITIONS: Final = 4
SPEED: Final = 5_760
"""Milliseconds of the market in one of ours: four days a minute.

So about a thousand jobs a day are posted, and what is kept for a week or a month is full when it is
warm; at the world's own pace nothing would be forgotten in hours.
"""
SHARE: Final = 0.5
LONG_MIN: Final = 120.0
_WRITTEN_FROM_MIN: Final = 60.0
_WORKERS: Final = 2_000
_UNANSWERED: Final = 100
"""So many postings wait for their rankings while it is measured what the system bears."""
_FULL_S: Final = 60.0
_QUICK: Final = 20
"""How many times smaller a quick soak is."""
_SAMPLE_S: Final = 5.0
_TICK_MS: Final = 5 * 60 * 1_000
_SOURCE: Final = "/benchmarks/soak"


class Soak:
    """The market's voice: says turns, ticks, and what people answer."""

    def __init__(self, broker: Broker, town: SoakTown, ears: Ears) -> None:
        self._town, self._ears, self._bootstrap = town, ears, broker.bootstrap
        self._publisher = Publisher(broker.bootstrap, client_id="soak", config={"linger.ms": 0})
        self._began = time.perf_counter()
        self._ticked = 0
        self._numbers = count()

    def open(self, times: int) -> None:
        """Everybody is there, having said so so often, and the newest release at work."""
        self._say(world.tick())
        self._say(promotion())
        for _ in range(times):
            for registered in self._town.opening(world.START):
                self._say(registered)
        self._publisher.flush()

    def turn(self, due: float) -> None:
        """Say what is to be said in a turn that was meant to come at `due`."""
        now = self._now()
        if now > self._ticked + _TICK_MS:
            self._ticked = now
            self._say(world.tick(now))
        job, said = self._town.turn(now, self._heard())
        self._ears.due[job.job_id] = due
        self._say(job, job.job_id)
        for fact in said:
            self._say(fact)

    def pause(self, seconds: float) -> None:
        """Let some time pass. Raises DeliveryError when the broker did not take something."""
        self._publisher.check(seconds)
        if self._ears.failure is not None:
            raise self._ears.failure

    def dead_letters(self) -> int:
        """How much of what was said was refused."""
        return len(read_all(self._bootstrap))

    def close(self) -> None:
        """Say nothing more."""
        self._publisher.close()

    def _now(self) -> int:
        return world.START + int((time.perf_counter() - self._began) * 1_000 * SPEED)

    def _heard(self) -> Iterator[Heard]:
        while self._ears.heard:
            yield self._ears.heard.popleft()

    def _say(self, fact: Fact, id: str = "") -> None:
        id = id or f"soak-{next(self._numbers)}"
        every = range(PARTITIONS) if fact.zone == ALL_ZONES else (None,)
        for partition in every:
            self._publisher.publish_fact(fact, id=id, source=_SOURCE, partition=partition)


def soak(minutes: float, *, quick: bool = False) -> Soaked:
    """Live for so long. Raises ProcessDied or TimeoutError when something ends or stands still."""
    size = _QUICK if quick else 1
    times = 1 if quick else math.ceil(REMEMBERED / _WORKERS)
    with _running(_WORKERS // size, times) as (market, ears, programs):
        capacity = _capacity(market, ears, programs, _FULL_S / size)
        say(f"bears {capacity:.0f} turns/s; {minutes:g} min at {SHARE * capacity:.0f} turns/s")
        soaked = Soaked(capacity, SHARE * capacity, began=time.perf_counter(), seconds=minutes * 60)
        _live(soaked, market, programs, sample_s=_SAMPLE_S / size)
        _until(lambda: not ears.due, market, programs, "the last postings are answered")
        soaked.waits += ears.waits
        soaked.dead_letters = market.dead_letters()
    return soaked


def _live(soaked: Soaked, market: Soak, programs: Sequence[Program], *, sample_s: float) -> None:
    """Turns in an open loop: each comes when its time has come, whatever those before it do."""
    sample_at = 0.0
    for number in range(round(soaked.seconds * soaked.rate)):
        due = soaked.began + number / soaked.rate
        while (left := due - time.perf_counter()) > 0:
            market.pause(min(left, 0.001))
        market.turn(due)
        if due >= sample_at:
            sample_at = due + sample_s
            soaked.note(due, {one.name: one.resident_mib() for one in _alive(programs)})


@contextmanager
def _running(workers: int, times: int) -> Iterator[tuple[Soak, Ears, Sequence[Program]]]:
    """Broker, Redis, matcher, projector and notifier; everybody is there, and all is read.

    Who is there has said so `times`: a market is not new that remembers as many events as it can.
    """
    with ExitStack() as stack:
        broker = stack.enter_context(running_broker())
        redis = stack.enter_context(running_redis())
        fresh_topics(broker.bootstrap, PARTITIONS)
        ears = Ears(broker.bootstrap, PARTITIONS)
        ears.start()
        stack.callback(ears.end)
        market = Soak(broker, SoakTown(world.zones(PARTITIONS), workers), ears)
        stack.callback(market.close)
        market.open(times)
        settings = {"GIGMATCH_REDIS": redis.url, "GIGMATCH_QUIET_HOURS": "00:00-00:00"}
        programs = [
            stack.enter_context(running_program(command, broker, partitions=PARTITIONS, **settings))
            for command in ("matcher", "projector", "notifier")
        ]
        for program in programs:
            program.wait_until_caught_up()
        yield market, ears, programs


def _capacity(market: Soak, ears: Ears, programs: Sequence[Program], seconds: float) -> float:
    """Turns a second, when so many are unanswered all the time, until all is projected."""
    projector = next(one for one in programs if one.name == "projector")
    turns, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        _until(lambda: len(ears.due) < _UNANSWERED, market, programs, "something is answered")
        market.turn(time.perf_counter())
        turns += 1
    _until(lambda: not ears.due, market, programs, "all is answered")
    _until(lambda: _lag(projector) == 0, market, programs, "all is projected")
    ears.waits.clear()
    return turns / (time.perf_counter() - began)


def _until(holds: Callable[[], bool], market: Soak, programs: Sequence[Program], what: str) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not holds():
        market.pause(0.001)
        _alive(programs)
        if time.monotonic() > give_up:
            raise TimeoutError(f"not so for {PATIENCE_S:g} s: {what}")


def _alive(programs: Sequence[Program]) -> Sequence[Program]:
    for program in programs:
        program.check()
    return programs


def _lag(projector: Program) -> float:
    """Outcomes that are not in the read model."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(projector.metrics())
        for sample in family.samples
        if sample.name == "gigmatch_projector_lag_records"
    )


def main() -> int:
    """Soak; 0 when it held what is promised, 1 when it did not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=LONG_MIN, help="after warming up")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the people")
    wishes = parser.parse_args()
    soaked = soak(wishes.minutes * (1 + WARM_UP), quick=wishes.quick)
    for line in soaked.lines():
        print(line)
    if wishes.minutes >= _WRITTEN_FROM_MIN and not wishes.quick:
        say(f"wrote {write(soaked)}")
    return verdict(soaked)


if __name__ == "__main__":
    sys.exit(main())
