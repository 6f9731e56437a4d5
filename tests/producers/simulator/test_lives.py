"""Circumstances reach decisions, and the same two people meet the same luck however they met."""

from datetime import date

import msgspec

from events.facts import JobPosted, OfferAccepted, OfferDeclined, WorkCompleted, WorkNoShow
from events.outcomes import BookingConfirmed, Cause, OfferMade
from events.values import Interval, Pay
from producers.simulator import behaviour
from producers.simulator.agenda import Agenda
from producers.simulator.board import JobBoard
from producers.simulator.calendar import DAY_MS, HOUR_MS, start_of
from producers.simulator.drift import Drift
from producers.simulator.friends import friends
from producers.simulator.lives import Lives
from producers.simulator.people import Person, employers, workers
from producers.simulator.reactions import Reactions
from producers.simulator.simulation import TownSimulation
from producers.simulator.town import emeishan
from tests.town import NOW

TOWN = emeishan()
PEOPLE = {person.worker_id: person for person in workers(TOWN, seed=1, count=120)}
EMPLOYERS = employers(TOWN, seed=1, count=40)
CAUSE = Cause(partition=0, offset=1, ce_id="e")
NATIONAL_DAY = start_of((date(2027, 10, 1) - date(1970, 1, 1)).days) + 9 * HOUR_MS


class Small:
    """A few people, one job, and no market: outcomes are said by the test."""

    def __init__(self, shock_day: int | None = None) -> None:
        self.agenda = Agenda(1, NOW, TOWN.zone)
        self.board = JobBoard(self.agenda, TOWN, EMPLOYERS)
        drift = Drift(1, 0, shock_day=shock_day)
        self.lives = Lives(self.agenda, TOWN, PEOPLE, EMPLOYERS, 1, drift)
        self.reactions = Reactions(self.agenda, self.board, PEOPLE, self.lives)
        self.agenda.plan(NOW, self.board.post)
        [posted] = [timed.fact for timed in self.agenda.run(NOW)]
        assert isinstance(posted, JobPosted)
        self.job = posted


def test_people_come_rather_when_a_friend_is_booked_for_the_same_job() -> None:
    small = Small()
    person, friend = _friends()
    before = small.lives.wants(person, small.job), small.lives.comes(person, small.job)
    small.lives.booked["J-other", friend.worker_id] = "O-0"
    assert small.lives.wants(person, small.job) == before[0]
    small.lives.booked[small.job.job_id, friend.worker_id] = "O-1"
    assert small.lives.wants(person, small.job) > before[0]
    assert small.lives.comes(person, small.job) > before[1]


def test_a_holiday_keeps_people_at_home() -> None:
    small, person = Small(), next(iter(PEOPLE.values()))
    feast, work = (_at(small.job, NATIONAL_DAY + days * DAY_MS) for days in (0, 14))
    assert _dry(small, person, feast) < _dry(small, person, work)


def test_a_shock_reaches_the_answers() -> None:
    person = next(iter(PEOPLE.values()))
    poor = msgspec.structs.replace(Small().job, pay=Pay(amount_fen=person.pay_floor_yuan * 100))
    assert Small(shock_day=0).lives.wants(person, poor) < Small().lives.wants(person, poor)


def test_working_hard_tires_and_teaches() -> None:
    small, person = Small(), next(iter(PEOPLE.values()))
    employer = small.board.employer(small.job)
    before = small.lives.circumstances(person, small.job)
    small.lives.works(person, _at(small.job, NOW - 2 * DAY_MS), employer, paid=False)
    after = small.lives.circumstances(person, small.job)
    assert after.tired > before.tired == 0
    assert after.belief < before.belief


def test_another_offer_of_the_same_job_meets_the_same_mood_that_day() -> None:
    for worker_id in list(PEOPLE)[:30]:
        answers = [_answer(worker_id, offer_id) for offer_id in ("O-1", "O-2")]
        assert answers[0] == answers[1]
    assert {_answer(worker_id, "O-1") for worker_id in list(PEOPLE)[:60]} >= {"yes", "no"}


def test_whoever_comes_to_a_job_comes_however_they_were_booked() -> None:
    ends = {
        worker_id: [_end(worker_id, offer_id) for offer_id in ("O-1", "O-2")]
        for worker_id in list(PEOPLE)[:40]
    }
    assert all(first == second for first, second in ends.values())
    assert {first for first, _ in ends.values()} >= {"came"}


def test_the_chances_that_a_town_tells_are_those_of_its_people() -> None:
    simulation = TownSimulation(1, NOW, registered=60)
    said = simulation.advance(NOW + HOUR_MS)
    job = next(timed.fact for timed in said if isinstance(timed.fact, JobPosted))
    accepts, comes = simulation.chances(job.job_id, "W-00001", 30)
    longer, same = simulation.chances(job.job_id, "W-00001", 3_000)
    assert 0 < accepts < longer < 1
    assert comes == same > 0
    assert simulation.chances("J-unknown", "W-00001", 30) == (0, 0)
    assert simulation.chances(job.job_id, "W-unknown", 30) == (0, 0)


def _friends() -> tuple[Person, Person]:
    ties = friends(PEOPLE.values(), seed=1)
    worker_id = next(worker_id for worker_id, others in ties.items() if others)
    return PEOPLE[worker_id], PEOPLE[ties[worker_id][0]]


def _at(job: JobPosted, start: int) -> JobPosted:
    return msgspec.structs.replace(job, shifts=(Interval(start=start, end=start + 8 * HOUR_MS),))


def _dry(small: Small, person: Person, job: JobPosted) -> float:
    """P(comes) with the day's weather and harvest left out."""
    now = small.lives.circumstances(person, job)
    return behaviour.comes(person, job, msgspec.structs.replace(now, weather=0.0, harvest=False))


def _answer(worker_id: str, offer_id: str) -> str:
    small = Small()
    small.reactions.hear(
        OfferMade(
            zone=TOWN.zone,
            at=NOW,
            cause=CAUSE,
            offer_id=offer_id,
            job_id=small.job.job_id,
            worker_id=worker_id,
            rank=1,
            score=0.5,
            p_accept=0.5,
            p_complete=0.5,
            places=1,
            expires_at=NOW + DAY_MS,
            model="rules:v1",
        )
    )
    said = [timed.fact for timed in small.agenda.run(NOW + 2 * DAY_MS)]
    if any(isinstance(fact, OfferAccepted) for fact in said):
        return "yes"
    return "no" if any(isinstance(fact, OfferDeclined) for fact in said) else "silence"


def _end(worker_id: str, offer_id: str) -> str:
    small = Small()
    small.reactions.hear(
        BookingConfirmed(
            zone=TOWN.zone,
            at=NOW,
            cause=CAUSE,
            offer_id=offer_id,
            job_id=small.job.job_id,
            worker_id=worker_id,
            shifts=small.job.shifts,
            places=1,
            remaining=0,
        )
    )
    said = [timed.fact for timed in small.agenda.run(NOW + 20 * DAY_MS)]
    if any(isinstance(fact, WorkCompleted) for fact in said):
        return "came"
    return "stayed away" if any(isinstance(fact, WorkNoShow) for fact in said) else "dropped out"
