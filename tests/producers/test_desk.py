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
