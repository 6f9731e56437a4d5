"""What would have to change, in sentences a clerk can act on."""

import pytest

from events.facts import EmployerListed, WageClaimOpened
from events.texts import text
from events.values import Place, Skill
from gigmatch.advising import advice_lines, people
from matching.whatif.search import WhatIf, what_if
from tests.matching.scenario import Scenario
from tests.town import ZONE


def advised(town: Scenario) -> WhatIf:
    told = what_if(town.market, "J-1")
    assert told is not None
    return told


def test_the_smallest_raise_is_named_in_both_languages() -> None:
    town = Scenario()
    for number in range(3):
        town.available(f"W-{number}", pay_floor_fen_day=18_000)
    town.posted()
    lines = advice_lines(advised(town), "en")
    assert lines[0] == "采茶工: 1 still to find, 0 may be asked, 0 expected to say yes"
    assert any("pay 30 yuan more (180 yuan a day): 3 may be asked" in line for line in lines)
    assert "3 miss it by one thing only: below the wanted pay" in "\n".join(lines)
    assert any("每天加 30 元，到 180 元" in line for line in advice_lines(advised(town), "zh-CN"))


def test_a_raise_that_helps_without_sufficing_is_told_too() -> None:
    """One worker is not sure to say yes to the one place, however much it pays."""
    town = Scenario()
    town.available(pay_floor_fen_day=17_000)
    town.posted()
    told = advised(town)
    assert told.enough == ()
    [pay] = [answer for answer in told.short if answer.changes[0].lever == "pay"]
    assert pay.outlook.feasible == 1
    assert pay.amendment["pay"].amount_fen >= 17_000


def test_two_changes_are_told_together_and_longer_ways_counted() -> None:
    town = Scenario()
    for number in range(3):
        town.available(f"W-{number}", skills=(Skill(code="cook"),), pay_floor_fen_day=16_000)
    town.available("W-9", place=Place(lat=29.7, lon=103.48), max_distance_km=1.0)
    town.posted()
    lines = "\n".join(advice_lines(advised(town), "en"))
    assert "do not ask for the skill tea_picking" in lines
    assert "if workers travelled" in lines


@pytest.mark.parametrize(
    ("expected", "told"), [(0.0, "0"), (0.02, "0"), (1.44, "1.4"), (2.0, "2"), (1055.4, "1055")]
)
def test_people_are_told_as_exactly_as_it_is_worth(expected: float, told: str) -> None:
    assert str(people(expected)) == told


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_blocked_employer_and_a_job_with_enough_people(language: str) -> None:
    town = Scenario()
    town.posted()
    for number in range(3):
        town.happens(WageClaimOpened(claim_id=f"C-{number}", employer_id="E-1", zone=ZONE))
    assert len(advice_lines(advised(town), language)) == 2
    town.happens(EmployerListed(employer_id="E-1", zone=ZONE))
    assert advice_lines(advised(town), language)[1] == text("advice.listed", language)
    other = Scenario()
    for number in range(4):
        other.available(f"W-{number}")
    other.posted()
    assert len(advice_lines(advised(other), language)) == 2
