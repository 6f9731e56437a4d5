"""An observer knows how people decide, and of each mind what the answers tell: never the mind."""

import msgspec
import pytest

from events.facts import JobPosted
from events.values import Interval, Pay, Place
from producers.simulator import behaviour
from producers.simulator.behaviour import Circumstances
from producers.simulator.lives import LATER_DROPS_OUT, NEVER_ANSWERS
from producers.simulator.observer import SEED, Answer, Observer, Seen
from producers.simulator.people import workers
from producers.simulator.town import emeishan
from tests.town import HOUR, NOW

TOWN = emeishan()
MINUTES = 30.0


SEEN = Seen(
    person=workers(TOWN, seed=1, count=8)[7],
    job=JobPosted(
        job_id="J-1",
        zone="511181",
        station_id="511181-05",
        employer_id="E-0001",
        title="采茶工",
        skills=("tea_picking",),
        shifts=(Interval(start=NOW, end=NOW + 8 * HOUR),),
        pay=Pay(amount_fen=15_000),
        place=Place(lat=29.6, lon=103.48),
    ),
    now=Circumstances(tired=6, friends=1, belief=0.3),
    hour=9,
)


def answered(times: int, *, yes: bool, came: bool | None = None) -> list[Answer]:
    return [Answer(SEEN, yes, 4.0, came)] * times


def test_its_law_is_the_peoples_own() -> None:
    mind = workers(TOWN, SEED, 1)[0]
    person = msgspec.structs.replace(SEEN.person, mind=mind.mind)
    accepts, works = Observer(TOWN, (), MINUTES, minds=1).chances(SEEN)
    answers = behaviour.answers_within(person, MINUTES, SEEN.hour)
    wants = behaviour.wants(person, SEEN.job, SEEN.now)
    assert accepts == pytest.approx((1 - NEVER_ANSWERS) * answers * wants)
    comes = behaviour.comes(person, SEEN.job, SEEN.now)
    assert works == pytest.approx((1 - LATER_DROPS_OUT) * comes)


def test_it_does_not_look_into_a_mind() -> None:
    eager = msgspec.structs.replace(SEEN.person.mind, eagerness=9.0, steadiness=9.0)
    other = SEEN._replace(person=msgspec.structs.replace(SEEN.person, mind=eager))
    observer = Observer(TOWN, (), MINUTES, minds=50)
    assert observer.chances(other) == observer.chances(SEEN)


def test_answers_and_work_tell_of_a_mind_and_of_no_other() -> None:
    def after(*answers: Answer) -> tuple[float, float]:
        return Observer(TOWN, answers, MINUTES, minds=150).chances(SEEN)

    accepts, works = after()
    assert after(*answered(8, yes=True))[0] > accepts > after(*answered(8, yes=False))[0]
    assert after(*[Answer(SEEN, False, None, None)] * 8)[0] < accepts
    came, stayed = (after(*answered(4, yes=True, came=came))[1] for came in (True, False))
    assert came > works > stayed
    stranger = SEEN._replace(person=msgspec.structs.replace(SEEN.person, worker_id="W-other"))
    observer = Observer(TOWN, [Answer(stranger, False, 4.0, None)] * 8, MINUTES, minds=150)
    assert observer.chances(SEEN) == (accepts, works)


def test_weather_friends_and_belief_are_told() -> None:
    observer = Observer(TOWN, (), MINUTES, minds=50)
    alone = SEEN._replace(now=Circumstances(tired=SEEN.now.tired))
    assert observer.chances(alone) != observer.chances(SEEN)
