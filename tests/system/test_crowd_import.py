"""The import of real gig data through a matcher that keeps being killed, on real Apache Kafka.

The data is not part of the project: a test reads it where `GIGMATCH_CROWD_TASKS` says or beside the
checkout, and makes up files of the same columns where there is none. GIGMATCH_LONG=1 imports all of
it and kills ten times; the short form takes the first rows and kills twice.
"""

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from events.codec import decode_outcome
from events.emission import emission_position
from events.envelope import Record
from events.outcomes import BookingCancelled, BookingConfirmed, MatchRanked
from events.topics import OUTCOMES
from gigmatch.fold import bytes_of, first_of_each_id, read_topic
from gigmatch.logread import LogReader
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from matching.obvious_pool import ObviousPool
from models.registry import Registry
from tests.brokers import Broker, BrokerKind
from tests.system.matchers import (
    folded_outcomes,
    make_topics,
    published_outcomes,
    running_matcher,
    wait_for_outcomes,
)

LONG = bool(os.environ.get("GIGMATCH_LONG"))
KILLS = 10 if LONG else 2
ROWS = 10_000 if LONG else 120
BESIDE = Path(__file__).parents[3] / "shared" / "data" / "crowd_tasks"
DATA = Path(os.environ.get("GIGMATCH_CROWD_TASKS", BESIDE))
FILES = ("members.csv", "tasks.csv", "new_tasks.csv")


@pytest.mark.chaos
@pytest.mark.kafka
@pytest.mark.timeout(3600 if LONG else 900)
def test_an_import_survives_kills_and_equals_brute_force(
    new_broker: Callable[[BrokerKind], Broker], tmp_path: Path
) -> None:
    broker = new_broker("kafka")
    make_topics(broker, 1)
    folder = some_rows(tmp_path)
    importing = threading.Thread(target=run_import, args=(broker, folder))
    rng = random.Random(KILLS)
    with running_matcher(broker, tmp_path) as matcher:
        matcher.wait_ready()
        importing.start()
        for number in range(KILLS):
            if number % 2:  # dies whenever it may be, also while it starts or recovers
                time.sleep(rng.uniform(3.0, 15.0))
            else:
                matcher.wait_ready()
                time.sleep(rng.uniform(0.5, 8.0 if LONG else 2.0))
            matcher.kill()
            matcher.start_again()
        importing.join()
        expected = folded_outcomes(broker, 1)
        wait_for_outcomes(broker, set(expected), matcher)
    assert published_outcomes(broker)[0] == expected
    assert brute_force(broker) == expected
    check_bookings(broker, folder)


def some_rows(tmp_path: Path) -> Path:
    """A folder with the first rows of the data, or of made-up data of the same columns."""
    folder = tmp_path / "crowd"
    folder.mkdir()
    for name in FILES:
        lines = (DATA / name).read_text().splitlines() if DATA.is_dir() else made_up(name)
        (folder / name).write_text("\n".join(lines[: ROWS + 1]) + "\n")
    return folder


def made_up(name: str) -> list[str]:
    """Rows around Guangzhou."""
    rng = random.Random(name)
    points = [f"{23 + rng.random() / 3:.6f},{113.2 + rng.random() / 3:.6f}" for _ in range(ROWS)]
    match name:
        case "members.csv":
            head = "member_id,lat,lon,task_quota,booking_opens_at,reputation"
            rows = [f"B{n:04},{p},{1 + n % 5},06:30:00,{n}" for n, p in enumerate(points)]
        case "tasks.csv":
            head = "task_id,lat,lon,price_cny,completed"
            rows = [f"A{n:04},{p},{65 + n % 20},1" for n, p in enumerate(points)]
        case _:
            head = "task_id,lat,lon"
            rows = [f"C{n:04},{p}" for n, p in enumerate(points)]
    return [head, *rows]


def run_import(broker: Broker, folder: Path) -> None:
    """`gigmatch import crowd-tasks`, its offers answered, as a user runs it."""
    command = [sys.executable, "-m", "gigmatch", "import", "crowd-tasks", str(folder)]
    subprocess.run(
        [*command, "--date", "2030-05-06", "--answers", "1"],
        env={**os.environ, "GIGMATCH_KAFKA": broker.bootstrap},
        check=True,
        capture_output=True,
        timeout=3000,
    )


def brute_force(broker: Broker) -> dict[str, bytes]:
    """Every outcome as the obvious pool gives it, which looks at each pair alone."""
    engine = Engine(0, 1, Registry(PACKAGED_RELEASES).open, make_pool=ObviousPool)
    steps = (engine.step(record) for record in read_topic(broker.bootstrap))
    return {emission.id: bytes_of(emission) for step in steps for emission in step.emissions}


def check_bookings(broker: Broker, folder: Path) -> None:
    """One ranking a task; no member with two bookings at a time, or with more than their quota."""
    rankings: Counter[str] = Counter()
    held: defaultdict[str, dict[str, BookingConfirmed]] = defaultdict(dict)
    for outcome in (decode_outcome(record)[1] for record in outcomes(broker)):
        match outcome:
            case MatchRanked(job_id=str(job_id)):
                rankings[job_id] += 1
            case BookingConfirmed():
                held[outcome.worker_id][outcome.job_id] = outcome
            case BookingCancelled():
                del held[outcome.worker_id][outcome.job_id]
            case _:
                pass
    tasks = [row[0] for name in FILES[1:] for row in rows_of(folder / name)]
    assert rankings == Counter(tasks)
    quotas = {row[0]: int(row[3]) for row in rows_of(folder / "members.csv")}
    assert held
    for member, bookings in held.items():
        assert len(bookings) <= quotas[member]
        shifts = sorted((s.start, s.end) for b in bookings.values() for s in b.shifts)
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(shifts))


def outcomes(broker: Broker) -> list[Record]:
    """The outcomes without repetitions, in the order of their causes."""
    with LogReader(broker.bootstrap) as reader:
        once = first_of_each_id(reader.read(OUTCOMES, 0))
    return sorted(once, key=lambda r: emission_position(dict(r.headers)["ce_id"].decode()))


def rows_of(path: Path) -> list[list[str]]:
    """The cells of a file's rows, without the header."""
    return [line.split(",") for line in path.read_text().splitlines()[1:]]
