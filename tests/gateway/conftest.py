"""The town of two stations, with a gateway before it."""

from collections.abc import AsyncIterator

import pytest

from events.codec import decode_outcome
from events.outcomes import OfferMade
from events.topics import EVENTS
from tests.gateway.serving import gateway_of
from tests.gateway.two_stations import FACTS_OF_THE_TOWN, OWN, Town, registered
from tests.projecting import answered, project
from tests.town import NOW
from tests.worlds import record_of


@pytest.fixture
async def town(redis_url: str) -> AsyncIterator[Town]:
    log = answered(record_of(fact, offset) for offset, fact in enumerate(FACTS_OF_THE_TOWN))
    project(redis_url, log)
    outcomes = [decode_outcome(record)[1] for record in log if record.topic != EVENTS]
    async with gateway_of(redis_url) as gateway:
        made = Town(gateway.client, gateway.parts, gateway.log)
        offers = [one for one in outcomes if isinstance(one, OfferMade) and one.worker_id == "W-1"]
        made.offer_id = offers[0].offer_id
        await made.parts.said.put(registered("W-1", OWN), at=NOW)
        yield made
