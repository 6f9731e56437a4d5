"""What would have to change: every answer against brute force, each tried by a real amendment."""

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from events.envelope import Record
from events.facts import WageClaimOpened
from events.values import Crew, Interval, Pay, Place, Skill
from matching.engine import Engine
from matching.market import Market
from matching.scorer import rules_only
from matching.whatif.levers import Lever, Step, levers
from matching.whatif.rerun import Outlook, Rerun
from matching.whatif.search import WhatIf, what_if
from matching.whatif.survey import survey
from tests.matching.scenario import JOB, Scenario
from tests.town import HOUR, NOW, ZONE
from tests.worlds import worlds

PHASES = (Phase.reuse, Phase.generate)
"""No shrinking: with a market for each question it takes many minutes."""
NIGHT = (Interval(start=NOW, end=NOW + 2 * HOUR),)


def market_of(log: tuple[Record, ...]) -> Market:
    engine = Engine(0, 1, rules_only)
    for record in log:
        engine.step(record)
    assume(ZONE in engine.markets)
    return engine.markets[ZONE]


def open_jobs(market: Market) -> list[str]:
    return [job_id for job_id, job in market.state.jobs.items() if job.status == "open"]


def movable(market: Market, job_id: str) -> list[Lever]:
    job = market.state.jobs[job_id]
    return levers(job, survey(market, job))


def works(run: Rerun, *steps: Step) -> bool:
    """Whether changes are enough, by a real amendment where they look so."""
    posted = run.job.posted
    for step in steps:
        posted = step.change(posted)
    if not run.look(posted).enough:
        return False
    outlook = run.amend(posted)
    return outlook is not None and outlook.enough


def asked(town: Scenario) -> WhatIf:
    told = what_if(town.market, "J-1")
    assert told is not None
    return told


def changes(told: WhatIf) -> dict[str, float | None]:
    return {answer.changes[0].lever: answer.changes[0].by for answer in told.enough}


@settings(max_examples=30, phases=PHASES)
@given(worlds(min_size=10), st.data())
def test_a_look_says_what_a_real_amendment_comes_to(
    log: tuple[Record, ...], data: st.DataObject
) -> None:
    market = market_of(log)
    for job_id in open_jobs(market):
        found = movable(market, job_id)
        run = Rerun(market, job_id)
        moved = [data.draw(st.sampled_from(found)).steps for _ in range(2)]
        steps = [one[data.draw(st.integers(0, len(one) - 1))] for one in moved]
        posted = steps[1].change(steps[0].change(run.job.posted))
        outlook = run.amend(posted)
        assert outlook is None or outlook == run.look(posted)


@settings(max_examples=15, phases=PHASES)
@given(worlds(min_size=10))
def test_asking_changes_nothing(log: tuple[Record, ...]) -> None:
    market = market_of(log)
    before = market.packed()
    for job_id in market.state.jobs:
        what_if(market, job_id)
    assert market.packed() == before


@settings(max_examples=8, phases=PHASES)
@given(worlds(min_size=10))
def test_the_smallest_change_of_each_lever_is_that_of_brute_force(log: tuple[Record, ...]) -> None:
    market = market_of(log)
    for job_id in open_jobs(market):
        told, run = what_if(market, job_id), Rerun(market, job_id)
        assert told is not None
        if told.now.enough or told.claims:
            continue
        found = {answer.changes[0].lever: answer for answer in told.enough}
        for lever in movable(market, job_id):
            never = lever.rises and not works(run, lever.steps[-1])
            steps = [] if never else lever.steps
            first = next((step for step in steps if works(run, step)), None)
            if first is None:
                assert all(step.lever not in found for step in lever.steps[:2])
                continue
            answer = found.pop(first.lever)
            assert (answer.changes[0].by, answer.changes[0].names) == (first.by, first.names)
            assert answer.outlook == run.amend(first.change(run.job.posted))
        assert not found


@settings(max_examples=4, phases=PHASES)
@given(worlds(min_size=10))
def test_the_pair_is_that_of_brute_force(log: tuple[Record, ...]) -> None:
    market = market_of(log)
    for job_id in open_jobs(market)[:2]:
        told, run = what_if(market, job_id), Rerun(market, job_id)
        assert told is not None
        if told.now.enough or told.enough or told.claims:
            continue
        least = min(
            (one.effort + other.effort for one, other in _pairs_enough(market, run)), default=None
        )
        if told.pair is None:
            assert least is None
        else:
            assert told.pair.outlook.enough
            assert told.pair.effort == pytest.approx(least)


def _pairs_enough(market: Market, run: Rerun) -> Iterator[tuple[Step, Step]]:
    """Every pair of steps that is enough; of a rising lever only the smallest step for each."""
    found = movable(market, run.job.posted.job_id)
    for first, second in combinations(sorted(found, key=lambda lever: lever.rises), 2):
        for one in first.steps:
            if second.rises and not works(run, one, second.steps[-1]):
                continue
            for other in second.steps:
                if works(run, one, other):
                    yield one, other
                    if second.rises:
                        break


@settings(max_examples=30, phases=PHASES)
@given(worlds(min_size=10))
def test_a_higher_pay_never_brings_fewer(log: tuple[Record, ...]) -> None:
    market = market_of(log)
    for job_id in open_jobs(market):
        run = Rerun(market, job_id)
        for lever in movable(market, job_id):
            if lever.rises:
                looks = [run.look(step.change(run.job.posted)) for step in lever.steps[::7]]
                expected = [look.expected for look in looks]
                assert expected == sorted(expected)


def test_pay_is_raised_to_the_next_floors_as_far_as_needed() -> None:
    town = Scenario()
    for number, floor in enumerate((16_000, 18_000, 18_000, 30_000)):
        town.available(f"W-{number}", pay_floor_fen_day=floor)
    town.posted()
    told = asked(town)
    assert told.now == Outlook(feasible=0, expected=0.0, open_places=1)
    assert told.nearly == {"pay_floor": 4}
    (answer,) = told.enough
    assert (answer.changes[0].by, answer.changes[0].names) == (30.0, ("180",))
    assert answer.amendment == {"pay": Pay(amount_fen=18_000)}
    assert answer.outlook.feasible == 3
    assert town.market.state.jobs["J-1"].posted.pay == JOB.pay


def test_a_day_is_shortened_until_enough_have_time() -> None:
    town = Scenario()
    (shift,) = JOB.shifts
    for number in range(2):
        free = Interval(start=shift.start + HOUR // 2 + 1, end=shift.end)
        town.available(f"W-{number}", windows=(free,))
    town.posted()
    assert changes(asked(town)) == {"start_later": 60.0}


def test_who_is_booked_is_asked_again_when_the_times_change() -> None:
    town = Scenario()
    town.available("W-0")
    town.posted(headcount=3)
    town.accepts("W-0")
    town.available("W-1")
    (shift,) = JOB.shifts
    for number in range(2, 5):
        free = Interval(start=shift.start, end=shift.end - HOUR)
        town.available(f"W-{number}", windows=(free,))
    told = asked(town)
    assert told.now.open_places == 2
    assert told.now.rebooked == 0
    by = {answer.changes[0].lever: answer.outlook for answer in told.enough}
    assert by["end_earlier"].open_places == 3
    assert by["end_earlier"].rebooked == 1
    assert by["end_earlier"].feasible == 5


def test_codes_age_and_crews_can_be_given_up() -> None:
    town = Scenario()
    for number in range(2):
        town.available(f"W-{number}", birth_year=2009)
        town.available(f"S-{number}", skills=(), birth_year=1990)
    town.posted(minimum_age=18)
    assert changes(asked(town)) == {"minimum_age": 1.0, "skills": None}


def test_a_crew_that_nobody_asked_for_may_fill_a_job() -> None:
    town = Scenario()
    town.available("L-1", crew=Crew(leader_id="L-1", size=4))
    town.available("L-2", crew=Crew(leader_id="L-2", size=4))
    town.posted(headcount=5)
    assert "accepts_crews" in changes(asked(town))


def test_two_changes_together_where_one_is_not_enough() -> None:
    town = Scenario()
    for number in range(3):
        town.available(f"W-{number}", skills=(Skill(code="cook"),), pay_floor_fen_day=16_000)
    town.posted()
    told = asked(town)
    assert told.enough == ()
    assert told.pair is not None
    assert [(change.lever, change.by) for change in told.pair.changes] == [
        ("skills", None),
        ("pay", 10.0),
    ]
    assert told.pair.amendment == {"pay": Pay(amount_fen=16_000), "skills": ()}


def test_workers_who_would_have_to_travel_farther_are_counted() -> None:
    town = Scenario()
    for number in range(6):
        place = Place(lat=29.60 + 0.01 * number, lon=103.48)
        town.available(f"W-{number}", place=place, max_distance_km=0.5)
    town.posted(headcount=3)
    told = asked(town)
    more = {row.km: row.more for row in told.farther}
    assert (more[1.0], more[2.0], more[5.0], more[50.0]) == (1, 2, 4, 5)
    last = told.farther[-1]
    assert last.more == 3
    assert last.km == pytest.approx(3 * 1.112 - 0.5, abs=0.01)
    assert last.expected >= 3 > told.now.expected


def test_people_may_be_picked_up_where_they_live() -> None:
    town = Scenario()
    for number in range(6):
        place = Place(lat=29.70 + 0.002 * number, lon=103.48)
        town.available(f"W-{number}", place=place, max_distance_km=1.0)
    town.posted(headcount=3)
    (answer,) = asked(town).enough
    assert answer.changes[0].lever == "meeting_point"
    assert answer.changes[0].names == (f"{ZONE}-05",)
    assert answer.amendment == {
        "place": Place(lat=29.705, lon=103.48, name=f"{ZONE}-05"),
        "perks": ("pickup",),
    }


def test_what_makes_a_job_hazardous_is_not_given_up() -> None:
    town = Scenario()
    for number in range(2):
        town.available(f"W-{number}", skills=(Skill(code="electrician"),), birth_year=1990)
    town.posted(skills=("electrician",), certificates=("electrician",))
    told = asked(town)
    assert told.nearly == {"certificate": 2}
    assert (told.enough, told.pair) == ((), None)


def test_a_blocked_employer_and_a_closed_job_have_nothing_to_change() -> None:
    town = Scenario()
    town.posted()
    for number in range(3):
        town.happens(WageClaimOpened(claim_id=f"C-{number}", employer_id="E-1", zone=ZONE))
    told = asked(town)
    assert (told.claims, told.enough, told.pair) == (3, (), None)
    town.passes(48)
    assert what_if(town.market, "J-1") is None
    with pytest.raises(KeyError):
        what_if(town.market, "J-9")
