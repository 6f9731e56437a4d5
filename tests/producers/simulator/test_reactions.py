"""What people say of their bookings is what a market can still take."""

from collections.abc import Iterable

from events.facts import JobPosted, OfferDeclined, WorkCompleted, WorkNoShow
from events.outcomes import BookingConfirmed, Cause
from events.values import Interval
from producers.simulator.agenda import Agenda, Timed
from producers.simulator.board import JobBoard
from producers.simulator.calendar import DAY_MS, HOUR_MS
from producers.simulator.drift import Drift
from producers.simulator.lives import Lives
from producers.simulator.people import employers, workers
from producers.simulator.reactions import Reactions
from producers.simulator.town import emeishan
from tests.town import NOW

TOWN = emeishan()
EMPLOYERS = employers(TOWN, seed=1, count=40)
START, END = NOW + HOUR_MS, NOW + 5 * HOUR_MS
PEOPLE = 400
"""So many that some of them drop out before the work's end, and others would after it."""


class Booked:
    """A morning's work that everybody is booked for an hour before it begins, and no market."""

    def __init__(self) -> None:
        self.people = {person.worker_id: person for person in workers(TOWN, seed=1, count=PEOPLE)}
        self.agenda = Agenda(1, NOW, TOWN.zone)
        self.board = JobBoard(self.agenda, TOWN, EMPLOYERS)
        lives = Lives(self.agenda, TOWN, self.people, EMPLOYERS, 1, Drift(1, 0))
        reactions = Reactions(self.agenda, self.board, self.people, lives)
        self.agenda.plan(NOW, self.board.post)
        [posted] = [timed.fact for timed in self.agenda.run(NOW)]
        assert isinstance(posted, JobPosted)
        self.job_id = posted.job_id
        self.board.amend(posted.job_id, shifts=(Interval(start=START, end=END),))
        for worker_id in self.people:
            reactions.hear(self._booking(worker_id))

    def _booking(self, worker_id: str) -> BookingConfirmed:
        return BookingConfirmed(
            zone=TOWN.zone,
            at=NOW,
            cause=Cause(partition=0, offset=1, ce_id="e"),
            offer_id=f"O-{worker_id}",
            job_id=self.job_id,
            worker_id=worker_id,
            shifts=(Interval(start=START, end=END),),
            places=1,
            remaining=0,
        )


def test_work_that_is_over_is_given_up_by_nobody_and_told_of_everybody() -> None:
    """A market rejects such a no, and whether they came would never be known."""
    town = Booked()
    said = town.agenda.run(NOW + DAY_MS)
    gave_up = [timed for timed in said if isinstance(timed.fact, OfferDeclined)]
    assert gave_up
    assert all(timed.at < END for timed in gave_up)
    told = _who(said, WorkCompleted, WorkNoShow)
    assert len(told) == len(set(told))
    assert set(told) == set(town.people) - set(_who(gave_up, OfferDeclined))


def test_work_that_was_moved_is_given_up_until_its_new_end() -> None:
    """The market may not have said yet that who was booked is so no more."""
    town = Booked()
    town.board.amend(town.job_id, shifts=(Interval(start=START + DAY_MS, end=END + DAY_MS),))
    gave_up = [timed for timed in town.agenda.run(NOW + DAY_MS) if _is_no(timed)]
    assert max(timed.at for timed in gave_up) > END


def test_whoever_has_been_erased_gives_nothing_up() -> None:
    """Their offers are erased, too: a market does not know what they say no to."""
    town = Booked()
    town.people.clear()
    assert not any(_is_no(timed) for timed in town.agenda.run(NOW + DAY_MS))


def _is_no(timed: Timed) -> bool:
    return isinstance(timed.fact, OfferDeclined)


def _who(
    said: Iterable[Timed], *kinds: type[OfferDeclined | WorkCompleted | WorkNoShow]
) -> list[str]:
    facts = (timed.fact for timed in said)
    return [fact.worker_id for fact in facts if isinstance(fact, kinds)]
