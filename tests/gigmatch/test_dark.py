"""A town in the dark: eventful, checked, and the same again; a broken rule stops it."""

import itertools

import pytest

from events.facts import JobCancelled, ModelPromoted, PolicyChanged
from events.outcomes import Cause, JobExpired, JobFilled
from gigmatch.dark import DarkTown, Summary, as_log
from matching.engine import Engine
from matching.invariants.inspector import Inspector, Violation
from matching.scorer import RULES, rules_only
from matching.state import Employer
from producers.simulator.calendar import DAY_MS
from producers.simulator.office import QUIET_DAYS, Office
from producers.simulator.simulation import TownSimulation
from tests.town import HOUR, NOW, ZONE

CAUSE = Cause(partition=0, offset=1, ce_id="e")


def town(seed: int = 3, registered: int = 60) -> tuple[DarkTown, Engine]:
    engine = Engine(0, 1, rules_only)
    office = Office(seed, NOW - QUIET_DAYS * DAY_MS, ZONE, [RULES])
    simulation = TownSimulation(seed, NOW, registered=registered)
    inspector = Inspector(engine, sweep_every=500)
    return DarkTown(simulation, engine, NOW, office=office, inspector=inspector), engine


def filled(job_id: str, at: int) -> JobFilled:
    return JobFilled(job_id=job_id, zone=ZONE, at=at, cause=CAUSE, headcount=4)


def test_weeks_of_a_town_keep_every_rule_and_are_the_same_again() -> None:
    first, engine = town()
    log = list(as_log(first.run(NOW + 12 * DAY_MS)))
    again, other = town()
    assert list(as_log(again.run(NOW + 12 * DAY_MS))) == log
    assert engine.state_hash() == other.state_hash()
    assert first.summary.outcomes["event.rejected"] == 0
    assert first.summary.fill_rate > 0.1


def test_a_broken_rule_stops_the_town_after_the_event_has_been_told() -> None:
    broken, engine = town()
    told = list(itertools.islice(broken.run(NOW + DAY_MS), 500))
    engine.markets[ZONE].state.employers["E-9"] = Employer(claims={"a": 1, "b": 1, "c": 1})
    run = broken.run(NOW + DAY_MS)
    with pytest.raises(Violation) as caught:
        told.extend(run)
    assert told[-1].record.offset == caught.value.record.offset


def test_a_year_at_the_office_has_policies_releases_and_outages() -> None:
    office = Office(1, NOW, ZONE, [RULES])
    said = office.advance(NOW + 365 * DAY_MS)
    assert [timed.at for timed in said] == sorted(timed.at for timed in said)
    assert min(timed.at for timed in said) >= NOW + (QUIET_DAYS - 1) * DAY_MS
    policies = [timed.fact.policy for timed in said if isinstance(timed.fact, PolicyChanged)]
    assert {policy.mode for policy in policies} == {"instant", "batch", "hybrid"}
    assert any(isinstance(timed.fact, ModelPromoted) for timed in said)
    hours = [office.clock_stands(NOW + hour * HOUR) for hour in range(365 * 24)]
    assert 20 < sum(hours) < 300
    assert not any(hours[: (QUIET_DAYS - 1) * 24])


def test_how_often_the_office_is_asked_changes_nothing() -> None:
    whole = Office(1, NOW, ZONE, [RULES]).advance(NOW + 90 * DAY_MS)
    office = Office(1, NOW, ZONE, [RULES])
    parts = [timed for step in range(1, 181) for timed in office.advance(NOW + step * DAY_MS // 2)]
    assert parts == whole


def test_the_last_end_of_a_job_counts() -> None:
    summary = Summary()
    summary.count(filled("J-1", NOW))
    summary.count(JobExpired(job_id="J-1", zone=ZONE, at=NOW, cause=CAUSE, headcount=4, booked=3))
    summary.count(filled("J-2", NOW + 31 * DAY_MS))
    summary.count(filled("J-3", NOW))
    summary.count(JobCancelled(job_id="J-3", zone=ZONE))
    assert summary.fill_rate == 7 / 8
    assert summary.fill_rate_by_month == {"2027-03": 0.75, "2027-04": 1.0}
