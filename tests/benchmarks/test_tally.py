"""What a study counts, on a few events with a known end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.tally import Tally, gini
from events.facts import (
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
    OfferAccepted,
    WorkCompleted,
    WorkerAvailable,
    WorkNoShow,
)
from events.outcomes import (
    AnyOutcome,
    BookingCancelled,
    BookingConfirmed,
    BookingRefused,
    Cause,
    OfferMade,
)
from events.values import Interval, Pay, Place
from tests.town import HOUR, NOW, ZONE

CAUSE = Cause(partition=0, offset=1, ce_id="e")
HOME = Place(lat=29.6, lon=103.48)
END = NOW + 24 * HOUR


def test_places_are_filled_done_and_stay_open_for_a_time() -> None:
    figures = _tally().figures(END)
    assert figures["places"] == 4
    assert figures["fill"] == 3 / 4
    assert figures["done"] == 2 / 4
    assert figures["value"] == pytest.approx((2 * 0.9 + 0.5) / 4)
    # Ten hours each, less five and two (a place twice, once given back after three).
    assert figures["open_hours"] == pytest.approx((40 - 5 - 2 - 2 - 3) / 4)


def test_answers_ways_and_absences_are_counted() -> None:
    figures = _tally().figures(END)
    assert figures["offers"] == 4 / 4
    assert figures["refused"] == 1 / 4
    assert figures["no_show"] == 1 / 2
    assert figures["travel_km"] == pytest.approx(11.12, abs=0.01)
    assert figures["gini"] == pytest.approx(2 / 3)


def test_cancelled_jobs_and_those_whose_end_lies_outside_do_not_count() -> None:
    tally = _tally()
    tally.see(_job("J-2"), [], NOW)
    tally.see(JobCancelled(job_id="J-2", zone=ZONE), [], NOW)
    tally.see(_job("J-3"), [], NOW - HOUR)
    tally.see(_job("J-4", hours=48), [], NOW)
    assert tally.figures(END) == _tally().figures(END)


def test_an_amended_job_counts_as_it_is_in_the_end() -> None:
    tally = _tally()
    tally.see(JobAmended(job_id="J-1", zone=ZONE, headcount=6), [], NOW + HOUR)
    assert tally.figures(END)["places"] == 6


def test_shares_of_nobody_and_of_everybody() -> None:
    assert gini([0, 0]) == 0.0
    assert gini([3, 3, 3]) == pytest.approx(0.0)
    assert gini([0, 0, 0, 8]) == pytest.approx(3 / 4)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_the_gini_is_the_mean_difference(amounts: list[int]) -> None:
    count, total = len(amounts), sum(amounts)
    apart = sum(abs(a - b) for a in amounts for b in amounts)
    assert gini(amounts) == pytest.approx(apart / (2 * count * total) if total else 0.0)


def _tally() -> Tally:
    """A crew of two comes; of two single workers one gives their place back, one stays away."""
    tally = Tally(NOW, lambda job_id, worker_id: 0.9 if worker_id == "W-2" else 0.5)
    events: list[tuple[int, Fact, list[AnyOutcome]]] = [
        *((0, _worker(worker), []) for worker in ("W-1", "W-2", "W-3")),
        (0, _job("J-1"), [_offer("1"), _offer("2"), _offer("3"), _offer("4")]),
        (5, _yes("1"), [_booked("1", "W-1", 5, places=1)]),
        (5, _yes("2"), [_booked("2", "W-2", 8, places=2)]),
        (6, _yes("3"), [_booked("3", "W-3", 5, places=1)]),
        (6, _yes("4"), [_refused("4")]),
        (8, JobAmended(job_id="J-1", zone=ZONE), [_given_back("3", "W-3", 8)]),
        (20, WorkCompleted(job_id="J-1", worker_id="W-2", zone=ZONE), []),
        (20, WorkNoShow(job_id="J-1", worker_id="W-1", zone=ZONE), []),
    ]
    for hours, fact, outcomes in events:
        tally.see(fact, outcomes, NOW + hours * HOUR)
    return tally


def _worker(worker_id: str) -> WorkerAvailable:
    windows = (Interval(start=NOW, end=END),)
    return WorkerAvailable(
        worker_id=worker_id, zone=ZONE, station_id=f"{ZONE}-05", windows=windows, place=HOME
    )


def _job(job_id: str, hours: int = 18) -> JobPosted:
    return JobPosted(
        job_id=job_id,
        zone=ZONE,
        station_id=f"{ZONE}-05",
        employer_id="E-1",
        title="采茶工",
        headcount=4,
        shifts=(Interval(start=NOW + 10 * HOUR, end=NOW + hours * HOUR),),
        pay=Pay(amount_fen=15_000),
        place=Place(lat=29.7, lon=103.48),
    )


def _offer(number: str) -> OfferMade:
    return OfferMade(
        zone=ZONE,
        at=NOW,
        cause=CAUSE,
        offer_id=f"O-{number}",
        job_id="J-1",
        worker_id=f"W-{number}",
        rank=1,
        score=0.5,
        p_accept=0.5,
        p_complete=0.5,
        places=1,
        expires_at=END,
        model="rules:v1",
    )


def _yes(number: str) -> OfferAccepted:
    return OfferAccepted(offer_id=f"O-{number}", worker_id=f"W-{number}", zone=ZONE)


def _booked(number: str, worker_id: str, hours: int, places: int) -> BookingConfirmed:
    return BookingConfirmed(
        zone=ZONE,
        at=NOW + hours * HOUR,
        cause=CAUSE,
        offer_id=f"O-{number}",
        job_id="J-1",
        worker_id=worker_id,
        shifts=(),
        places=places,
        remaining=0,
    )


def _given_back(number: str, worker_id: str, hours: int) -> BookingCancelled:
    return BookingCancelled(
        zone=ZONE,
        at=NOW + hours * HOUR,
        cause=CAUSE,
        offer_id=f"O-{number}",
        job_id="J-1",
        worker_id=worker_id,
        reason="worker_declined",
    )


def _refused(number: str) -> BookingRefused:
    return BookingRefused(
        zone=ZONE,
        at=NOW,
        cause=CAUSE,
        offer_id=f"O-{number}",
        worker_id=f"W-{number}",
        reason="job_filled",
        job_id="J-1",
    )
