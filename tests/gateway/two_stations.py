"""A gateway over a town of two stations, for those who try what is not theirs."""

import uuid
from typing import Any

import httpx
import msgspec

from events.facts import ClockTicked, Fact, JobPosted, WorkerAvailable
from events.values import Interval, Pay, Place
from gateway.access.principals import Worker
from tests.gateway.serving import Gateway
from tests.town import HOUR, NOW, ZONE

OWN, OTHER, ABROAD = f"{ZONE}-05", f"{ZONE}-06", "510100-01"
PLACE = Place(lat=29.655, lon=103.445)
PHONE = "13900001234"
NOTHING: dict[str, Any] = {}


def registered(worker_id: str, station_id: str) -> WorkerAvailable:
    return WorkerAvailable(
        worker_id=worker_id,
        zone=ZONE,
        station_id=station_id,
        windows=(Interval(start=NOW, end=NOW + 72 * HOUR),),
        place=PLACE,
        birth_year=1970,
    )


def posted(job_id: str, station_id: str, **changes: Any) -> JobPosted:
    job = JobPosted(
        job_id=job_id,
        zone=ZONE,
        station_id=station_id,
        employer_id="E-1",
        title="采茶工",
        shifts=(Interval(start=NOW + 24 * HOUR, end=NOW + 32 * HOUR),),
        pay=Pay(amount_fen=15_000),
        place=PLACE,
        headcount=2,
    )
    return msgspec.structs.replace(job, **changes)


FACTS_OF_THE_TOWN: tuple[Fact, ...] = (
    ClockTicked(now=NOW),
    registered("W-1", OWN),
    registered("W-2", OTHER),
    posted("J-1", OWN),
    posted("J-2", OTHER),
    ClockTicked(now=NOW + HOUR // 4),
)


class Town(Gateway):
    """A gateway over a town of two stations, each with a job and a worker; W-1 has an offer."""

    offer_id = ""

    async def signed_in(self, worker_id: str = "W-1") -> dict[str, str]:
        """The headers of a worker's page; the client keeps the cookie."""
        self.client.cookies.clear()
        link, _ = self.parts.passes.link(Worker(zone=ZONE, worker_id=worker_id, station_id=OWN))
        answer = await self.client.post("/api/session", json={"link": link})
        assert answer.status_code == 200
        return {"x-csrf-token": answer.json()["csrf"]}

    async def command(
        self, path: str, headers: dict[str, str], body: object = NOTHING, id: str = ""
    ) -> httpx.Response:
        key = {"idempotency-key": id or str(uuid.uuid4())}
        return await self.client.post(path, headers=headers | key, json=body)

    async def refused(self, answer: httpx.Response, status: int, code: str) -> None:
        """Check that an answer is a refusal, that it is audited, and that nothing was published."""
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"urn:gigmatch:{code}"
        assert (await self.refusals())[-1] == code
        assert self.log.facts == []
