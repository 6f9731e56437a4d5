"""The hidden behaviour: sensible in what all can see, and more than what the model can see."""

import ast
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.facts import JobPosted
from events.values import Interval, Pay, Place
from producers.simulator import behaviour
from producers.simulator.people import EmployerPerson, Person, employers, workers
from producers.simulator.town import emeishan
from tests.town import HOUR, NOW

ROOT = Path(__file__).parents[3]
PEOPLE = workers(emeishan(), seed=1, count=200)
EMPLOYERS = employers(emeishan(), seed=1, count=40)
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
posters = st.sampled_from(EMPLOYERS)


@given(people, posters, st.integers(0, 7), st.floats(-1, 1))
def test_chances_are_chances(
    person: Person, employer: EmployerPerson, tired: int, weather: float
) -> None:
    for chance in (behaviour.wants, behaviour.comes):
        assert 0 < chance(person, JOB, employer, tired=tired, weather=weather) < 1


@given(people, posters, st.integers(5_000, 30_000), st.integers(100, 10_000))
def test_more_pay_is_never_less_welcome(
    person: Person, employer: EmployerPerson, fen: int, more: int
) -> None:
    low, high = (
        msgspec.structs.replace(JOB, pay=Pay(amount_fen=amount)) for amount in (fen, fen + more)
    )
    assert _wants(person, low, employer) <= _wants(person, high, employer)


@given(people, posters, st.floats(0, 0.3), st.floats(0.01, 0.3))
def test_farther_is_never_more_welcome(
    person: Person, employer: EmployerPerson, north: float, more: float
) -> None:
    near, far = (
        msgspec.structs.replace(JOB, place=Place(lat=person.place.lat + way, lon=person.place.lon))
        for way in (north, north + more)
    )
    assert _wants(person, near, employer) >= _wants(person, far, employer)


@given(people, posters)
def test_tired_people_stay_at_home(person: Person, employer: EmployerPerson) -> None:
    rested, tired = (
        behaviour.wants(person, JOB, employer, tired=days, weather=0) for days in (0, 7)
    )
    assert rested >= tired


def test_people_alike_for_the_model_decide_differently() -> None:
    """Minds differ where everything that events tell is the same."""
    twins = [msgspec.structs.replace(PEOPLE[0], mind=person.mind) for person in PEOPLE[:50]]
    chances = [_wants(twin, JOB, EMPLOYERS[0]) for twin in twins]
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


def _wants(person: Person, job: JobPosted, employer: EmployerPerson) -> float:
    return behaviour.wants(person, job, employer, tired=0, weather=0)


def _minutes(some: list[Person], hour: int) -> float:
    return sum(_one(person, hour) for person in some) / len(some)


def _one(person: Person, hour: int) -> float:
    return behaviour.minutes_to_answer(person, Random(person.worker_id), hour)
