"""The hidden behaviour: sensible in what all can see, and more than what the model can see."""

import ast
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.facts import JobPosted
from events.values import Interval, Pay, Place
from producers.simulator import behaviour
from producers.simulator.behaviour import Circumstances
from producers.simulator.drift import Mood
from producers.simulator.people import Person, workers
from producers.simulator.town import emeishan
from tests.town import HOUR, NOW

ROOT = Path(__file__).parents[3]
PEOPLE = workers(emeishan(), seed=1, count=200)
JOB = JobPosted(
    job_id="J-1",
    zone="511181",
    station_id="511181-05",
    employer_id="E-0001",
    title="采茶工",
    skills=("tea_picking",),
    shifts=(Interval(start=NOW, end=NOW + 8 * HOUR),),
    pay=Pay(amount_fen=15_000),
    place=Place(lat=29.6, lon=103.48),
)
people = st.sampled_from(PEOPLE)
circumstances = st.builds(
    Circumstances,
    tired=st.integers(0, 7),
    weather=st.floats(-1, 1),
    friends=st.integers(0, 5),
    belief=st.floats(-2, 2),
    holiday=st.booleans(),
    harvest=st.booleans(),
    mood=st.builds(
        Mood, eagerness=st.floats(-1, 1), money=st.floats(0.5, 2), way=st.floats(0.5, 2)
    ),
)


@given(people, circumstances)
def test_chances_are_chances(person: Person, now: Circumstances) -> None:
    for chance in (behaviour.wants, behaviour.comes):
        assert 0 < chance(person, JOB, now) < 1


@given(people, circumstances, st.integers(5_000, 30_000), st.integers(100, 10_000))
def test_more_pay_is_never_less_welcome(
    person: Person, now: Circumstances, fen: int, more: int
) -> None:
    low, high = (
        msgspec.structs.replace(JOB, pay=Pay(amount_fen=amount)) for amount in (fen, fen + more)
    )
    assert behaviour.wants(person, low, now) <= behaviour.wants(person, high, now)


@given(people, circumstances, st.floats(0, 0.3), st.floats(0.01, 0.3))
def test_farther_is_never_more_welcome(
    person: Person, now: Circumstances, north: float, more: float
) -> None:
    near, far = (
        msgspec.structs.replace(JOB, place=Place(lat=person.place.lat + way, lon=person.place.lon))
        for way in (north, north + more)
    )
    assert behaviour.wants(person, near, now) >= behaviour.wants(person, far, now)


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"tired": 7}, {"tired": 0}),
        ({"weather": -1.0}, {"weather": 1.0}),
        ({"friends": 0}, {"friends": 1}),
        ({"friends": 1}, {"friends": 2}),
        ({"belief": -0.5}, {"belief": 0.5}),
        ({"holiday": True}, {"holiday": False}),
        ({"harvest": True}, {"harvest": False}),
    ],
)
@given(person=people, now=circumstances)
def test_what_bears_on_a_decision_does_so_in_one_direction(
    worse: dict[str, Any], better: dict[str, Any], person: Person, now: Circumstances
) -> None:
    bad, good = (msgspec.structs.replace(now, **change) for change in (worse, better))
    for chance in (behaviour.wants, behaviour.comes):
        assert chance(person, JOB, bad) <= chance(person, JOB, good)


def test_friends_beyond_two_make_no_difference() -> None:
    two, five = (Circumstances(friends=count) for count in (2, 5))
    assert behaviour.comes(PEOPLE[0], JOB, two) == behaviour.comes(PEOPLE[0], JOB, five)


@given(people, st.integers(0, 23), st.floats(1, 2_000))
def test_an_answer_comes_within_a_time_as_often_as_answers_are_that_quick(
    person: Person, hour: int, minutes: float
) -> None:
    rng = Random(f"{person.worker_id}/{hour}")
    quick = [behaviour.minutes_to_answer(person, rng, hour) <= minutes for _ in range(400)]
    expected = behaviour.answers_within(person, minutes, hour)
    assert sum(quick) / len(quick) == pytest.approx(expected, abs=0.12)


def test_people_alike_for_the_model_decide_differently() -> None:
    """Minds differ where everything that events tell is the same."""
    twins = [msgspec.structs.replace(PEOPLE[0], mind=person.mind) for person in PEOPLE[:50]]
    chances = [behaviour.wants(twin, JOB, Circumstances()) for twin in twins]
    assert max(chances) - min(chances) > 0.3


def test_the_young_answer_sooner_and_clerks_do_not_call_at_night() -> None:
    young = [person for person in PEOPLE if not person.mind.by_clerk]
    called = [person for person in PEOPLE if person.mind.by_clerk]
    assert young
    assert called
    assert _minutes(young, hour=10) < _minutes(called, hour=10)
    assert all(_one(person, hour=23) >= 7 * 60 for person in called)


@pytest.mark.parametrize("folder", ["matching", "models", "streams", "gateway", "events"])
def test_nobody_else_knows_how_people_decide(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("producers.simulator") for name in names), path


def _minutes(some: list[Person], hour: int) -> float:
    return sum(_one(person, hour) for person in some) / len(some)


def _one(person: Person, hour: int) -> float:
    return behaviour.minutes_to_answer(person, Random(person.worker_id), hour)
