"""Random events in three zones, their notices late, repeated, and sent again by the dead."""

import itertools
from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from events.facts import (
    ClockTicked,
    JobCancelled,
    WorkCompleted,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
)
from events.values import Crew, Interval
from tests.matching.county import FAR, HOME, NEAR, PARTITIONS, ZONES, County
from tests.town import HOUR

WORKERS = ("W-1", "W-2")
COMMON = {"booking.pending", "booking.confirmed", "booking.refused", "away.booked", "away.ended"}
zones = st.sampled_from(ZONES)
workers = st.sampled_from(WORKERS)


class CountyMachine(RuleBasedStateMachine):
    """W-1 lives in HOME, W-2 in NEAR; jobs overlap often, and everybody says yes often."""

    def __init__(self) -> None:
        super().__init__()
        self.county = County()
        self._numbers = itertools.count()
        self.look_for_work("W-1", (NEAR, FAR), None, False)
        self.look_for_work("W-2", (HOME, FAR), None, False)

    @rule(
        worker_id=workers,
        others=st.just({*ZONES}) | st.sets(zones),
        most=st.none() | st.none() | st.integers(1, 2),
        crew=st.sampled_from((False, False, True)),
    )
    def look_for_work(self, worker_id: str, others: set[str], most: int | None, crew: bool) -> None:
        self.county.available(
            worker_id,
            zone=HOME if worker_id == "W-1" else NEAR,
            other_zones=tuple(sorted(others)),
            max_bookings=most,
            crew=Crew(leader_id=worker_id, size=2) if crew else None,
        )

    @rule(zone=zones, begins=st.integers(6, 90), hours=st.integers(1, 9), places=st.integers(1, 2))
    def post(self, zone: str, begins: int, hours: int, places: int) -> None:
        now = self.county.engine(zone).markets[zone].state.now
        shift = Interval(start=now + begins * HOUR, end=now + (begins + hours) * HOUR)
        job_id = f"J-{next(self._numbers)}"
        self.county.posted(
            zone, job_id, shifts=(shift,), headcount=places, accepts_crews=True, partial_crews=True
        )

    @precondition(lambda self: self._offers())
    @rule(data=st.data(), many=st.integers(1, 3))
    def say_yes(self, data: st.DataObject, many: int) -> None:
        for _ in range(many):
            if offers := self._offers():
                zone, worker_id = data.draw(st.sampled_from(offers))
                self.county.accepts(zone, worker_id)

    @precondition(lambda self: self._booked())
    @rule(data=st.data(), how=st.sampled_from(("no", "cancel", "done", "absent")))
    def end_a_booking(self, data: st.DataObject, how: str) -> None:
        zone, job_id, worker_id, offer_id = data.draw(st.sampled_from(self._booked()))
        match how:
            case "no":
                self.county.declines(zone, offer_id, worker_id)
            case "cancel":
                self.county.happens(JobCancelled(job_id=job_id, zone=zone))
            case "done":
                self._work_begins(zone, job_id)
                self.county.happens(WorkCompleted(job_id=job_id, worker_id=worker_id, zone=zone))
            case _:
                self._work_begins(zone, job_id)
                self.county.happens(WorkNoShow(job_id=job_id, worker_id=worker_id, zone=zone))

    def _work_begins(self, zone: str, job_id: str) -> None:
        """Before that nobody has come, or stayed away."""
        start = self.county.job(zone, job_id).posted.shifts[0].start
        if start > self.county.engine(zone).markets[zone].state.now:
            self.county.happens(ClockTicked(zone=zone, now=start))

    @rule(worker_id=workers, how=st.sampled_from(("stop", "stop", "cancel", "forget")))
    def look_no_more(self, worker_id: str, how: str) -> None:
        zone = HOME if worker_id == "W-1" else NEAR
        if how == "forget":
            self.county.happens(WorkerForgotten(worker_id=worker_id, zone=zone))
        else:
            gone = WorkerUnavailable(
                worker_id=worker_id, zone=zone, cancel_bookings=how == "cancel"
            )
            self.county.happens(gone)

    @rule(zone=zones, hours=st.sampled_from((0.02, 0.1, 0.1, 30.0)))
    def time_passes(self, zone: str, hours: float) -> None:
        self.county.passes(zone, hours)

    @precondition(lambda self: self.county.waiting())
    @rule(data=st.data(), many=st.integers(1, 4))
    def notices_arrive(self, data: st.DataObject, many: int) -> None:
        route = data.draw(st.sampled_from(self.county.waiting()))
        for _ in range(min(many, len(self.county.on_the_way[route]))):
            self.county.deliver(route)

    @precondition(lambda self: self.county.waiting())
    @rule()
    def everything_arrives(self) -> None:
        self.county.deliver_all()

    @precondition(lambda self: any(self.county.delivered.values()))
    @rule(data=st.data())
    def a_notice_arrives_again(self, data: st.DataObject) -> None:
        routes = sorted(route for route, sent in self.county.delivered.items() if sent)
        route = data.draw(st.sampled_from(routes))
        number = data.draw(st.integers(0, len(self.county.delivered[route]) - 1))
        self.county.deliver_again(route, number)

    @rule(number=st.integers(0, PARTITIONS - 1), resent=st.none() | st.integers(0, 3))
    def a_process_dies(self, number: int, resent: int | None) -> None:
        if resent is None:
            self.county.from_snapshots(number)
        else:
            self.county.restarts(number, resent=resent)

    @invariant()
    def nobody_is_promised_to_two_places_at_one_time(self) -> None:
        for worker_id in WORKERS:
            for earlier, later in itertools.pairwise(self._promised(worker_id)):
                assert earlier[1] <= later[0]

    def settle_down(self) -> None:
        """When everything has arrived, all zones agree on every calendar."""
        self.county.deliver_all()
        assert not self.county.is_pending()
        for home, worker_id in ((HOME, "W-1"), (NEAR, "W-2")):
            held = []
            if self.county.knows(home, worker_id):
                held = [
                    span
                    for spans in self.county.worker(home, worker_id).bookings.values()
                    for span in spans
                ]
            assert self.county.granted(worker_id) == sorted(held)

    def teardown(self) -> None:
        self.settle_down()

    def _promised(self, worker_id: str) -> list[tuple[int, int]]:
        """What was granted, unless news of the worker is on its way.

        The home zone may have cancelled a booking, and the zone that has the job not know it yet.
        """
        told_anew = {
            sending.notice.worker_id
            for route in self.county.waiting()
            for sending in self.county.on_the_way[route]
            if sending.notice.TYPE == "visitor.announced"
        }
        return [] if worker_id in told_anew else self.county.granted(worker_id)

    def _offers(self) -> list[tuple[str, str]]:
        return [
            (zone, worker_id)
            for zone in ZONES
            for worker_id in WORKERS
            if self.county.knows(zone, worker_id)
            and self.county.worker(zone, worker_id).open_offers
        ]

    def _booked(self) -> list[tuple[str, str, str, str]]:
        return [
            (zone, job_id, worker_id, booking.offer_id)
            for zone in ZONES
            for job_id, job in self.county.engine(zone).markets[zone].state.jobs.items()
            for worker_id, booking in job.booked.items()
            if not booking.result and booking.offer_id
        ]


def test_all_zones_agree_on_every_calendar_in_the_end() -> None:
    seen: Counter[str] = Counter()

    class Counting(CountyMachine):
        def teardown(self) -> None:
            super().teardown()
            for said in self.county.outcomes.values():
                seen.update(outcome.TYPE for outcome in said)

    run_state_machine_as_test(
        Counting,
        settings=settings(
            max_examples=150,
            stateful_step_count=40,
            phases=(Phase.reuse, Phase.generate),
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    missing = COMMON - set(seen)
    assert not missing, f"the streams no longer reach {missing}"
