"""Both pools, through the same tests: exact candidates, honest counts, equal features."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.facts import JobPosted, WorkerAvailable
from events.values import Channel, Interval
from matching.constraints import first_failure
from matching.days import day_in_china
from matching.features import FEATURES
from matching.obvious_pool import ObviousPool
from matching.pool import Candidates, Pool
from matching.table_pool import TablePool
from matching.terms import JobTerms, WorkerTerms, job_terms, worker_terms
from matching.track_record import CountedAnswer, TrackRecord
from tests.matching.scenario import JOB, WORKER
from tests.strategies import job_posted, worker_available
from tests.town import HOUR, NOW, SKILLS, shifts

DAY = 24 * HOUR
MINUTE = HOUR // 60

both_pools = pytest.mark.parametrize("make_pool", [ObviousPool, TablePool])


def job_of(posted: JobPosted, *, blocked: bool = False, open_claims: int = 0) -> JobTerms:
    return job_terms(posted, open_places=posted.headcount, blocked=blocked, open_claims=open_claims)


def worker_of(
    available: WorkerAvailable,
    *,
    busy: tuple[tuple[int, int], ...] = (),
    record: TrackRecord | None = None,
) -> WorkerTerms:
    return worker_terms(
        available,
        busy=busy,
        bookings_left=available.max_bookings,
        since=NOW,
        valid_until=available.valid_until or max(w.end for w in available.windows),
        record=record or TrackRecord(),
    )


busy_spans = st.builds(
    lambda start, hours: (NOW + start * HOUR, NOW + (start + hours) * HOUR),
    st.integers(-24, 90),
    st.integers(1, 12),
)


def disjoint(drawn: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    kept: list[tuple[int, int]] = []
    for span in sorted(drawn):
        if not kept or kept[-1][1] <= span[0]:
            kept.append(span)
    return tuple(kept)


@st.composite
def track_records(draw: st.DrawFn) -> TrackRecord:
    record = TrackRecord()
    trades = st.sampled_from((*SKILLS, "unheard_of", None))
    answers: st.SearchStrategy[CountedAnswer] = st.sampled_from(("accepted", "declined", "expired"))
    for answer, trade in draw(st.lists(st.tuples(answers, trades), max_size=6)):
        record.answer(answer, trade)
    days = st.integers(day_in_china(NOW) - 12, day_in_china(NOW) + 1)
    for employer_id in draw(st.sets(st.sampled_from(("E-0", "E-1")))):
        record.complete(employer_id, draw(st.sets(days, max_size=3)))
    return record


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[JobTerms], list[WorkerTerms]]:
    jobs = draw(st.lists(job_posted(), max_size=8, unique_by=lambda job: job.job_id))
    workers = draw(st.lists(worker_available(), max_size=12, unique_by=lambda w: w.worker_id))
    heard: st.SearchStrategy[tuple[Channel, ...]] = st.sampled_from(
        (("page",), ("screen", "call"), ("call",), ("call", "sms"))
    )
    busy = st.lists(busy_spans, max_size=3).map(disjoint)
    rests, days = st.sampled_from((0, 0, 4, 11)), st.sampled_from((0, 0, 8, 11, 14))
    blocked, ends = st.sampled_from((False, False, False, True)), st.sampled_from((0, 0, 30, 65))
    limited = [
        msgspec.structs.replace(
            job_of(job, blocked=draw(blocked), open_claims=1),
            min_rest_ms=draw(rests) * HOUR,
            max_day_ms=draw(days) * HOUR,
            maximum_age=draw(ends),
            on_holiday=draw(st.booleans()),
        )
        for job in jobs
    ]
    return (
        limited,
        [
            worker_of(
                msgspec.structs.replace(worker, channels=draw(heard)),
                busy=draw(busy),
                record=draw(track_records()),
            )
            for worker in workers
        ],
    )


@both_pools
@pytest.mark.parametrize(
    ("birth_year", "is_feasible"), [(1932, False), (1961, False), (1962, True), (None, True)]
)
def test_a_hazard_ends_at_an_age(
    make_pool: Callable[[], Pool], birth_year: int | None, is_feasible: bool
) -> None:
    pool = make_pool()
    pool.put_worker(worker_of(msgspec.structs.replace(WORKER, birth_year=birth_year)))
    hazard = msgspec.structs.replace(job_of(JOB), maximum_age=65)
    found = pool.workers_for(hazard, NOW)
    assert (len(found.ids) == 1) == is_feasible
    assert found.excluded.get("age", 0) == (0 if is_feasible else 1)


@given(worlds(), st.data())
def test_the_table_pool_equals_the_obvious_one(
    world: tuple[list[JobTerms], list[WorkerTerms]], data: st.DataObject
) -> None:
    jobs, workers = world
    pools: tuple[Pool, Pool] = (ObviousPool(), TablePool())
    gone = data.draw(st.sets(st.sampled_from([w.worker_id for w in workers] or ["-"])))
    for pool in pools:
        for worker in workers:
            pool.put_worker(worker)
        for job in jobs:
            pool.put_job(job)
        for worker_id in gone:
            pool.drop_worker(worker_id)
    for hours in (0, 30, 90):
        obvious, table = (pool.ended(NOW + hours * 3_600_000) for pool in pools)
        assert obvious == table
    assert pools[0].next_end() == pools[1].next_end()
    now = NOW + data.draw(st.integers(0, 24 * 60)) * MINUTE
    for job in jobs:
        assert_equal(*(pool.workers_for(job, now) for pool in pools))
    for worker in workers:
        assert_equal(*(pool.jobs_for(worker, now) for pool in pools))


@both_pools
@pytest.mark.parametrize(
    ("channels", "hour", "is_reachable"),
    [
        (("call", "screen"), 5, False),
        (("call", "screen"), 6, True),
        (("screen",), 20, True),
        (("call",), 21, False),
        (("call", "sms"), 23, True),
        (("page",), 0, True),
    ],
)
def test_who_hears_through_the_station_alone_cannot_be_reached_at_night(
    make_pool: Callable[[], Pool], channels: tuple[Channel, ...], hour: int, is_reachable: bool
) -> None:
    pool = make_pool()
    pool.put_worker(worker_of(msgspec.structs.replace(WORKER, channels=channels)))
    midnight = NOW + 16 * HOUR  # in China
    found = pool.workers_for(job_of(JOB), midnight + hour * HOUR - DAY)
    assert found.features[:, FEATURES.index("reachable")].tolist() == [float(is_reachable)]


@both_pools
def test_work_on_a_public_holiday_is_known_from_its_shifts(make_pool: Callable[[], Pool]) -> None:
    pool = make_pool()
    pool.put_worker(worker_of(WORKER))
    holiday = msgspec.structs.replace(job_of(JOB), on_holiday=True)
    found = [pool.workers_for(job, NOW).features for job in (job_of(JOB), holiday)]
    assert [rows[:, FEATURES.index("public_holiday")].tolist() for rows in found] == [[0.0], [1.0]]


@given(
    shifts(),
    st.lists(busy_spans, max_size=4).map(disjoint),
    st.integers(0, 12).map(lambda hours: hours * HOUR),
    st.integers(0, 15).map(lambda hours: hours * HOUR),
)
def test_calendars_alone_decide_the_same_in_both_pools(
    shifts: tuple[Interval, ...], busy: tuple[tuple[int, int], ...], rest: int, day: int
) -> None:
    always = (Interval(start=NOW - 30 * DAY, end=NOW + 30 * DAY),)
    worker = worker_of(msgspec.structs.replace(WORKER, windows=always), busy=busy)
    job = msgspec.structs.replace(
        job_of(msgspec.structs.replace(JOB, shifts=shifts)), min_rest_ms=rest, max_day_ms=day
    )
    pools: tuple[Pool, Pool] = (ObviousPool(), TablePool())
    for pool in pools:
        pool.put_worker(worker)
        pool.put_job(job)
    assert_equal(*(pool.workers_for(job, NOW) for pool in pools))
    assert_equal(*(pool.jobs_for(worker, NOW) for pool in pools))


def assert_equal(one: Candidates, other: Candidates) -> None:
    assert one.looked_at == other.looked_at == len(one.ids) + sum(one.excluded.values())
    assert one.excluded == other.excluded
    mine, theirs = np.argsort(one.ids), np.argsort(other.ids)
    assert sorted(one.ids) == sorted(other.ids)
    assert one.features[mine].tobytes() == other.features[theirs].tobytes()
    assert one.since[mine].tolist() == other.since[theirs].tolist()


@both_pools
def test_both_directions_agree_on_every_pair_and_feature(make_pool: Callable[[], Pool]) -> None:
    pool = make_pool()
    job, worker = job_of(JOB), worker_of(WORKER, record=TrackRecord(employers={"E-1": 1}))
    pool.put_job(job)
    pool.put_worker(worker)
    forth, back = pool.workers_for(job, NOW), pool.jobs_for(worker, NOW)
    assert (forth.ids, back.ids) == (["W-1"], ["J-1"])
    assert forth.features.tobytes() == back.features.tobytes()


@both_pools
def test_what_is_put_again_is_replaced_and_what_is_dropped_is_gone(
    make_pool: Callable[[], Pool],
) -> None:
    pool = make_pool()
    job = job_of(JOB)
    pool.put_worker(worker_of(WORKER))
    pool.put_worker(worker_of(msgspec.structs.replace(WORKER, pay_floor_fen_day=90_000)))
    assert pool.workers_for(job, NOW).excluded == {"pay_floor": 1}
    pool.drop_worker("W-1")
    pool.drop_worker("W-1")
    assert pool.workers_for(job, NOW).looked_at == 0
    pool.put_worker(worker_of(WORKER))
    assert pool.workers_for(job, NOW).ids == ["W-1"]


@both_pools
def test_a_thousand_workers_come_and_go(make_pool: Callable[[], Pool]) -> None:
    pool = make_pool()
    for number in range(1_000):
        named = msgspec.structs.replace(WORKER, worker_id=f"W-{number}")
        pool.put_worker(worker_of(named))
        if number % 3 == 0:
            pool.drop_worker(f"W-{number // 2}")
    job = job_of(JOB)
    found = pool.workers_for(job, NOW)
    dropped = {f"W-{number // 2}" for number in range(0, 1_000, 3)}
    assert set(found.ids) == {f"W-{number}" for number in range(1_000)} - dropped
    assert first_failure(job, worker_of(WORKER)) is None
