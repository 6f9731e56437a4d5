"""What an event or an outcome changes in the read model: Redis commands, and nothing else.

Every command gives the same result when a whole log is projected again; counters are only ever
sent together with the offset that makes a repetition impossible.
"""

import re
from typing import Final

import msgspec

from events.codec import Event, encode
from events.facts import JobAmended, JobCancelled, JobPosted, WorkerForgotten
from events.outcomes import (
    AnyOutcome,
    BookingCancelled,
    BookingConfirmed,
    EmployerBlocked,
    EmployerCleared,
    JobExpired,
    JobFilled,
    JobUnfilled,
    MatchRanked,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from events.topics import ALL_ZONES
from gigmatch import readmodel as keys

Command = tuple[str | int | bytes, ...]

_STATION: Final = re.compile(r"^/zones/(\d{6})/stations/([\w-]+)$")


def project_event(event: Event, at: int) -> list[Command]:
    """The commands for a fact; `at` is its time, UTC ms."""
    fact, zone = event.fact, event.fact.zone
    if zone == ALL_ZONES:
        return []
    commands: list[Command] = [
        ("SADD", keys.ZONES, zone),
        ("HINCRBY", keys.totals(zone), fact.TYPE, 1),
    ]
    if (station := _STATION.match(event.source)) and station.group(1) == zone:
        commands.append(("HSET", keys.stations(zone), station.group(2), at))
    match fact:
        case JobPosted():
            commands += _posted(fact, at)
        case JobAmended():
            for name, value in _given(fact):
                commands.append(("HSET", keys.job(fact.job_id), name, value))
        case JobCancelled():
            commands.append(("HSET", keys.job(fact.job_id), "cancelled", 1))
            commands.append(("SREM", keys.open_jobs(zone), fact.job_id))
        case WorkerForgotten():
            for key in (keys.worker, keys.worker_offers, keys.worker_bookings):
                commands.append(("DEL", key(fact.worker_id)))
        case _:
            pass
    return commands


def project_outcome(outcome: AnyOutcome) -> list[Command]:
    """The commands for an outcome."""
    zone = outcome.zone
    commands: list[Command] = [("HINCRBY", keys.totals(zone), outcome.TYPE, 1)]
    if zone != ALL_ZONES:
        commands.append(("SADD", keys.ZONES, zone))
        commands.append(("HSET", keys.market(zone), "now", outcome.at))
    return commands + _of_offers(outcome) + _of_jobs(outcome)


def _of_offers(outcome: AnyOutcome) -> list[Command]:
    match outcome:
        case OfferMade(offer_id=offer_id):
            return [
                ("HSET", keys.job_offers(outcome.job_id), offer_id, encode(outcome)),
                ("HSET", keys.worker_offers(outcome.worker_id), offer_id, encode(outcome)),
            ]
        case OfferExpired() | OfferWithdrawn():
            return _no_offer(outcome)
        case BookingConfirmed(job_id=job_id, worker_id=worker_id):
            return [
                *_no_offer(outcome),
                ("HSET", keys.job_bookings(job_id), worker_id, encode(outcome)),
                ("HSET", keys.worker_bookings(worker_id), job_id, encode(outcome)),
            ]
        case BookingCancelled(job_id=job_id, worker_id=worker_id):
            dropped_out = outcome.reason.startswith("worker_")
            return [
                ("HDEL", keys.job_bookings(job_id), worker_id),
                ("HDEL", keys.worker_bookings(worker_id), job_id),
                *(_status(outcome.zone, job_id, "open") if dropped_out else ()),
            ]
        case _:
            return []


def _of_jobs(outcome: AnyOutcome) -> list[Command]:
    zone = outcome.zone
    match outcome:
        case MatchRanked():
            return _ranked(outcome)
        case JobFilled():
            return _status(zone, outcome.job_id, "filled")
        case JobExpired():
            return _status(zone, outcome.job_id, "expired")
        case JobUnfilled():
            unfilled = msgspec.json.encode(outcome.excluded)
            return [("HSET", keys.job(outcome.job_id), "unfilled", unfilled)]
        case EmployerBlocked():
            return [("SADD", keys.blocked_employers(zone), outcome.employer_id)]
        case EmployerCleared():
            return [("SREM", keys.blocked_employers(zone), outcome.employer_id)]
        case _:
            return []


def _posted(fact: JobPosted, at: int) -> list[Command]:
    """The first posting of a job stands: the market refuses a second one."""
    commands: list[Command] = [
        ("HSETNX", keys.job(fact.job_id), name, value) for name, value in _given(fact)
    ]
    commands.append(("HSETNX", keys.job(fact.job_id), "posted", at))
    return commands


def _given(fact: JobPosted | JobAmended) -> list[tuple[str, bytes]]:
    """The fields of a posting that are set, each as JSON."""
    return [
        (name, msgspec.json.encode(value))
        for name in fact.__struct_fields__
        if (value := getattr(fact, name)) is not None
    ]


def _ranked(outcome: MatchRanked) -> list[Command]:
    market: Command = (
        *("HSET", keys.market(outcome.zone)),
        *("model", outcome.model, "policy", outcome.policy),
    )
    ranking = encode(outcome)
    if outcome.job_id is not None:
        stored: Command = ("HSET", keys.job(outcome.job_id), "ranking", ranking)
        return [market, stored, *_status(outcome.zone, outcome.job_id, "open")]
    worker = keys.worker(outcome.worker_id or "")
    return [market, ("HSET", worker, "zone", outcome.zone, "ranking", ranking)]


def _status(zone: str, job_id: str, status: str) -> list[Command]:
    change = "SADD" if status == "open" else "SREM"
    return [
        ("HSET", keys.job(job_id), "status", status),
        (change, keys.open_jobs(zone), job_id),
    ]


def _no_offer(outcome: OfferExpired | OfferWithdrawn | BookingConfirmed) -> list[Command]:
    return [
        ("HDEL", keys.job_offers(outcome.job_id), outcome.offer_id),
        ("HDEL", keys.worker_offers(outcome.worker_id), outcome.offer_id),
    ]
