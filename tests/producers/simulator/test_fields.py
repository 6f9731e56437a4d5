"""People are on their own field when it is ripe: some days in May and September, in the country."""

from datetime import date

from producers.simulator.fields import IN_TOWN, LONGEST_DAYS, on_own_field
from producers.simulator.people import Person, workers
from producers.simulator.town import emeishan

PEOPLE = workers(emeishan(), seed=1, count=200)
FIRST = (date(2027, 1, 1) - date(1970, 1, 1)).days
YEAR = range(FIRST, FIRST + 365)


def test_harvests_are_in_may_and_september_and_short() -> None:
    days = [day for day in YEAR if any(on_own_field(1, person, day) for person in PEOPLE)]
    months = {date.fromordinal(date(1970, 1, 1).toordinal() + day).month for day in days}
    assert months == {5, 9}
    assert max(len(_days(person)) for person in PEOPLE) <= 2 * LONGEST_DAYS


def test_more_people_have_a_field_in_the_country_than_in_town() -> None:
    in_town = [bool(_days(person)) for person in PEOPLE if person.station.number in IN_TOWN]
    outside = [bool(_days(person)) for person in PEOPLE if person.station.number not in IN_TOWN]
    assert sum(in_town) / len(in_town) < 0.3
    assert sum(outside) / len(outside) > 0.4


def test_another_year_is_ripe_on_other_days_but_the_same_people_have_fields() -> None:
    [person] = [one for one in PEOPLE if _days(one)][:1]
    later = [day - 365 for day in range(FIRST + 365, FIRST + 730) if on_own_field(1, person, day)]
    assert later
    assert later != _days(person)
    assert _days(person) == _days(person)


def _days(person: Person) -> list[int]:
    return [day for day in YEAR if on_own_field(1, person, day)]
