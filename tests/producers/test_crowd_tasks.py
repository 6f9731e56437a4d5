"""The importer, on made-up files of the same columns, and on the real ones where they are."""

import os
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.codec import encode
from events.facts import JobPosted, WorkerAvailable
from gigmatch.errors import SaidError
from producers.crowd_tasks import Import, read_folder

DAY = date(2027, 3, 16)
MEMBERS = """\
member_id,lat,lon,task_quota,booking_opens_at,reputation
B1,23.10,113.30,2,06:30:00,10.5
B2,23.12,113.31,1,08:00:00,0.0001
"""
TASKS = """\
task_id,lat,lon,price_cny,completed
A1,23.11,113.30,66.0,0
A2,23.12,113.32,65.5,1
A3,23.13,113.33,80,1
"""
NEW_TASKS = """\
task_id,lat,lon
C1,23.14,113.30
"""
SOURCES = (
    Path(os.environ.get("GIGMATCH_CROWD_TASKS", "/nowhere")),
    Path(__file__).parents[2].parent / "shared" / "data" / "crowd_tasks",
)
REAL = next((folder for folder in SOURCES if (folder / "members.csv").exists()), None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path)


def write(
    folder: Path, *, members: str = MEMBERS, tasks: str = TASKS, new_tasks: str = NEW_TASKS
) -> Path:
    for name, text in (("members", members), ("tasks", tasks), ("new_tasks", new_tasks)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_members_come_first_then_old_and_new_tasks(folder: Path) -> None:
    facts, problems = read_folder(folder, DAY)
    assert problems == []
    assert [id for id, _ in facts] == [
        *("members-B1-20270316", "members-B2-20270316"),
        *("tasks-A1-20270316", "tasks-A2-20270316", "tasks-A3-20270316"),
        "new_tasks-C1-20270316",
    ]


def test_a_member_is_a_worker_with_a_quota_from_when_booking_opens(folder: Path) -> None:
    worker = read_folder(folder, DAY).facts[0][1]
    assert isinstance(worker, WorkerAvailable)
    assert (worker.worker_id, worker.zone, worker.max_bookings) == ("B1", "440100", 2)
    assert worker.windows[0].start == 1_805_149_800_000  # 2027-03-16T06:30+08:00
    assert worker.windows[0].end == 1_805_205_600_000  # 22:00
    assert worker.skills == ()


def test_a_task_is_a_piece_of_half_an_hour(folder: Path) -> None:
    jobs = _jobs(read_folder(folder, DAY))
    assert [job.job_id for job in jobs] == ["A1", "A2", "A3", "C1"]
    assert [job.pay.amount_fen for job in jobs] == [6_600, 6_550, 8_000, 6_600]
    assert all((job.pay.unit, job.pay.pieces_per_day) == ("piece", 1) for job in jobs)
    [first] = jobs[0].shifts
    assert (first.start, first.end - first.start) == (1_805_155_200_000, 30 * 60_000)
    assert [job.shifts[0].start for job in jobs] == [
        first.start + number * 30 * 60_000 for number in range(4)
    ]


def test_the_same_folder_and_day_give_the_same_bytes(folder: Path) -> None:
    assert _bytes(read_folder(folder, DAY)) == _bytes(read_folder(folder, DAY))
    other = read_folder(folder, date(2027, 3, 17))
    assert {id for id, _ in other.facts}.isdisjoint(id for id, _ in read_folder(folder, DAY).facts)


def test_all_of_it_can_belong_to_another_zone(folder: Path) -> None:
    assert {fact.zone for _, fact in read_folder(folder, DAY, "440600").facts} == {"440600"}


@pytest.mark.parametrize(
    ("changed", "column", "why"),
    [
        ({"members": MEMBERS + "B3,,113.3,1,06:30:00,1\n"}, "lat", "empty"),
        ({"members": MEMBERS + "B3,x,113.3,1,06:30:00,1\n"}, "lat", "`x` is not a number"),
        ({"members": MEMBERS + "B3,113.3,23.1,1,06:30:00,1\n"}, "lat, lon", "90"),
        ({"members": MEMBERS + "B3,48.8,2.35,1,06:30:00,1\n"}, "lat, lon", "outside China"),
        ({"members": MEMBERS + "B3,nan,113.3,1,06:30:00,1\n"}, "lat, lon", ""),
        ({"members": MEMBERS + "B3,23.1,113.3,1.5,06:30:00,1\n"}, "task_quota", "1.5"),
        ({"members": MEMBERS + "B3,23.1,113.3,-1,06:30:00,1\n"}, "task_quota", "0 or more"),
        ({"members": MEMBERS + "B3,23.1,113.3,1,noon,1\n"}, "booking_opens_at", "noon"),
        ({"members": MEMBERS + "B3,23.1,113.3,1,23:00:00,1\n"}, "booking_opens_at", "after"),
        ({"members": MEMBERS + "B 3,23.1,113.3,1,06:30:00,1\n"}, "member_id", ""),
        ({"members": MEMBERS + "B1,23.1,113.3,1,06:30:00,1\n"}, "member_id", "earlier row"),
        ({"tasks": TASKS + "A4,23.1,113.3,free,0\n"}, "price_cny", "`free`"),
        ({"tasks": TASKS + "A4,23.1,113.3,-5,0\n"}, "price_cny", "more than 0"),
        ({"tasks": TASKS + "A4,23.1,113.3,NaN,0\n"}, "price_cny", "NaN"),
        ({"tasks": TASKS + "A4,23.1,113.3,9999999999,0\n"}, "price_cny", ""),
        ({"new_tasks": NEW_TASKS + "A1,23.1,113.3\n"}, "task_id", "earlier row"),
        ({"new_tasks": NEW_TASKS + "C2,23.1\n"}, "lon", "empty or missing"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_taken(
    tmp_path: Path, changed: dict[str, str], column: str, why: str
) -> None:
    facts, problems = read_folder(write(tmp_path, **changed), DAY)
    assert len(facts) == 6
    [problem] = problems
    [name] = changed
    assert (problem.file, problem.row) == (f"{name}.csv", changed[name].count("\n"))
    assert problem.column == column
    assert why in problem.why["en"]
    assert not re.search(r"[A-Za-z]{3,}", re.sub(r"“.*?”", "", problem.why["zh-CN"]))


def test_a_member_without_a_quota_is_left_out(tmp_path: Path) -> None:
    facts, problems = read_folder(
        write(tmp_path, members=MEMBERS + "B3,23.1,113.3,0,06:30:00,1\n"), DAY
    )
    assert len(facts) == 6
    assert problems == []


def test_a_file_in_another_encoding_is_named(folder: Path) -> None:
    (folder / "members.csv").write_bytes("编号,纬度\n".encode("gb18030"))
    facts, problems = read_folder(folder, DAY)
    assert len(facts) == 4
    assert [
        (problem.file, "不是 UTF-8 的 CSV 文件" in problem.why["zh-CN"]) for problem in problems
    ] == [("members.csv", True)]


def test_a_file_that_is_missing_is_named(folder: Path) -> None:
    (folder / "new_tasks.csv").unlink()
    with pytest.raises(SaidError, match=r"new_tasks\.csv is missing"):
        read_folder(folder, DAY)


def test_a_byte_order_mark_is_no_part_of_a_name(folder: Path) -> None:
    path = folder / "members.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_folder(folder, DAY).problems == []


cell = st.text(st.characters(codec="utf-8", exclude_characters='\x00\r\n,"'), max_size=12)


@given(rows=st.lists(st.lists(cell, min_size=1, max_size=8).map(",".join), max_size=5))
def test_whatever_stands_in_a_row_each_is_taken_or_named(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    filled = [row for row in rows if row]
    text = NEW_TASKS + "".join(f"{row}\n" for row in filled)
    facts, problems = read_folder(write(tmp_path_factory.mktemp("x"), new_tasks=text), DAY)
    assert len(facts) + len(problems) == 6 + len(filled)


@pytest.mark.skipif(REAL is None, reason="the contest's data is not here")
def test_the_real_data_is_taken_whole() -> None:
    assert REAL is not None
    imported = read_folder(REAL, DAY)
    assert imported.problems == []
    kinds = Counter(fact.TYPE for _, fact in imported.facts)
    assert kinds == {"worker.available": 1_877, "job.posted": 835 + 2_066}
    assert len({id for id, _ in imported.facts}) == len(imported.facts)
    slots = Counter(job.shifts[0].start for job in _jobs(imported))
    assert len(slots) == 24
    assert max(slots.values()) - min(slots.values()) <= 1


def _jobs(imported: Import) -> list[JobPosted]:
    return [fact for _, fact in imported.facts if isinstance(fact, JobPosted)]


def _bytes(imported: Import) -> list[tuple[str, bytes]]:
    return [(id, encode(fact)) for id, fact in imported.facts]
