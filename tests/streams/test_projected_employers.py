"""What the read model says of employers: claims against them, and what workers say."""

from typing import Any

import msgspec
import pytest

from events.codec import decode_outcome
from events.facts import (
    ClockTicked,
    JobAmended,
    OfferAccepted,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkRated,
)
from events.outcomes import EventRejected
from gigmatch.readmodel.zone import ClaimDoc, ClosedClaimDoc
from tests.projecting import answered, project
from tests.streams.projected_town import DAY, SHIFT, STATION, Town, posting, worker
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of


@pytest.fixture
def town(redis_url: str) -> Town:
    return Town(redis_url)


def test_what_workers_say_of_an_employer_is_shown_once_three_have_said_something(
    town: Town,
) -> None:
    everyone = [f"W-{number}" for number in range(4)]
    town.say(*map(worker, everyone), posting(headcount=4))
    for offer in town.offers():
        town.say(OfferAccepted(offer_id=offer.offer_id, worker_id=offer.worker_id, zone=ZONE))
    town.say(ClockTicked(now=SHIFT.end))
    town.say(*(WorkCompleted(job_id="J-1", worker_id=one, zone=ZONE) for one in everyone))
    shown = []
    for one, stars in zip(everyone, (5, 4, 2, 1), strict=True):
        rated = WorkRated(job_id="J-1", worker_id=one, zone=ZONE, rated_by="worker", stars=stars)
        town.say(rated, msgspec.structs.replace(rated, stars=5))  # the second is refused
        shown.append((town.employer().ratings, town.employer().stars))
    assert shown == [(0, 0), (0, 0), (3, 11), (3, 11)]
    assert town.employer().waiting == {"W-3": [1]}


def test_a_rating_that_the_market_took_again_in_logs_of_before_counts_once(town: Town) -> None:
    town.say(worker(), posting())
    town.accept()
    town.say(ClockTicked(now=SHIFT.end), WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    for stars in (1, 5):
        rated = WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, rated_by="worker", stars=stars)
        town.facts.append(record_of(rated, len(town.facts)))
    *log, refusal = answered(town.facts)
    assert isinstance(decode_outcome(refusal)[1], EventRejected)
    project(town.url, log)
    assert town.employer().waiting == {"W-1": [1]}
    assert town.worker().bookings["J-1"].rated == 1


def test_open_wage_claims_are_kept_with_who_opened_them_until_they_are_closed(town: Town) -> None:
    opened = [
        WageClaimOpened(claim_id=f"C-{n}", employer_id="E-1", zone=ZONE, amount_fen=n, workers=n)
        for n in (1, 2)
    ]
    town.say(ClockTicked(now=NOW), posting(employer_name="峨眉雪芽茶场"), *opened)
    town.say(WageClaimClosed(claim_id="C-1", employer_id="E-1", zone=ZONE))
    assert town.zone().claims == {
        "E-1": {
            "C-2": ClaimDoc(
                amount_fen=2, workers=2, at=NOW, station_id=STATION, employer_name="峨眉雪芽茶场"
            )
        }
    }
    town.say(WageClaimClosed(claim_id="C-2", employer_id="E-1", zone=ZONE))
    assert town.zone().claims == {}


def test_what_became_of_a_claim_is_kept_for_a_week(town: Town) -> None:
    ids: dict[str, Any] = {"claim_id": "C-1", "employer_id": "E-1", "zone": ZONE}
    town.say(ClockTicked(now=NOW), WageClaimOpened(**ids, amount_fen=7, kind="simple"))
    town.say(ClockTicked(now=NOW + HOUR))
    town.say(WageClaimClosed(**ids, result="referred", referred_to="县劳动监察大队"))
    closed = ClosedClaimDoc(
        amount_fen=7,
        workers=1,
        at=NOW,
        station_id=STATION,
        kind="simple",
        offset=4,
        closed_at=NOW + HOUR,
        result="referred",
        referred_to="县劳动监察大队",
    )
    assert town.zone().closed_claims == {"E-1": {"C-1": closed}}
    town.say(ClockTicked(now=NOW + 7 * DAY))
    assert town.zone().closed_claims
    town.say(ClockTicked(now=NOW + 7 * DAY + HOUR))
    assert town.zone().closed_claims == {}


def test_claims_of_one_id_against_two_employers_are_two(town: Town) -> None:
    both: list[dict[str, Any]] = [
        {"claim_id": "C-1", "employer_id": id, "zone": ZONE} for id in ("E-1", "E-2")
    ]
    town.say(*(WageClaimOpened(**ids) for ids in both), *(WageClaimClosed(**ids) for ids in both))
    assert {id: list(ones) for id, ones in town.zone().closed_claims.items()} == {
        "E-1": ["C-1"],
        "E-2": ["C-1"],
    }


def test_a_claim_of_while_no_matcher_ran_has_its_own_time(town: Town) -> None:
    ids: dict[str, Any] = {"claim_id": "C-1", "employer_id": "E-1", "zone": ZONE}
    town.say(WageClaimOpened(**ids), time=NOW + 12 * HOUR)
    assert town.zone().claims["E-1"]["C-1"].at == NOW + 12 * HOUR
    town.say(WageClaimClosed(**ids), time=NOW + 15 * HOUR)
    town.say(ClockTicked(now=NOW + 16 * HOUR))
    closed = town.zone().closed_claims["E-1"]["C-1"]
    assert (closed.at, closed.closed_at) == (NOW + 12 * HOUR, NOW + 15 * HOUR)


def test_a_claim_is_found_under_the_name_the_employer_has_now(town: Town) -> None:
    town.say(posting(employer_name="峨眉雪芽茶场"))
    town.say(WageClaimOpened(claim_id="C-1", employer_id="E-1", zone=ZONE))
    town.say(JobAmended(job_id=posting().job_id, zone=ZONE, employer_name="雪芽新茶场"))
    assert town.zone().claims["E-1"]["C-1"].employer_name == "雪芽新茶场"
    town.say(posting(job_id="J-2", employer_name="雪芽茶业公司"), posting(job_id="J-3"))
    town.say(posting(job_id="J-4", employer_id="E-2", employer_name="另一家茶场"))
    assert town.zone().claims["E-1"]["C-1"].employer_name == "雪芽茶业公司"
