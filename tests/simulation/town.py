"""The town of the simulations: two zones in two partitions, three stations, few people.

Jobs begin soon and suit almost everybody, so that offers, answers and bookings come about.
"""

from random import Random
from typing import Any

from events.facts import (
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
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
from events.outcomes import BookingConfirmed, OfferMade
from events.values import Crew, Interval, Pay, Place, Policy, Skill
from producers.outbox.station import Station
from tests.town import HOUR, NOW

MINUTE = HOUR // 60
HOME, OTHER = "511181", "511132"
STATIONS = (Station(HOME, "05"), Station(HOME, "10"), Station(OTHER, "01"))
WORKERS = {zone: tuple(f"W-{zone}-{n}" for n in range(4)) for zone in (HOME, OTHER)}
JOBS = {zone: tuple(f"J-{zone}-{n}" for n in range(6)) for zone in (HOME, OTHER)}
CHANNELS: tuple[Any, ...] = (("webhook",), ("webhook", "page"), ("page",), ("call", "webhook"))
SKILLS = ("tea_picking", "cleaning")
ANSWERS = ("accepted", "accepted", "accepted", "declined")
REPORTS = ("completed", "completed", "no_show", "rated")


def any_fact(random: Random, station: Station) -> Fact:
    """Something that a station may say; postings and availability more often than the rest."""
    kinds = (job, job, _worker, _worker, _worker, _rare)
    return random.choice(kinds)(random, station)


def worker(random: Random, station: Station, worker_id: str) -> WorkerAvailable:
    """Somebody whom almost any job suits."""
    others = [zone for zone in (HOME, OTHER) if zone != station.zone]
    return WorkerAvailable(
        worker_id=worker_id,
        zone=station.zone,
        station_id=station.name,
        windows=(Interval(start=NOW, end=NOW + 72 * HOUR),),
        place=_place(random),
        skills=tuple(Skill(code=code) for code in SKILLS),
        max_distance_km=random.choice((20.0, 100.0)),
        channels=random.choice(CHANNELS),
        crew=random.choice((None, None, None, Crew(leader_id=worker_id, size=2))),
        other_zones=tuple(others) if random.random() < 0.3 else (),
        max_bookings=random.choice((None, None, 1)),
    )


def answer(offer: OfferMade, how: str) -> Fact:
    """What the worker of an offer says to it."""
    said = OfferDeclined if how == "declined" else OfferAccepted
    return said(offer_id=offer.offer_id, worker_id=offer.worker_id, zone=offer.zone)


def report(booking: BookingConfirmed, how: str) -> Fact:
    """What is said of the work of whoever is booked; it may not have begun."""
    zone, job_id, who = booking.zone, booking.job_id, booking.worker_id
    if how == "rated":
        return WorkRated(job_id=job_id, worker_id=who, zone=zone, stars=4)
    said = WorkNoShow if how == "no_show" else WorkCompleted
    return said(job_id=job_id, worker_id=who, zone=zone)


def policy(random: Random) -> PolicyChanged:
    """Another policy for all zones."""
    return PolicyChanged(
        policy=Policy(
            mode=random.choice(("instant", "batch", "hybrid")),
            round_ms=60_000,
            offer_ttl_ms=random.choice((60_000, 1_800_000)),
            max_open_offers=random.randint(1, 3),
            tier_ms=random.choice((60_000, 600_000)),
            explore_share=random.choice((0.0, 0.3)),
        )
    )


def _worker(random: Random, station: Station) -> Fact:
    return worker(random, station, random.choice(WORKERS[station.zone]))


def job(random: Random, station: Station) -> JobPosted:
    """Work that begins soon, half of it within the time that a script takes."""
    begin = NOW + random.choice((random.randint(3, 40) * MINUTE, random.randint(2, 30) * HOUR))
    return JobPosted(
        job_id=random.choice(JOBS[station.zone]),
        zone=station.zone,
        station_id=station.name,
        employer_id=random.choice(("E-0", "E-1")),
        title="采茶工",
        shifts=(Interval(start=begin, end=begin + random.randint(1, 8) * HOUR),),
        pay=Pay(amount_fen=15_000),
        place=_place(random),
        skills=random.choice(((), SKILLS[:1])),
        headcount=random.randint(1, 3),
        accepts_crews=random.random() < 0.5,
    )


def _rare(random: Random, station: Station) -> Fact:
    zone = station.zone
    job, who = random.choice(JOBS[zone]), random.choice(WORKERS[zone])
    claim = random.choice(("C-0", "C-1"))
    return random.choice(
        (
            JobAmended(job_id=job, zone=zone, headcount=random.randint(1, 3)),
            JobCancelled(job_id=job, zone=zone),
            WorkerUnavailable(worker_id=who, zone=zone, cancel_bookings=random.random() < 0.5),
            WorkerForgotten(worker_id=who, zone=zone),
            WorkCompleted(job_id=job, worker_id=who, zone=zone),
            WorkNoShow(job_id=job, worker_id=who, zone=zone),
            WageClaimOpened(claim_id=claim, employer_id="E-0", zone=zone),
            WageClaimClosed(claim_id=claim, employer_id="E-0", zone=zone),
        )
    )


def _place(random: Random) -> Place:
    return Place(
        lat=round(29.601 + random.randint(-8, 8) / 100, 3),
        lon=round(103.485 + random.randint(-8, 8) / 100, 3),
    )
