"""Workers of this zone in others: what is announced of them, requested for them and reported."""

from collections.abc import Iterator

from events.notices import (
    BookingAnswered,
    BookingRequested,
    Denial,
    VisitorAnnounced,
    VisitorReported,
)
from events.outcomes import AwayBooked, AwayEnded, AwayResult
from events.rejections import Rejection
from events.values import Interval
from matching.constraints import first_failure
from matching.lawful import first_start
from matching.ledger import Ledger
from matching.state import Away, Worker, away_key
from matching.terms import Span, crew_size, days_begun, job_terms, spans

_CALENDAR = ("booked", "rest", "hours", "quota")


def booking_requested(ledger: Ledger, fact: BookingRequested) -> None:
    """Write a booking into the calendar if it fits; the same request is answered the same."""
    denied = None
    if away_key(fact.offer_id) not in ledger.state.away:
        denied = _denial(ledger, fact)
        if denied is None:
            _book(ledger, fact)
    ledger.send(
        BookingAnswered,
        zone=fact.from_zone,
        worker_id=fact.worker_id,
        offer_id=fact.offer_id,
        denied=denied,
    )


def visitor_reported(ledger: Ledger, fact: VisitorReported) -> None:
    """Another zone says what became of an offer or a booking; of the forgotten nobody hears.

    Raises Rejection when the booking is in a third zone.
    """
    worker = ledger.state.workers.get(fact.worker_id)
    if worker is None or worker.visit is not None:
        return
    booked = ledger.state.away.get(away_key(fact.offer_id))
    if booked is not None and booked.job.zone != fact.from_zone:
        raise Rejection("not_from_market", "from_zone", value=fact.from_zone, zone=booked.job.zone)
    match fact.what:
        case "declined":
            worker.record.answer("declined", None)
        case "expired":
            worker.record.answer("expired", None)
        case "rated":
            worker.record.rate(fact.stars or 0, fact.former or 0)
        case "cancelled" | "completed" | "no_show" | "excused":
            if booked is not None:
                _ended(ledger, worker, fact)
    ledger.worker_changed(fact.worker_id)
    ledger.to_seek[fact.worker_id] = None


def end(ledger: Ledger, key: str, result: AwayResult) -> None:
    """Take a booking in another zone out of the calendar, and tell that zone and this one."""
    away = ledger.state.away.pop(key)
    worker = ledger.state.workers.get(away.worker_id)
    if worker is not None:
        if result == "no_show":
            worker.bookings.pop(key, None)
        worker.finish(key, ledger.state.now)
        ledger.announce(away.worker_id, (away.job.zone,))
        ledger.worker_changed(away.worker_id)
        ledger.to_seek[away.worker_id] = None
    ledger.say(
        AwayEnded,
        offer_id=away.offer_id,
        job_id=away.job.job_id,
        job_zone=away.job.zone,
        worker_id=away.worker_id,
        result=result,
    )


def keys_of(ledger: Ledger, worker_id: str) -> list[str]:
    """The bookings in a worker's calendar that are in other zones."""
    bookings = ledger.state.workers[worker_id].bookings
    return [key for key in bookings if key in ledger.state.away]


def announce_all(ledger: Ledger) -> None:
    """Tell other zones how the workers stand that an event has changed."""
    if not ledger.to_announce:
        return
    announced, ledger.to_announce = ledger.to_announce, {}
    for worker_id, zones in announced.items():
        for zone in sorted(zones.keys() - {ledger.state.zone}):
            _announce(ledger, worker_id, zone)


def _denial(ledger: Ledger, fact: BookingRequested) -> Denial | None:
    """Why a worker cannot have places in another zone's job; the constraints are the usual ones."""
    worker = ledger.state.workers.get(fact.worker_id)
    available = None if worker is None else worker.available
    if available is None or worker is None or worker.visit is not None:
        return "unavailable"
    size = crew_size(available)
    agreed = fact.places == size or (fact.job.partial_crews and fact.places < size)
    over = first_start(fact.job) <= ledger.state.now
    if fact.from_zone not in available.other_zones or not agreed or over:
        return "unavailable"
    terms = job_terms(fact.job, open_places=fact.places, blocked=False, open_claims=0)
    failure = first_failure(terms, ledger.terms_of(worker))
    if failure is None:
        return None
    return "taken" if failure in _CALENDAR else "unavailable"


def _book(ledger: Ledger, fact: BookingRequested) -> None:
    away = Away(offer_id=fact.offer_id, worker_id=fact.worker_id, job=fact.job, places=fact.places)
    ledger.state.away[away.key] = away
    ledger.keep_away(away)
    worker = ledger.state.workers[fact.worker_id]
    worker.bookings[away.key] = spans(fact.job.shifts)
    ledger.end_wait(worker)
    worker.record.answer("accepted", None)
    ledger.worker_changed(fact.worker_id)
    ledger.say(
        AwayBooked,
        offer_id=fact.offer_id,
        job_id=fact.job.job_id,
        job_zone=fact.job.zone,
        worker_id=fact.worker_id,
        shifts=fact.job.shifts,
        places=fact.places,
    )
    ledger.make_way(fact.worker_id)


def _ended(ledger: Ledger, worker: Worker, fact: VisitorReported) -> None:
    key = away_key(fact.offer_id)
    match fact.what:
        case "completed":
            job = ledger.state.away[key].job
            until = ledger.worked_until(job)
            worker.finish(key, ledger.state.now, until)
            worker.record.complete(job.employer_id, days_begun(job.shifts, until))
            end(ledger, key, "completed")
        case "no_show" | "excused":
            worker.record.no_shows += fact.what == "no_show"
            end(ledger, key, "no_show")
        case _:
            end(ledger, key, "cancelled")


def _announce(ledger: Ledger, worker_id: str, zone: str) -> None:
    worker = ledger.state.workers.get(worker_id)
    if worker is None:
        ledger.send(
            VisitorAnnounced,
            zone=zone,
            worker_id=worker_id,
            version=ledger.state.offset,
            since=0,
            forgotten=True,
        )
        return
    held = {
        key: ledger.state.away[key].offer_id
        for key in keys_of(ledger, worker_id)
        if ledger.state.away[key].job.zone == zone
    }
    if zone not in worker.told:
        worker.told = (*worker.told, zone)
    available = worker.available
    looks = available is not None and zone in available.other_zones
    left = worker.bookings_left(ledger.state.now)
    counted = held.keys() & set(worker.held(ledger.state.now))
    ledger.send(
        VisitorAnnounced,
        zone=zone,
        worker_id=worker_id,
        version=ledger.state.offset,
        since=worker.since,
        available=available if looks else None,
        valid_until=worker.valid_until if looks else None,
        busy=tuple(_busy(worker, held)),
        bookings_left=None if left is None else left + len(counted),
        held=tuple(held.values()),
        experience=worker.record.told(),
    )


def _busy(worker: Worker, held: dict[str, str]) -> Iterator[Interval]:
    """The calendar but for what the zone that is told has itself."""
    elsewhere: list[Span] = list(worker.worked)
    for key, booked in worker.bookings.items():
        if key not in held:
            elsewhere.extend(booked)
    return (Interval(start=start, end=end) for start, end in sorted(elsewhere))
