"""Open wage claims and what they do to an employer's jobs."""

from events.facts import WageClaimClosed, WageClaimOpened
from events.outcomes import EmployerBlocked, EmployerCleared, MatchRanked, OfferWithdrawn
from tests.matching.scenario import Scenario
from tests.town import ZONE


def test_open_wage_claims_block_an_employer_until_they_are_closed(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    for number in range(3):
        town.happens(WageClaimOpened(claim_id=f"C-{number}", employer_id="E-1", zone=ZONE))
    assert town.said(EmployerBlocked)[0].open_claims == 3
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["employer_blocked"]
    town.posted(job_id="J-2")
    assert town.said(MatchRanked)[0].excluded == {"employer_blocked": 1}
    town.happens(WageClaimClosed(claim_id="C-0", employer_id="E-1", zone=ZONE))
    assert town.said(EmployerCleared)[0].open_claims == 2
    assert town.asked() == ["W-1", "W-1"]
