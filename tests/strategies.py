"""Hypothesis strategies for the facts of the small town in `tests.town`.

Every fact is valid by itself; whether the market can take it depends on what came before.
"""

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events.facts import (
    ClockTicked,
    EmployerDelisted,
    EmployerListed,
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
    ModelPromoted,
    OfferAccepted,
    OfferDeclined,
    PolicyChanged,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerAvailable,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)
from events.values import Crew, Policy, Skill
from tests.town import (
    CERTIFICATES,
    CLAIMS,
    DAYS,
    EMPLOYERS,
    HOUR,
    JOBS,
    NOW,
    OCCUPATIONS,
    SKILLS,
    STATIONS,
    WORKERS,
    ZONE,
    pays,
    places,
    shifts,
    windows,
)

Pairs = Sequence[tuple[str, str]]
NO_OFFER: Pairs = (("O-0", "W-0"), ("O-1", "W-1"))


def job_posted(
    zone: str = ZONE,
    *,
    jobs: Sequence[str] = JOBS,
    employers: Sequence[str] = EMPLOYERS,
    now: int = NOW,
) -> SearchStrategy[JobPosted]:
    """A posting by one of `employers` with one of the ids `jobs`, its shifts soon after `now`."""
    return st.builds(
        JobPosted,
        job_id=st.sampled_from(jobs),
        zone=st.just(zone),
        station_id=st.sampled_from(STATIONS),
        employer_id=st.sampled_from(employers),
        title=st.sampled_from(("采茶工", "保洁", "Mason")),
        shifts=shifts(now),
        pay=pays(),
        place=places(),
        occupation=st.none() | st.sampled_from(OCCUPATIONS),
        employment_kind=st.sampled_from(("gig", "temporary", "internship")),
        skills=_some(SKILLS, 2),
        certificates=_some(CERTIFICATES, 1),
        headcount=st.integers(1, 4),
        accepts_crews=st.booleans(),
        partial_crews=st.booleans(),
        perks=_some(("meal", "pickup"), 2),
        minimum_age=st.sampled_from((16, 18)),
        posted_at=st.none() | st.just(now),
        expires_at=st.none() | st.integers(1, DAYS * 24).map(lambda hours: now + hours * HOUR),
    )


def job_amended(
    zone: str = ZONE, *, jobs: Sequence[str] = JOBS, now: int = NOW
) -> SearchStrategy[JobAmended]:
    """New terms for one of `jobs`, most of them left as they were."""
    return st.builds(
        JobAmended,
        job_id=st.sampled_from(jobs),
        zone=st.just(zone),
        shifts=st.none() | shifts(now),
        pay=st.none() | pays(),
        place=st.none() | places(),
        skills=st.none() | _some(SKILLS, 2),
        headcount=st.none() | st.integers(1, 4),
        expires_at=st.none() | st.integers(1, DAYS * 24).map(lambda hours: now + hours * HOUR),
    )


def worker_available(
    zone: str = ZONE, *, workers: Sequence[str] = WORKERS, now: int = NOW
) -> SearchStrategy[WorkerAvailable]:
    """What one of `workers` can and wants to do in the three days after `now`."""
    return st.builds(
        WorkerAvailable,
        worker_id=st.sampled_from(workers),
        zone=st.just(zone),
        station_id=st.sampled_from(STATIONS),
        windows=windows(now),
        place=places(),
        skills=_skills(),
        occupations=_some(OCCUPATIONS, 1),
        certificates=_some(CERTIFICATES, 2),
        max_distance_km=st.sampled_from((2.0, 5.0, 10.0, 20.0, 100.0)),
        pay_floor_fen_day=st.sampled_from((0, 0, 10_000, 15_000)),
        travel_mode=st.sampled_from(("walk", "ebike", "bus")),
        birth_year=st.none() | st.sampled_from((1960, 1990, 2009, 2011, 2012)),
        crew=st.none()
        | st.builds(Crew, leader_id=st.sampled_from(workers), size=st.integers(2, 3)),
        max_bookings=st.none() | st.integers(1, 2),
        valid_until=st.none() | st.integers(-2, DAYS * 24).map(lambda hours: now + hours * HOUR),
    )


def answers(zone: str = ZONE, *, offers: Pairs = NO_OFFER) -> SearchStrategy[Fact]:
    """A yes or a no to one of `offers`, pairs of (offer_id, worker_id) that the market has made."""
    pairs = st.sampled_from(tuple(offers))
    return st.one_of(
        pairs.map(lambda pair: OfferAccepted(offer_id=pair[0], worker_id=pair[1], zone=zone)),
        pairs.map(lambda pair: OfferDeclined(offer_id=pair[0], worker_id=pair[1], zone=zone)),
    )


def work(
    zone: str = ZONE, *, jobs: Sequence[str] = JOBS, workers: Sequence[str] = WORKERS
) -> SearchStrategy[Fact]:
    """What became of a booking: done, not come, rated by either side."""
    ids = {
        "job_id": st.sampled_from(jobs),
        "worker_id": st.sampled_from(workers),
        "zone": st.just(zone),
    }
    return st.one_of(
        st.builds(WorkCompleted, **ids),
        st.builds(WorkNoShow, **ids, excused=st.booleans()),
        st.builds(
            WorkRated,
            **ids,
            stars=st.integers(1, 5),
            rated_by=st.sampled_from(("employer", "worker")),
        ),
    )


def leaving(zone: str = ZONE, *, workers: Sequence[str] = WORKERS) -> SearchStrategy[Fact]:
    """A worker who stops looking, or asks to be forgotten."""
    ids = {"worker_id": st.sampled_from(workers), "zone": st.just(zone)}
    return st.one_of(
        st.builds(WorkerUnavailable, **ids, cancel_bookings=st.booleans()),
        st.builds(WorkerForgotten, **ids),
    )


def claims(zone: str = ZONE, *, employers: Sequence[str] = EMPLOYERS) -> SearchStrategy[Fact]:
    """A wage claim opened or closed."""
    ids = {
        "claim_id": st.sampled_from(CLAIMS),
        "employer_id": st.sampled_from(employers),
        "zone": st.just(zone),
    }
    return st.one_of(st.builds(WageClaimOpened, **ids), st.builds(WageClaimClosed, **ids))


def listing(zone: str = ZONE) -> SearchStrategy[Fact]:
    """An employer who comes on the lost-trust list, or off it."""
    kinds: SearchStrategy[type[EmployerListed | EmployerDelisted]] = st.sampled_from(
        (EmployerListed, EmployerDelisted)
    )
    return kinds.flatmap(
        lambda kind: st.builds(kind, employer_id=st.sampled_from(EMPLOYERS), zone=st.just(zone))
    )


def clock_ticked(
    zone: str = "*", *, now: int = NOW, within_ms: int = 12 * HOUR
) -> SearchStrategy[ClockTicked]:
    """A tick up to `within_ms` after `now`, and now and then one that is late."""
    return st.builds(
        ClockTicked,
        zone=st.just(zone),
        now=st.integers(-60_000, within_ms).map(lambda ms: now + ms),
    )


def policy_changed(zone: str = "*") -> SearchStrategy[PolicyChanged]:
    """Another policy: shorter rankings and offers, other weights."""
    policies = st.builds(
        Policy,
        mode=st.sampled_from(("instant", "instant", "batch", "hybrid")),
        round_ms=st.sampled_from((60_000, 3_600_000)),
        instant_before_ms=st.sampled_from((0, 6 * HOUR, 30 * HOUR)),
        ranking_size=st.integers(1, 10),
        offer_ttl_ms=st.sampled_from((60_000, 1_800_000, 12 * HOUR)),
        max_open_offers=st.integers(1, 3),
        fill_confidence=st.sampled_from((0.3, 0.8, 0.95)),
        refusal_risk=st.sampled_from((0.5, 0.9, 1.0)),
        tier_ms=st.sampled_from((60_000, 600_000, HOUR)),
        ring_minutes=st.sampled_from(((), (20.0, 45.0), (5.0,))),
        waiting_weight=st.sampled_from((0.0, 0.05, 1.0)),
        claim_penalty=st.sampled_from((0.0, 0.2)),
        block_after_claims=st.integers(1, 3),
        explore_share=st.sampled_from((0.0, 0.0, 0.2, 0.5)),
    )
    return st.builds(PolicyChanged, zone=st.just(zone), policy=policies)


def facts(zone: str = ZONE, *, now: int = NOW, offers: Pairs = NO_OFFER) -> SearchStrategy[Fact]:
    """Any fact of a zone, postings, availability, answers and ticks more often than the rest."""
    posting, looking = job_posted(zone, now=now), worker_available(zone, now=now)
    answering, tick = answers(zone, offers=offers), clock_ticked(now=now)
    rare: SearchStrategy[Fact] = st.one_of(
        job_amended(zone, now=now),
        st.builds(JobCancelled, job_id=st.sampled_from(JOBS), zone=st.just(zone)),
        leaving(zone),
        work(zone),
        claims(zone),
        listing(zone),
        policy_changed(),
        st.just(ModelPromoted(release="rules:v1")),
    )
    common: tuple[SearchStrategy[Fact], ...] = (posting, looking, looking, answering, tick)
    return st.one_of(*common, rare)


def _some(values: Sequence[str], most: int) -> SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


def _skills() -> SearchStrategy[tuple[Skill, ...]]:
    levels = st.integers(1, 3)
    skill = st.builds(Skill, code=st.sampled_from(SKILLS), level=levels)
    return st.lists(skill, max_size=3, unique_by=lambda one: one.code).map(tuple)
