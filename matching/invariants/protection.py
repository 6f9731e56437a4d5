"""Rules about what the law protects: pay and hours of a posting; rest, hours and age at work."""

from collections.abc import Iterator

from events.rejections import Rejection
from matching.constraints import years_over, years_short
from matching.days import day_in_china
from matching.lawful import check_posting, highest_age, lawful_age
from matching.market import Market
from matching.state import Job, Worker
from matching.terms import job_terms, worked_on


def postings_are_lawful(market: Market, job_id: str, job: Job) -> Iterator[str]:
    """Hours, rest and the minimum pay of a job's zone and day hold for what it has become."""
    try:
        check_posting(job.posted)
    except Rejection as rejection:
        yield rejection.reason()


def the_booked_can_rest(market: Market, worker_id: str, worker: Worker) -> Iterator[str]:
    """No booking leaves too little rest between days, or makes a day too long.

    A visitor's home zone sees to it, before it grants a booking.
    """
    if worker.visit is not None:
        return
    for job_id, shifts in worker.bookings.items():
        posted = market.state.posting(job_id)
        terms = job_terms(posted, open_places=1, blocked=False, open_claims=0)
        others = tuple(span for span in worker.busy if span not in shifts)
        for start, end in terms.shifts:
            day = day_in_china(start)
            worked = worked_on(day, (*terms.shifts, *others))
            if worked > terms.max_day_ms:
                yield f"{worked} ms of {terms.max_day_ms} on the day of {job_id}"
            for busy_start, busy_end in others:
                rest = max(start - busy_end, busy_start - end)
                if rest < terms.min_rest_ms and day != day_in_china(busy_start):
                    yield f"{rest} ms of {terms.min_rest_ms} between {job_id} and {busy_start}"


def the_booked_are_of_age(market: Market, worker_id: str, worker: Worker) -> Iterator[str]:
    """Nobody has work ahead that the law forbids at their age."""
    if worker.available is None:
        return
    for job_id in worker.bookings:
        posted = market.state.posting(job_id)
        starts = min(shift.start for shift in posted.shifts)
        ends = max(shift.end for shift in posted.shifts)
        short = years_short(lawful_age(posted), worker.available.birth_year, starts)
        if short > 0 and ends > market.state.now:
            yield f"{short} years too young for {job_id}"
        over = years_over(highest_age(posted), worker.available.birth_year, starts)
        if over > 0 and ends > market.state.now:
            yield f"{over} years too old for {job_id}"
