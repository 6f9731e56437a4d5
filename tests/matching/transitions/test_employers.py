"""Open wage claims and the lost-trust list, and what they do to an employer's jobs."""

import msgspec

from events.facts import (
    EmployerDelisted,
    EmployerListed,
    PolicyChanged,
    WageClaimClosed,
    WageClaimOpened,
)
from events.outcomes import (
    EmployerBlocked,
    EmployerCleared,
    EventRejected,
    MatchRanked,
    OfferWithdrawn,
)
from events.values import Policy
from tests.matching.scenario import Scenario
from tests.town import ZONE


def test_open_wage_claims_block_an_employer_until_they_are_closed(town: Scenario) -> None:
    town.available("W-1")
    town.posted()
    for number in range(3):
        town.happens(WageClaimOpened(claim_id=f"C-{number}", employer_id="E-1", zone=ZONE))
    [blocked] = town.said(EmployerBlocked)
    assert blocked.open_claims == 3
    assert b"listed" not in msgspec.json.encode(blocked)  # as logs of before have it
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["employer_blocked"]
    town.posted(job_id="J-2")
    assert town.said(MatchRanked)[0].excluded == {"employer_blocked": 1}
    town.happens(WageClaimClosed(claim_id="C-0", employer_id="E-1", zone=ZONE))
    assert town.said(EmployerCleared)[0].open_claims == 2
    assert town.asked() == ["W-1", "W-1"]


def test_the_lost_trust_list_blocks_whatever_the_claims_are(town: Scenario) -> None:
    ids = {"employer_id": "E-1", "zone": ZONE}
    town.available("W-1")
    town.posted()
    town.happens(EmployerListed(**ids))
    [blocked] = town.said(EmployerBlocked)
    assert (blocked.employer_id, blocked.listed, blocked.open_claims) == ("E-1", True, 0)
    assert [gone.reason for gone in town.said(OfferWithdrawn)] == ["employer_blocked"]
    town.posted(job_id="J-2")
    assert town.said(MatchRanked)[0].excluded == {"employer_blocked": 1}
    town.happens(PolicyChanged(zone=ZONE, policy=Policy(block_after_claims=100)))
    assert town.said(EmployerCleared) == []
    town.happens(EmployerDelisted(**ids))
    assert [one.employer_id for one in town.said(EmployerCleared)] == ["E-1"]
    assert town.asked() == ["W-1", "W-1"]


def test_who_is_taken_off_the_list_is_still_blocked_by_their_claims(town: Scenario) -> None:
    ids = {"employer_id": "E-1", "zone": ZONE}
    town.posted()
    for number in range(3):
        town.happens(WageClaimOpened(claim_id=f"C-{number}", employer_id="E-1", zone=ZONE))
    town.happens(EmployerListed(**ids))
    assert town.said(EmployerBlocked) == []
    town.happens(WageClaimClosed(claim_id="C-0", employer_id="E-1", zone=ZONE))
    assert town.said(EmployerCleared) == []
    town.happens(WageClaimOpened(claim_id="C-0", employer_id="E-1", zone=ZONE))
    town.happens(EmployerDelisted(**ids))
    assert town.said(EmployerCleared) == []
    town.happens(WageClaimClosed(claim_id="C-0", employer_id="E-1", zone=ZONE))
    assert [one.open_claims for one in town.said(EmployerCleared)] == [2]


def test_the_list_takes_nobody_twice(town: Scenario) -> None:
    ids = {"employer_id": "E-1", "zone": ZONE}
    town.happens(EmployerDelisted(**ids))
    assert [one.code for one in town.said(EventRejected)] == ["employer_not_listed"]
    town.happens(EmployerListed(**ids))
    town.happens(EmployerListed(**ids))
    assert [one.code for one in town.said(EventRejected)] == ["employer_is_listed"]
