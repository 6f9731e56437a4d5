"""Work that is done, or is not, and what is owed for it."""

from events.facts import WorkCompleted, WorkNoShow, WorkRated
from tests.matching.scenario import Scenario
from tests.town import ZONE


def test_work_done_and_no_shows_make_a_track_record(town: Scenario) -> None:
    town.available("W-1")
    town.posted(job_id="J-1")
    town.accepts("W-1")
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.happens(WorkRated(job_id="J-1", worker_id="W-1", zone=ZONE, stars=5))
    town.posted(job_id="J-2")
    town.accepts("W-1")
    town.happens(WorkNoShow(job_id="J-2", worker_id="W-1", zone=ZONE))
    record = town.market.state.workers["W-1"].record
    assert (record.completed, record.no_shows, record.stars) == (1, 1, 5)
    assert record.employers == {"E-1": 1}
    town.happens(WorkCompleted(job_id="J-2", worker_id="W-1", zone=ZONE))
    assert town.rejection is not None
    assert town.rejection.code == "unknown_booking"


def test_whoever_has_had_a_place_is_not_offered_another_of_the_same_job(town: Scenario) -> None:
    """A second booking took the place of the first, and a place more could be booked."""
    town.available("W-1")
    town.posted(headcount=2)
    town.accepts("W-1")
    town.happens(WorkCompleted(job_id="J-1", worker_id="W-1", zone=ZONE))
    town.available("W-1")
    assert town.asked() == []
    assert town.market.state.jobs["J-1"].open_places == 1
