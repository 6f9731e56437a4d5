"""Rules about one job, worker, offer or employer."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, TypeVar

from matching.constraints import first_failure
from matching.invariants.protection import (
    postings_are_lawful,
    the_booked_are_of_age,
    the_booked_can_rest,
)
from matching.lawful import is_over
from matching.market import Market
from matching.state import Employer, Job, Offer, Worker
from matching.terms import crew_size, spans

T = TypeVar("T")
Rule = Callable[[Market, str, T], Iterator[str]]
"""Of a market, an id, and what has it."""

# Jobs


def places_never_overfilled(market: Market, job_id: str, job: Job) -> Iterator[str]:
    """Not more places are booked than there are."""
    if not 0 <= job.booked_places <= job.posted.headcount:
        yield f"{job.booked_places} of {job.posted.headcount} places are booked"


def standing_fits_places_and_time(market: Market, job_id: str, job: Job) -> Iterator[str]:
    """Open: places are open and the time has not run out. Filled: none, till its work is over."""
    over = job.expires_at <= market.state.now
    if job.status == "open" and (over or job.open_places <= 0):
        yield f"open with {job.open_places} open places until {job.expires_at}"
    if job.status == "filled" and job.open_places > 0 and not is_over(job.posted, market.state.now):
        yield f"filled with {job.open_places} open places"


def only_open_jobs_are_on_offer(market: Market, job_id: str, job: Job) -> Iterator[str]:
    """No offers stand for what is filled, over or cancelled, nor for a blocked employer."""
    employer = market.state.employers.get(job.posted.employer_id)
    blocked = employer is not None and employer.blocked
    if job.open_offers and (job.status != "open" or blocked):
        yield f"{'blocked' if blocked else job.status} with offers {list(job.open_offers.values())}"


def offers_of_a_job_are_its_own(market: Market, job_id: str, job: Job) -> Iterator[str]:
    """The job, the offer and the worker say the same of an open offer."""
    for worker_id, offer_id in job.open_offers.items():
        offer = market.state.offers.get(offer_id)
        worker = market.state.workers.get(worker_id)
        if offer is None or offer.status != "open" or offer.worker_id != worker_id:
            yield f"{offer_id} of {worker_id} is not an open offer"
        elif worker is None or worker.open_offers.get(offer_id) != job_id:
            yield f"{worker_id} does not know of {offer_id}"
        elif offer.places > job.open_places:
            yield f"{offer_id} is for {offer.places} places, {job.open_places} are open"


def bookings_of_a_job_are_known(market: Market, job_id: str, job: Job) -> Iterator[str]:
    """Whoever is expected has the job's shifts in their calendar."""
    for worker_id in job.expected_workers():
        worker = market.state.workers.get(worker_id)
        booked = None if worker is None else worker.bookings.get(job_id)
        if booked != spans(job.posted.shifts):
            yield f"{worker_id} is expected and has {booked} in the calendar"


# Workers


def bookings_never_overlap(market: Market, worker_id: str, worker: Worker) -> Iterator[str]:
    """Nobody is promised to two places at one time."""
    for earlier, later in pairwise(worker.busy):
        if later[0] < earlier[1]:
            yield f"{earlier} and {later}"


def bookings_of_a_worker_are_known(market: Market, worker_id: str, worker: Worker) -> Iterator[str]:
    """What stands in a calendar is a booking of the job, not yet over."""
    for job_id in worker.bookings:
        away = market.state.away.get(job_id)
        if away is not None and away.worker_id == worker_id:
            continue
        job = market.state.jobs.get(job_id)
        if job is None or worker_id not in job.expected_workers():
            yield f"{job_id} does not expect them"


def only_the_available_are_asked(market: Market, worker_id: str, worker: Worker) -> Iterator[str]:
    """Who does not look for work has no open offers."""
    if worker.available is None and worker.open_offers:
        yield f"not available, with offers {list(worker.open_offers)}"


def nobody_is_available_for_ever(market: Market, worker_id: str, worker: Worker) -> Iterator[str]:
    """Whose time is over by the market's clock does not look for work any more."""
    if worker.available is not None and worker.valid_until <= market.state.now:
        yield f"available until {worker.valid_until}"


def offers_are_feasible(market: Market, worker_id: str, worker: Worker) -> Iterator[str]:
    """Every open offer still satisfies all hard constraints, for the whole crew."""
    if worker.available is None or not worker.open_offers:
        return
    terms = market.ledger.worker_terms(worker_id)
    for offer_id, job_id in worker.open_offers.items():
        job, offer = market.state.jobs.get(job_id), market.state.offers.get(offer_id)
        if job is None or offer is None or job.open_offers.get(worker_id) != offer_id:
            yield f"{job_id} does not know of {offer_id}"
        elif (failure := first_failure(market.ledger.job_terms(job), terms)) is not None:
            yield f"{offer_id} of {job_id} fails {failure}"
        elif not _crew_agrees(job, offer.places, crew_size(worker.available)):
            yield f"{offer_id} is for {offer.places}, they are {crew_size(worker.available)}"


def _crew_agrees(job: Job, places: int, size: int) -> bool:
    return places == size or (job.posted.partial_crews and 1 <= places < size)


# Offers and employers


def open_offers_are_in_time(market: Market, offer_id: str, offer: Offer) -> Iterator[str]:
    """An open offer's time has not run out, and its chances are chances."""
    if offer.status == "open" and offer.expires_at <= market.state.now:
        yield f"open until {offer.expires_at}"
    if not (0.0 <= offer.p_accept <= 1.0 and 0.0 <= offer.p_complete <= 1.0):
        yield f"chances {offer.p_accept} and {offer.p_complete}"


def offers_stand_where_they_belong(market: Market, offer_id: str, offer: Offer) -> Iterator[str]:
    """Open offers are open at their job, accepted ones are booked there, others are neither."""
    job = market.state.jobs.get(offer.job_id)
    if job is None:
        yield f"for {offer.job_id}, which nobody knows"
        return
    booking = job.booked.get(offer.worker_id)
    is_booked = booking is not None and booking.offer_id == offer_id
    is_open = job.open_offers.get(offer.worker_id) == offer_id
    if is_open != (offer.status == "open") or is_booked != (offer.status == "accepted"):
        yield f"{offer.status}, at {offer.job_id} {is_open=} {is_booked=}"


def claims_and_the_list_decide_who_is_blocked(
    market: Market, employer_id: str, employer: Employer
) -> Iterator[str]:
    """An employer is blocked exactly from the policy's number of open wage claims on, or listed."""
    count, limit = len(employer.claims), market.state.policy.block_after_claims
    if employer.blocked != (employer.listed or count >= limit):
        yield f"blocked: {employer.blocked}, {employer.listed=}, with {count} claims of {limit}"


JOB_RULES: Final[tuple[Rule[Job], ...]] = (
    places_never_overfilled,
    standing_fits_places_and_time,
    only_open_jobs_are_on_offer,
    offers_of_a_job_are_its_own,
    bookings_of_a_job_are_known,
    postings_are_lawful,
)
WORKER_RULES: Final[tuple[Rule[Worker], ...]] = (
    bookings_never_overlap,
    bookings_of_a_worker_are_known,
    the_booked_can_rest,
    the_booked_are_of_age,
    only_the_available_are_asked,
    nobody_is_available_for_ever,
    offers_are_feasible,
)
OFFER_RULES: Final[tuple[Rule[Offer], ...]] = (
    open_offers_are_in_time,
    offers_stand_where_they_belong,
)
EMPLOYER_RULES: Final[tuple[Rule[Employer], ...]] = (claims_and_the_list_decide_who_is_blocked,)
