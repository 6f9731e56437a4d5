"""A market under attack: what stations say, spoilt, among what is well said.

On top of `tests.matching.market_machine`: the same three engines, and after every record the same
checks. When they fail, the stream is cut down to the records that matter and printed as a test.
"""

from collections.abc import Iterable, Sequence
from random import Random

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from hypothesis.strategies import SearchStrategy

from events.envelope import Record
from events.facts import (
    ClockTicked,
    JobAmended,
    OfferAccepted,
    PolicyChanged,
    WorkCompleted,
    WorkRated,
)
from events.notices import (
    LAST_DAY,
    BookingAnswered,
    BookingRequested,
    Experience,
    Notice,
    VisitorAnnounced,
    VisitorReported,
    market_source,
)
from events.values import EARLIEST_MS, LATEST_MS, Interval, Policy
from matching.days import DAY_MS
from matching.engine import Engine, Step
from matching.scorer import rules_only
from tests.fuzz.bounds import policy_at_bounds
from tests.fuzz.mutations import spoil, spoil_value
from tests.fuzz.wire import from_text, to_text
from tests.matching.market_machine import MarketMachine, bytes_of, eager_worker
from tests.shrinking import shortest
from tests.strategies import Pairs, job_posted, worker_available
from tests.town import HOUR, NOW, WORKERS, ZONE, intervals
from tests.worlds import record_of

HOMES = ("511102", "511132", ZONE)
"""Zones that write to this one; none may speak for this one, but somebody may try."""
randoms = st.randoms(use_true_random=False)


class HostileMachine(MarketMachine):
    """Half of what comes is well said, so that there is something to spoil."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[list[tuple[str, bytes]]] = []
        self.gap = 0

    def fold_record(self, record: Record) -> Step:
        """Fold a record, and print what matters of the log when it breaks a rule."""
        try:
            step = super().fold_record(record)
        except Exception as broken:
            broken.add_note(_as_test(shortest(self.log, breaks)))
            raise
        self.published.append(bytes_of(step))
        return step

    def next_offset(self) -> int:
        """Offsets leave gaps: a transaction's marker, a record that retention took."""
        return super().next_offset() + (self.gap if self.log else 0)

    @precondition(lambda self: self._open_offers())
    @rule(data=st.data())
    def somebody_says_yes(self, data: st.DataObject) -> None:
        offer_id, worker_id = data.draw(st.sampled_from(self._open_offers()))
        self._fold(OfferAccepted(offer_id=offer_id, worker_id=worker_id, zone=ZONE))

    @precondition(lambda self: self._bookings())
    @rule(data=st.data(), stars=st.integers(1, 5))
    def work_is_done_and_rated(self, data: st.DataObject, stars: int) -> None:
        """Of whoever has a place, also of somebody who has been erased since."""
        job_id, worker_id = data.draw(st.sampled_from(self._bookings()))
        done = WorkCompleted(job_id=job_id, worker_id=worker_id, zone=ZONE)
        self._fold(done, self.start_of(job_id))
        self._fold(WorkRated(job_id=job_id, worker_id=worker_id, zone=ZONE, stars=stars))

    @precondition(lambda self: self._bookings())
    @rule(data=st.data(), hours=st.integers(1, 72), headcount=st.integers(1, 4))
    def a_job_gets_other_terms(self, data: st.DataObject, hours: int, headcount: int) -> None:
        job_id, _ = data.draw(st.sampled_from(self._bookings()))
        begin = min(self.table.now + hours * HOUR, LATEST_MS - 9 * HOUR)
        shifts = (Interval(start=begin, end=begin + 8 * HOUR),)
        self._fold(JobAmended(job_id=job_id, zone=ZONE, shifts=shifts, headcount=headcount))

    @rule(data=st.data(), random=randoms, at_limits=st.booleans())
    def a_fact_comes_spoilt(self, data: st.DataObject, random: Random, at_limits: bool) -> None:
        fact = data.draw(st.one_of(self._anything(), eager_worker("W-0")))
        record = record_of(fact, self.next_offset(), structured=data.draw(st.booleans()))
        spoilt = spoil_value(record, random, changes=1) if at_limits else spoil(record, random)
        self.fold_record(spoilt)

    @rule(value=st.none() | st.binary(max_size=60), key=st.none() | st.binary(max_size=7))
    def garbage_comes(self, value: bytes | None, key: bytes | None) -> None:
        headers = record_of(ClockTicked(now=NOW)).headers
        record = from_text(to_text(record_of(ClockTicked(now=NOW))))
        self._fold_at_end(msgspec.structs.replace(record, value=value, key=key, headers=headers))

    @rule(random=randoms, zone=st.sampled_from(("*", ZONE)))
    def a_policy_goes_to_its_bounds(self, random: Random, zone: str) -> None:
        policy = msgspec.convert(policy_at_bounds(random), Policy)
        self._fold(PolicyChanged(zone=zone, policy=policy))

    @rule(data=st.data(), worker_id=st.sampled_from(WORKERS))
    def somebody_would_work_away(self, data: st.DataObject, worker_id: str) -> None:
        eager = data.draw(eager_worker(worker_id))
        self._fold(msgspec.structs.replace(eager, other_zones=HOMES[:2]))

    @rule(data=st.data(), random=randoms, is_spoilt=st.booleans())
    def another_zone_writes(self, data: st.DataObject, random: Random, is_spoilt: bool) -> None:
        notice = data.draw(self._notices())
        source = market_source(notice.from_zone)
        record = record_of(notice, self.next_offset(), source=source)
        self.fold_record(spoil_value(record, random, changes=2) if is_spoilt else record)

    @rule(data=st.data(), worker_id=st.sampled_from(WORKERS), late=st.sampled_from((0, 1, HOUR)))
    def a_station_was_cut_off(self, data: st.DataObject, worker_id: str, late: int) -> None:
        """What it sends now was said earlier, and is over, or nearly."""
        eager = data.draw(eager_worker(worker_id))
        until = st.sampled_from((self.table.now - late, self.table.now + late))
        self._fold(msgspec.structs.replace(eager, valid_until=max(data.draw(until), EARLIEST_MS)))

    @precondition(lambda self: len(self.log) > 8)
    @rule(data=st.data(), is_anew=st.booleans())
    def something_is_said_again(self, data: st.DataObject, is_anew: bool) -> None:
        """With another id nothing tells that it was said before."""
        old = data.draw(st.sampled_from(self.log if is_anew else self.log[-8:]))
        headers = tuple(
            (name, b"late-%d" % self.next_offset() if is_anew and name == "ce_id" else said)
            for name, said in old.headers
        )
        self._fold_at_end(msgspec.structs.replace(old, headers=headers))

    @rule(gap=st.sampled_from((0, 1, 2**20)))
    def offsets_leave_a_gap(self, gap: int) -> None:
        self.gap = gap

    @rule(now=st.sampled_from((EARLIEST_MS, *[NOW] * 8, LATEST_MS)))
    def the_clock_goes_wrong(self, now: int) -> None:
        self._fold(ClockTicked(zone=ZONE, now=now))

    def teardown(self) -> None:
        """A replay of the log from its start says the same, and ends in the same state."""
        if len(self.published) < len(self.log):  # it has failed
            return
        again = Engine(0, 1, rules_only)
        assert [bytes_of(again.step(record)) for record in self.log] == self.published
        assert again.state_hash() == self.table.state_hash()

    def _open_offers(self) -> list[tuple[str, str]]:
        offers = self._market().offers.values()
        return [(one.offer_id, one.worker_id) for one in offers if one.status == "open"]

    def _bookings(self) -> list[tuple[str, str]]:
        jobs = self._market().jobs.items()
        return [(job_id, worker_id) for job_id, job in jobs for worker_id in job.booked]

    def _fold_at_end(self, record: Record) -> None:
        self.fold_record(msgspec.structs.replace(record, offset=self.next_offset()))

    def _notices(self) -> SearchStrategy[Notice]:
        """Notices that fit the state more often than not."""
        homes, ids = st.sampled_from(HOMES), st.sampled_from((*WORKERS, "V-0", "V-1"))
        latest: Pairs = self.offers[-8:] or [("O-0", "W-0")]
        pairs = st.sampled_from(tuple(latest))
        announced = st.builds(self._announced, ids, homes, st.data())
        requested = st.builds(
            lambda worker_id, home, job, places, number: BookingRequested(
                worker_id=worker_id,
                zone=ZONE,
                from_zone=home,
                offer_id=f"O-{home}-{number}",
                job=msgspec.structs.replace(job, zone=home),
                places=places,
            ),
            ids,
            homes,
            job_posted(now=self.table.now),
            st.integers(1, 3),
            st.integers(0, 3),
        )
        answered = st.builds(
            lambda pair, home, denied: BookingAnswered(
                worker_id=pair[1], zone=ZONE, from_zone=home, offer_id=pair[0], denied=denied
            ),
            pairs,
            homes,
            st.sampled_from((None, None, "taken", "unavailable")),
        )
        reported = st.builds(
            lambda worker_id, home, number, what, stars: VisitorReported(
                worker_id=worker_id,
                zone=ZONE,
                from_zone=home,
                offer_id=f"O-{home}-{number}",
                what=what,
                stars=stars,
            ),
            ids,
            homes,
            st.integers(0, 3),
            st.sampled_from(("declined", "expired", "cancelled", "completed", "no_show", "rated")),
            st.none() | st.integers(1, 5),
        )
        drawn: SearchStrategy[Notice] = st.one_of(
            announced, announced, requested, answered, reported
        )
        return drawn

    def _announced(self, worker_id: str, home: str, data: st.DataObject) -> VisitorAnnounced:
        eager = eager_worker(worker_id)
        said = data.draw(st.one_of(eager, eager, worker_available(workers=[worker_id])))
        return VisitorAnnounced(
            worker_id=worker_id,
            zone=ZONE,
            from_zone=home,
            version=data.draw(st.integers(0, 30)),
            since=data.draw(st.integers(0, 5).map(lambda hours: NOW - hours * HOUR)),
            available=data.draw(
                st.sampled_from(
                    (None, msgspec.structs.replace(said, zone=home, other_zones=(ZONE,)))
                )
            ),
            valid_until=data.draw(st.none() | st.just(NOW + 40 * HOUR)),
            busy=tuple(data.draw(st.lists(intervals(), max_size=2))),
            bookings_left=data.draw(st.none() | st.integers(0, 2)),
            held=tuple(id for id, booked in self.offers if data.draw(st.booleans()))[-4:],
            experience=data.draw(
                st.builds(
                    Experience,
                    accepted=st.integers(0, 9),
                    last_day=st.sampled_from((0, NOW // DAY_MS, LAST_DAY)),
                    days=st.integers(0, 255),
                )
            ),
            forgotten=data.draw(st.sampled_from((False, False, False, True))),
        )


def fold_checked(log: Iterable[Record]) -> MarketMachine:
    """Fold a log into all engines, one restored after every record, and check everything."""
    machine = MarketMachine()
    for record in log:
        machine.fold_record(record)
        machine.the_process_dies()
    return machine


def log_of(texts: Iterable[bytes]) -> list[Record]:
    """The log whose records a failing run has printed."""
    return [
        msgspec.structs.replace(from_text(text), offset=offset) for offset, text in enumerate(texts)
    ]


def breaks(log: Sequence[Record]) -> bool:
    """Whether a log breaks a rule."""
    try:
        fold_checked(log)
    except Exception:
        return True
    return False


def _as_test(log: Sequence[Record]) -> str:
    texts = "".join(f"        {to_text(record)!r},\n" for record in log)
    return f"The test to add:\n\n    fold_checked(log_of([\n{texts}    ]))"
