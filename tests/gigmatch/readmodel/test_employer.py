"""What workers have said of an employer: shown only where nobody can tell who said what."""

from gigmatch.readmodel.employer import EmployerDoc


def rated(*said: tuple[str, int]) -> EmployerDoc:
    employer = EmployerDoc(zone="511181", employer_id="E-1")
    for worker_id, stars in said:
        employer.rate(worker_id, stars)
    return employer


def test_one_who_has_worked_there_many_times_is_still_one() -> None:
    employer = rated(("W-1", 1), ("W-1", 1), ("W-1", 2), ("W-2", 5))
    before = employer.mean
    employer.rate("W-3", 4)
    assert (before, employer.mean, employer.ratings, employer.waiting) == (None, 13 / 5, 5, {})


def test_what_is_shown_goes_on_by_three_people_at_a_time() -> None:
    """A mean that moves with the fourth rating tells what the fourth was."""
    shown = []
    employer = rated()
    for number in range(7):
        employer.rate(f"W-{number}", 3 if number < 3 else 5)
        shown.append((employer.ratings, employer.mean))
    assert shown == [(0, None), (0, None), *[(3, 3.0)] * 3, *[(6, 4.0)] * 2]


def test_what_who_is_erased_has_said_goes_unless_it_is_shown() -> None:
    employer = rated(("W-1", 1), ("W-2", 5), ("W-3", 3), ("W-4", 1))
    for worker_id in ("W-1", "W-4", "W-5"):
        employer.forget(worker_id)
    assert (employer.ratings, employer.mean, employer.waiting) == (3, 3.0, {})


def test_who_is_erased_and_registers_again_is_one_of_the_three_only_once() -> None:
    employer = rated()
    for _ in range(2):
        employer.rate("W-1", 5)
        employer.forget("W-1")
    employer.rate("W-2", 1)
    assert (employer.ratings, employer.waiting) == (0, {"W-2": [1]})


def test_it_stands_in_the_index_of_what_waits_as_long_as_something_does() -> None:
    waiting = rated(("W-1", 1), ("W-1", 3))
    assert [(member, score) for _, member, score in waiting.entries()] == [("E-1", 1)]
    assert list(rated(("W-1", 1), ("W-2", 1), ("W-3", 1)).entries()) == []
