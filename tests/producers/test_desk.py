"""Each fact and line of the audit is told where it stands, however many are under way."""

import asyncio

import msgspec

from events.audit import AuditRecorded
from events.codec import decode
from events.examples import AUDITED, FACTS, TIME
from events.topics import AUDIT, EVENTS
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from producers.desk import Desk
from producers.publisher import DeliveryError
from tests.brokers import MemoryBroker


async def test_many_at_once_are_each_told_their_own_place(embedded_broker: MemoryBroker) -> None:
    await asyncio.to_thread(ensure_topics, embedded_broker.bootstrap, 1, 1)
    desk = Desk(embedded_broker.bootstrap, client_id="tests")
    fact = FACTS["job.cancelled"]
    sent = (desk.fact(fact, id=f"c-{n}", source="/tests", time=TIME) for n in range(50))
    landed = await asyncio.gather(*sent)
    line = AUDITED["audit.recorded"]
    assert await desk.record(line, id="a", source="/gateway") == (0, 0)
    await desk.close()
    with LogReader(embedded_broker.bootstrap) as reader:
        by_place = {(r.partition, r.offset): decode(r).id for r in reader.read(EVENTS, 0)}
        [kept] = reader.read(AUDIT, 0)
    assert [by_place[p, o] for p, o in landed if o is not None] == [f"c-{n}" for n in range(50)]
    assert msgspec.json.decode(kept.value or b"", type=AuditRecorded) == line


async def test_a_broker_that_was_away_is_told_again_under_the_same_id(
    embedded_broker: MemoryBroker,
) -> None:
    """A producer whose tries were cut short is fenced: without another, nothing would arrive."""
    await asyncio.to_thread(ensure_topics, embedded_broker.bootstrap, 1, 1)
    desk = Desk(embedded_broker.bootstrap, client_id="tests", patience_ms=1_500)
    fact = FACTS["job.cancelled"]
    await until_taken(desk, "before")
    with embedded_broker.hanging():
        waiting = (desk.fact(fact, id=f"d-{n}", source="/tests", time=TIME) for n in range(3))
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(answer) for answer in answers] == [DeliveryError] * 3
    for n in range(3):
        await until_taken(desk, f"d-{n}")
    await desk.close()
    with LogReader(embedded_broker.bootstrap) as reader:
        ids = {decode(record).id for record in reader.read(EVENTS, 0)}
    assert ids >= {"before", "d-0", "d-1", "d-2"}


async def until_taken(desk: Desk, id: str) -> None:
    """Say it again until the broker has it, as a terminal does."""
    for _ in range(100):
        try:
            await desk.fact(FACTS["job.cancelled"], id=id, source="/tests", time=TIME)
        except DeliveryError:
            continue
        return
    raise AssertionError(f"{id} was never taken")
