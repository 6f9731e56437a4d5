"""The benchmarks' world is the same every time and every record of it is taken."""

from benchmarks import world
from events.codec import decode
from events.facts import Fact


def test_the_world_is_the_same_every_time() -> None:
    assert list(world.workers(50)) == list(world.workers(50))
    assert list(world.jobs(50)) == list(world.jobs(50))


def test_every_record_is_accepted_by_the_contract() -> None:
    facts: list[Fact] = [world.tick(), *world.jobs(50), *world.workers(50)]

    events = [decode(record) for record in world.records(facts)]

    assert [event.fact for event in events] == facts
