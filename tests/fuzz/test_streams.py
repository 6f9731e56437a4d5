"""Streams of events, half of them spoilt: the market never raises, and everything still holds.

The long form draws anew for GIGMATCH_LONG's ten minutes; the short form draws the same each time.
"""

import os
import time
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from events.envelope import Record
from events.facts import ClockTicked
from tests.fuzz.streams import HostileMachine, breaks, fold_checked, log_of
from tests.fuzz.wire import to_text
from tests.matching.scenario import JOB, WORKER
from tests.shrinking import shortest
from tests.town import NOW
from tests.worlds import record_of

SECONDS = 600 if os.environ.get("GIGMATCH_LONG") else 0
COMMON = {"match.ranked", "offer.made", "booking.confirmed", "event.rejected"}


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + 900)
def test_a_market_takes_anything() -> None:
    seen: Counter[str] = Counter()

    class Counting(HostileMachine):
        def teardown(self) -> None:
            super().teardown()
            seen.update(self.seen)

    end = time.monotonic() + SECONDS
    while True:
        # Quiet and without shrinking: a failing stream is cut down and printed by itself.
        run_state_machine_as_test(
            Counting,
            settings=settings(
                max_examples=20,
                stateful_step_count=50,
                verbosity=Verbosity.quiet,
                phases=(Phase.reuse, Phase.generate),
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
        if time.monotonic() >= end:
            break
    missing = COMMON - set(seen)
    assert not missing, f"the streams no longer reach {missing}"


def test_a_log_that_was_printed_folds_the_same() -> None:
    log = [record_of(ClockTicked(now=NOW)), record_of(WORKER, 1), record_of(JOB, 2)]
    again = log_of([to_text(record) for record in log])
    assert again == log
    machine = fold_checked(again)
    assert machine.offers == [("O-511181-2-1", "W-1")]
    assert not breaks(again)


def test_a_bad_log_is_cut_down_to_what_matters() -> None:
    log = [record_of(ClockTicked(now=NOW), offset) for offset in range(40)]

    def is_bad(some: Sequence[Record]) -> bool:
        return {3, 17, 38} <= {record.offset for record in some}

    assert [record.offset for record in shortest(log, is_bad)] == [3, 17, 38]
