"""Friends are of the same township, both ways, and the same for the same seed."""

from producers.simulator.friends import friends
from producers.simulator.people import workers
from producers.simulator.town import emeishan

PEOPLE = workers(emeishan(), seed=1, count=300)
FRIENDS = friends(PEOPLE, seed=1)


def test_friendship_is_both_ways_and_near() -> None:
    homes = {person.worker_id: person.station.number for person in PEOPLE}
    for worker_id, ties in FRIENDS.items():
        assert worker_id not in ties
        for friend in ties:
            assert worker_id in FRIENDS[friend]
            assert homes[worker_id] == homes[friend]


def test_most_people_have_a_few() -> None:
    counts = [len(ties) for ties in FRIENDS.values()]
    assert 1 < sum(counts) / len(counts) < 3
    assert 0 in counts


def test_the_same_seed_gives_the_same_friends_and_another_others() -> None:
    assert friends(PEOPLE, seed=1) == FRIENDS
    assert friends(PEOPLE, seed=2) != FRIENDS
