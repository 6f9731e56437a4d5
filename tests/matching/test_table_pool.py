"""The compiled table where lists grow, move and empty: many workers, many moves, one oracle."""

import contextlib
import io
import random
import struct
from collections.abc import Iterator

import msgspec
import pytest

from events.facts import JobPosted, WorkerAvailable
from events.values import Interval, Place, Skill
from matching.days import day_in_china
from matching.fastest_pool import COMPILED, fastest_pool
from matching.features import FEATURES
from matching.obvious_pool import ObviousPool
from matching.pool import Pool
from matching.table_pool import TablePool
from matching.track_record import TrackRecord
from tests.matching.scenario import JOB, WORKER
from tests.matching.test_pool import assert_equal, job_of, worker_of
from tests.town import NOW

SKILLS = [f"skill_{number}" for number in range(6)]
OCCUPATIONS = [f"4-{number:02d}" for number in range(3)]
TOWNS = [(29.60, 103.48), (29.655, 103.445), (30.57, 104.07), (39.9, 116.4), (-0.001, 0.001)]


_FIRST_NAMES = 16
"""Where a dump counts the numbers of its first names, the skills."""


class Dump:
    """Bytes that come in pieces of `most` at most."""

    next_end: int | None = None

    def __init__(self, dump: bytes, most: int = 1_000_000) -> None:
        self.length = len(dump)
        self._left = io.BytesIO(dump)
        self._most = most

    def readinto(self, room: memoryview) -> int:
        return self._left.readinto(room[: self._most])


class Damaged(Dump):
    """Bytes of which the end tells that they are wrong."""

    def readinto(self, room: memoryview) -> int:
        got = super().readinto(room)
        if not got:
            raise OSError("damaged")
        return got


def test_the_compiled_table_is_what_runs_here() -> None:
    assert COMPILED
    assert isinstance(fastest_pool(), TablePool)


def test_without_the_table_the_obvious_pool_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.fastest_pool.COMPILED", False)
    assert isinstance(fastest_pool(), ObviousPool)


def test_the_table_writes_as_many_features_as_there_are() -> None:
    pool = TablePool()
    pool.put_worker(worker_of(WORKER))
    assert pool.workers_for(job_of(JOB), NOW).features.shape == (1, len(FEATURES))


@pytest.mark.parametrize("seed", range(3))
def test_thousands_of_moves_leave_the_same_pool(seed: int) -> None:
    chance = random.Random(seed)
    pools: tuple[Pool, Pool] = (ObviousPool(), TablePool())
    workers, jobs = _workers(chance), _jobs(chance)
    for step in range(4_000):
        worker, job = next(workers), next(jobs)
        gone = chance.random() < 0.3
        for pool in pools:
            if gone:
                pool.drop_worker(worker.worker_id)
            else:
                pool.put_worker(worker_of(worker))
            if step % 40 == 0:
                pool.put_job(job_of(job))
                pool.drop_job(f"J-{step % 7}")
        assert pools[0].next_end() == pools[1].next_end()
        if step % 100 == 0:
            assert_equal(*(pool.workers_for(job_of(job), NOW) for pool in pools))
            assert_equal(*(pool.jobs_for(worker_of(worker), NOW) for pool in pools))


def test_a_dump_makes_the_same_pool_and_a_bad_one_none() -> None:
    chance = random.Random(5)
    pool, again, workers, jobs = TablePool(), TablePool(), _workers(chance), _jobs(chance)
    for _ in range(2_000):
        pool.put_worker(worker_of(next(workers)))
        pool.drop_worker(f"W-{chance.randrange(900)}")
    dump = pool.dump_workers()
    for cut in (0, 3, 9, 20, 100, len(dump) - 1):
        assert not again.load_workers(Dump(dump[:cut]))
        assert again.workers_for(job_of(JOB), NOW).looked_at == 0
    assert again.load_workers(Dump(dump))
    for change in (next(workers) for _ in range(200)):
        pool.put_worker(worker_of(change))
        again.put_worker(worker_of(change))
    for job in (next(jobs) for _ in range(50)):
        assert_equal(pool.workers_for(job_of(job), NOW), again.workers_for(job_of(job), NOW))
    assert pool.next_end() == again.next_end()


def _many(code: str, count: int) -> tuple[str, ...]:
    return tuple(f"{code}-{number}" for number in range(count))


WEEK = tuple(
    Interval(start=NOW + day * 86_400_000, end=NOW + day * 86_400_000 + 40_000_000)
    for day in range(7)
)
LAYOUTS = {
    "bare": msgspec.structs.replace(WORKER, skills=(), occupations=(), certificates=()),
    "one of each": WORKER,
    "occupations": msgspec.structs.replace(WORKER, occupations=_many("4", 3)),
    "windows": msgspec.structs.replace(WORKER, windows=WEEK, occupations=()),
    "used up": msgspec.structs.replace(WORKER, max_bookings=1),
    "all there can be": msgspec.structs.replace(
        WORKER,
        worker_id="W-" + "9" * 62,
        windows=WEEK,
        skills=tuple(Skill(code=code, level=1 + n % 3) for n, code in enumerate(_many("s", 50))),
        occupations=_many("4", 50),
        certificates=_many("c", 50),
    ),
}
"""Workers whose parts lie in memory in different ways."""


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("before", LAYOUTS)
def test_a_worker_of_any_shape_is_put_replaced_dumped_and_dropped(before: str, layout: str) -> None:
    old, new = LAYOUTS[before], LAYOUTS[layout]
    new = msgspec.structs.replace(new, worker_id=old.worker_id)
    booked = ((NOW + 50_000_000, NOW + 60_000_000), (NOW + 140_000_000, NOW + 150_000_000))
    known = TrackRecord(
        employers=dict.fromkeys(_many("E", 2), 1),
        asked=dict.fromkeys((skill.code for skill in new.skills), 3),
        last_day=day_in_china(NOW) - 1,
        days=0b101,
    )
    put = msgspec.structs.replace(
        worker_of(new, busy=booked, record=known),
        bookings_left=0 if layout == "used up" else None,
    )
    moved = msgspec.structs.replace(put, point=(0.0, 1.0, 0.0))
    pools: tuple[Pool, Pool] = (ObviousPool(), TablePool())
    neighbours = [
        worker_of(msgspec.structs.replace(old, worker_id=f"N-{number}")) for number in range(3)
    ]
    for worker in (worker_of(old), *neighbours, put, put, moved, put):
        for pool in pools:
            pool.put_worker(worker)
    again = TablePool()
    assert again.load_workers(Dump(pools[1].dump_workers()))
    jobs = [
        job_of(msgspec.structs.replace(JOB, skills=skills, occupation=occupation))
        for skills in ((), *((skill.code,) for skill in new.skills[:2]), _many("s", 3))
        for occupation in (None, "4-2", *new.occupations[:1])
    ]
    for job in jobs:
        assert_equal(pools[0].workers_for(job, NOW), pools[1].workers_for(job, NOW))
        assert_equal(pools[0].workers_for(job, NOW), again.workers_for(job, NOW))
        assert_equal(*(pool.jobs_for(put, NOW) for pool in pools))
    for pool in (*pools, again):
        pool.drop_worker(old.worker_id)
        assert pool.ended(put.valid_until) == sorted(
            (worker.valid_until, worker.worker_id)
            for worker in neighbours
            if worker.valid_until <= put.valid_until
        )
    for job in jobs:
        assert_equal(pools[0].workers_for(job, NOW), pools[1].workers_for(job, NOW))
        assert_equal(pools[0].workers_for(job, NOW), again.workers_for(job, NOW))


def _dumped(workers: int) -> bytes:
    pool, new = TablePool(), _workers(random.Random(11))
    for number in range(workers):
        worker = msgspec.structs.replace(next(new), worker_id=f"W-{number}")
        pool.put_worker(worker_of(worker))
    return pool.dump_workers()


@pytest.mark.parametrize("most", [1, 7, 96, 4_096])
def test_a_dump_may_come_in_any_pieces(most: int) -> None:
    dump, whole, pieces = _dumped(300), TablePool(), TablePool()
    assert whole.load_workers(Dump(dump))
    assert pieces.load_workers(Dump(dump, most))
    assert pieces.dump_workers() == whole.dump_workers()


def test_a_dump_longer_than_a_piece_comes_whole() -> None:
    dump, again = _dumped(4_000), TablePool()
    assert len(dump) > 2 * 256 * 1024
    assert again.load_workers(Dump(dump))
    assert sorted(again.dump_workers()) == sorted(dump)


def test_what_a_dump_raises_leaves_the_pool_empty() -> None:
    dump, pool = _dumped(20), TablePool()
    with pytest.raises(OSError, match="damaged"):
        pool.load_workers(Damaged(dump))
    assert pool.workers_for(job_of(JOB), NOW).looked_at == 0
    assert pool.load_workers(Dump(dump))


def test_a_dump_that_is_longer_than_it_says_is_refused() -> None:
    dump = Dump(_dumped(20) + b"more")
    assert not TablePool().load_workers(dump)
    dump = Dump(_dumped(20) + b"more")
    dump.length -= 4
    assert not TablePool().load_workers(dump)


def test_a_dump_changed_anywhere_is_refused_or_a_pool_that_can_be_used() -> None:
    chance = random.Random(7)
    pool, workers, jobs = TablePool(), _workers(chance), _jobs(chance)
    for _ in range(20):
        pool.put_worker(worker_of(next(workers)))
    dump = pool.dump_workers()
    refused = 0
    for _ in range(2_000):
        bad = bytearray(dump)
        for _ in range(chance.randint(1, 3)):
            bad[chance.randrange(len(bad))] = chance.choice((0, 1, 7, 8, 127, 128, 255))
        again = TablePool()
        if not again.load_workers(Dump(bytes(bad))):
            refused += 1
            continue
        for _ in range(5):
            again.put_worker(worker_of(next(workers)))
            again.drop_worker(f"W-{chance.randrange(900)}")
            with contextlib.suppress(UnicodeDecodeError):  # an id that is none any more
                again.workers_for(job_of(next(jobs)), NOW)
    assert refused > 100


def test_a_dump_of_few_workers_has_room_for_the_names_of_many_before() -> None:
    """There were more numbers that nobody used than bytes: it was refused."""
    pool = TablePool()
    for number in range(5_000):
        skills = (Skill(code=f"skill_{number}"),)
        said = msgspec.structs.replace(WORKER, worker_id=f"W-{number}", skills=skills)
        pool.put_worker(worker_of(said))
    for number in range(4_999):
        pool.drop_worker(f"W-{number}")
    dump, again = pool.dump_workers(), TablePool()
    assert len(dump) < 5_000 == struct.unpack_from("=I", dump, _FIRST_NAMES)[0]
    assert again.load_workers(Dump(dump))
    assert again.dump_workers() == dump
    too_many = struct.pack("=I", 2_000_000)
    claimed = dump[:_FIRST_NAMES] + too_many + dump[_FIRST_NAMES + 4 :]
    assert not TablePool().load_workers(Dump(claimed))


def test_a_name_or_a_skill_twice_in_a_dump_is_refused() -> None:
    pool = TablePool()
    skills = (Skill(code="aaaa"), Skill(code="bbbb"))
    pool.put_worker(worker_of(msgspec.structs.replace(WORKER, skills=skills)))
    dump = pool.dump_workers()
    assert not TablePool().load_workers(Dump(dump.replace(b"bbbb", b"aaaa")))
    numbers = b"\x00\x00\x00\x00\x01\x00\x00\x00"
    at = dump.rindex(numbers)
    assert not TablePool().load_workers(Dump(dump[:at] + bytes(8) + dump[at + 8 :]))


def test_a_worker_with_more_parts_than_fit_is_refused_and_the_old_one_stays() -> None:
    pool = TablePool()
    pool.put_worker(worker_of(WORKER))
    for more in (
        {"skills": dict.fromkeys(_many("s", 256), 1)},
        {"occupations": frozenset(_many("o", 256))},
        {"certificates": frozenset(_many("c", 256))},
        {"busy": tuple((at, at + 1) for at in range(65_536))},
        {"windows": tuple((2 * at, 2 * at + 1) for at in range(65_536))},
    ):
        with pytest.raises(ValueError, match="a worker may have up to"):
            pool.put_worker(msgspec.structs.replace(worker_of(WORKER), **more))
    with pytest.raises(ValueError, match="a worker may have up to"):
        pool.put_worker(msgspec.structs.replace(worker_of(WORKER), worker_id="W" * 256))
    assert pool.workers_for(job_of(JOB), NOW).ids == ["W-1"]


def test_what_is_not_terms_is_refused() -> None:
    pool = TablePool()
    with pytest.raises(AttributeError):
        pool.put_worker(JOB)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        pool.workers_for(WORKER, NOW)  # type: ignore[arg-type]


def _workers(chance: random.Random) -> Iterator[WorkerAvailable]:
    while True:
        yield msgspec.structs.replace(
            WORKER,
            worker_id=f"W-{chance.randrange(900)}",
            place=_place(chance),
            skills=tuple(
                Skill(code=code, level=chance.randint(1, 3))
                for code in chance.sample(SKILLS, chance.randrange(4))
            ),
            occupations=tuple(chance.sample(OCCUPATIONS, chance.randrange(3))),
            max_distance_km=chance.choice((1.0, 2.5, 4.9, 10.0, 39.9, 160.0, 3_000.0)),
            windows=tuple(
                Interval(start=NOW + day * 86_400_000, end=NOW + (day + 1) * 86_400_000 - 1)
                for day in chance.sample(range(4), chance.randint(1, 3))
            ),
            pay_floor_fen_day=chance.choice((0, 12_000, 18_000)),
        )


def _jobs(chance: random.Random) -> Iterator[JobPosted]:
    number = 0
    while True:
        number += 1
        start = NOW + chance.randrange(72) * 3_600_000
        yield msgspec.structs.replace(
            JOB,
            job_id=f"J-{number % 11}",
            place=_place(chance),
            skills=tuple(chance.sample(SKILLS, chance.randrange(4))),
            occupation=chance.choice([None, "9-99", *OCCUPATIONS]),
            shifts=(Interval(start=start, end=start + 4 * 3_600_000),),
        )


def _place(chance: random.Random) -> Place:
    lat, lon = chance.choice(TOWNS)
    return Place(lat=lat + chance.gauss(0, 0.05), lon=lon + chance.gauss(0, 0.05))


def test_a_dump_that_counts_more_workers_than_it_has_is_refused() -> None:
    pool, workers = TablePool(), _workers(random.Random(3))
    for _ in range(5):
        pool.put_worker(worker_of(next(workers)))
    dump = pool.dump_workers()
    at = dump.index(struct.pack("=I", 96)) + 4  # behind the size of a row
    assert struct.unpack_from("=I", dump, at) == (5,)
    for count in (6, 20, 255):
        told = dump[:at] + struct.pack("=I", count) + dump[at + 4 :]
        assert not TablePool().load_workers(Dump(told))


def test_an_end_that_is_no_time_is_refused() -> None:
    worker = worker_of(next(_workers(random.Random(3))))
    pool = TablePool()
    pool.put_worker(worker)
    dump, good = pool.dump_workers(), struct.pack("=q", worker.valid_until)
    for end in (-(2**63), 0, 2**62):
        assert not TablePool().load_workers(Dump(dump.replace(good, struct.pack("=q", end))))
