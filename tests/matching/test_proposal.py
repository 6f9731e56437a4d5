"""What counts as other terms for somebody who said no."""

from typing import Any

import msgspec
import pytest

from events.facts import JobPosted, WorkerAvailable
from events.values import Crew, Interval, Pay, Place
from matching.proposal import Answers, for_anybody, has, is_no_better, note, propose
from tests.matching.scenario import JOB, WORKER
from tests.town import HOUR, NOW

LATER = (Interval(start=NOW + 48 * HOUR, end=NOW + 57 * HOUR),)
ELSEWHERE = Place(lat=29.5, lon=103.4)
NOW_OFFERED = for_anybody(JOB)


def declined(job: JobPosted, worker: WorkerAvailable) -> Answers:
    answers: Answers = {}
    note(answers, propose(job, worker), "declined")
    return answers


def refuses(answers: Answers, job: dict[str, Any], worker: dict[str, Any]) -> bool:
    posted = msgspec.structs.replace(JOB, **job)
    available = msgspec.structs.replace(WORKER, **worker)
    return has(answers, propose(posted, available), "declined")


@pytest.mark.parametrize(
    ("job", "worker"),
    [
        ({"pay": Pay(amount_fen=15_001)}, {}),
        ({"shifts": LATER}, {}),
        ({"place": ELSEWHERE}, {}),
        ({"perks": ("pickup",)}, {}),
        ({"pay": Pay(amount_fen=15_000, settlement="weekly")}, {}),
        ({"pay": Pay(amount_fen=1_700, unit="hour")}, {}),
        ({}, {"place": ELSEWHERE}),
        ({}, {"max_distance_km": 30.0}),
        ({}, {"pay_floor_fen_day": 9_000}),
        ({}, {"travel_mode": "car"}),
        ({}, {"crew": Crew(leader_id=WORKER.worker_id, size=2)}),
    ],
)
def test_other_terms(job: dict[str, Any], worker: dict[str, Any]) -> None:
    assert not refuses(declined(JOB, WORKER), job, worker)
    assert is_no_better(for_anybody(msgspec.structs.replace(JOB, **job)), NOW_OFFERED) is not bool(
        job
    )


@pytest.mark.parametrize(
    ("job", "worker"),
    [
        ({}, {}),
        ({"pay": Pay(amount_fen=14_999)}, {}),
        ({"title": "Tea"}, {}),
        ({"headcount": 9}, {}),
        ({"skills": ()}, {}),
        ({"place": Place(lat=JOB.place.lat, lon=JOB.place.lon, name="双福镇")}, {}),
        ({}, {"windows": (Interval(start=NOW, end=NOW + 40 * HOUR),)}),
        ({}, {"skills": ()}),
        ({}, {"valid_until": NOW + HOUR}),
    ],
)
def test_the_same_terms(job: dict[str, Any], worker: dict[str, Any]) -> None:
    assert refuses(declined(JOB, WORKER), job, worker)
    assert is_no_better(for_anybody(msgspec.structs.replace(JOB, **job)), NOW_OFFERED)


def test_piece_work_without_an_estimate_is_better_when_a_piece_pays_more() -> None:
    by_piece = msgspec.structs.replace(JOB, pay=Pay(amount_fen=50, unit="piece"))
    answers = declined(by_piece, WORKER)
    assert refuses(answers, {"pay": Pay(amount_fen=50, unit="piece")}, {})
    assert not refuses(answers, {"pay": Pay(amount_fen=60, unit="piece")}, {})


def test_the_way_there_and_back_is_not_news() -> None:
    """A and B were declined: neither comes again, however often the employer changes his mind."""
    answers = declined(JOB, WORKER)
    note(answers, propose(msgspec.structs.replace(JOB, shifts=LATER), WORKER), "declined")
    assert refuses(answers, {}, {})
    assert refuses(answers, {"shifts": LATER}, {})


def test_a_no_to_more_pay_is_a_no_to_less_and_silence_is_no_no() -> None:
    answers = declined(msgspec.structs.replace(JOB, pay=Pay(amount_fen=20_000)), WORKER)
    note(answers, propose(JOB, WORKER), "declined")
    assert refuses(answers, {"pay": Pay(amount_fen=20_000)}, {})
    note(
        answers,
        propose(msgspec.structs.replace(JOB, pay=Pay(amount_fen=30_000)), WORKER),
        "unanswered",
    )
    assert not refuses(answers, {"pay": Pay(amount_fen=25_000)}, {})
