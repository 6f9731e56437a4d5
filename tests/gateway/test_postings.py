"""However many jobs there are, the oldest that lacks people is found."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from events.values import Pay, Place
from gateway.postings import MOST_LISTED
from gigmatch.readmodel.job import JobDoc, JobStatus
from gigmatch.readmodel.keys import ZONES, job_key, zone_key
from gigmatch.readmodel.zone import ZoneDoc
from tests.gateway.serving import Gateway, gateway_of
from tests.gateway.two_stations import OTHER, OWN, PLACE, posted
from tests.town import NOW, ZONE

MANY = MOST_LISTED + 100
UNMATCHED = "/api/operator/unmatched"


@pytest.fixture
async def gateway(redis_url: str) -> AsyncIterator[Gateway]:
    async with gateway_of(redis_url) as made:
        await made.parts.redis.sadd(ZONES, ZONE)
        market = ZoneDoc(zone=ZONE, clock=NOW)
        await made.parts.redis.set(zone_key(ZONE), msgspec.json.encode(market))
        yield made


async def keep(gateway: Gateway, *jobs: JobDoc) -> None:
    """Write jobs as the projector does."""
    async with gateway.parts.redis.pipeline(transaction=False) as pipeline:
        for job in jobs:
            pipeline.set(job_key(ZONE, job.posted.job_id), msgspec.json.encode(job))
            for key, member, score in job.entries():
                pipeline.zadd(key, {member: score})
        await pipeline.execute()


def job_doc(
    number: int, status: JobStatus = "open", station_id: str = OWN, place: Place = PLACE
) -> JobDoc:
    """The job that was posted at an offset."""
    fact = msgspec.structs.replace(posted(f"J-{number:04}", station_id), place=place)
    return JobDoc(posted=fact, offset=number, at=NOW, pay_fen_day=15_000, status=status)


async def listed(gateway: Gateway, path: str, headers: dict[str, str]) -> list[str]:
    answer = await gateway.client.get(path, headers=headers)
    return [one["job"]["job_id"] for one in answer.json()["jobs"]]


async def test_the_job_that_is_empty_longest_is_the_first_of_very_many(gateway: Gateway) -> None:
    await keep(gateway, *(job_doc(number) for number in range(MANY)))
    headers = await gateway.operator(reader=True)
    oldest = [f"J-{number:04}" for number in range(MOST_LISTED)]
    assert await listed(gateway, UNMATCHED, headers) == oldest
    assert await listed(gateway, f"{UNMATCHED}?q=J-0000", headers) == ["J-0000"]
    newest = f"J-{MANY - 1:04}"
    assert await listed(gateway, f"{UNMATCHED}?q={newest}", headers) == [newest]
    assert await listed(gateway, f"{UNMATCHED}?q=j-00000", headers) == []


async def test_a_word_is_looked_for_in_every_open_job(gateway: Gateway) -> None:
    await keep(gateway, job_doc(0, station_id=OTHER), *(job_doc(n) for n in range(1, MANY)))
    headers = await gateway.operator(reader=True)
    assert await listed(gateway, f"{UNMATCHED}?q={OTHER}", headers) == ["J-0000"]
    await keep(gateway, job_doc(MANY, station_id=OTHER))
    found = await listed(gateway, f"{UNMATCHED}?q={OTHER}", headers)
    assert found == ["J-0000", f"J-{MANY:04}"]


async def test_no_open_job_of_a_station_is_hidden_by_its_closed_ones(gateway: Gateway) -> None:
    closed = [job_doc(number, "filled") for number in range(2, MANY)]
    await keep(gateway, job_doc(0), job_doc(1, station_id=OTHER), *closed)
    headers = await gateway.station(OWN)
    assert await listed(gateway, "/api/station/jobs", headers) == ["J-0000"]
    newest = [f"J-{number:04}" for number in range(MANY - MOST_LISTED + 1, MANY)]
    whole = await listed(gateway, "/api/station/jobs?status=all", headers)
    assert whole == ["J-0000", *newest]


async def test_a_station_with_very_many_open_jobs_sees_them_all(gateway: Gateway) -> None:
    await keep(gateway, *(job_doc(number) for number in range(MANY)), job_doc(MANY, "filled"))
    headers = await gateway.station(OWN)
    for status in ("open", "all"):
        shown = await listed(gateway, f"/api/station/jobs?status={status}", headers)
        assert shown == [f"J-{number:04}" for number in range(MANY)]


async def test_a_line_says_pay_in_its_own_unit_where_that_is_not_the_day(gateway: Gateway) -> None:
    daily, hourly = job_doc(0), job_doc(1)
    pay = Pay(amount_fen=2_500, unit="hour")
    hourly = msgspec.structs.replace(
        hourly, posted=msgspec.structs.replace(hourly.posted, pay=pay), pay_fen_day=25_000
    )
    await keep(gateway, daily, hourly)
    answer = await gateway.client.get("/api/station/jobs", headers=await gateway.station(OWN))
    [by_day, by_hour] = [one["job"] for one in answer.json()["jobs"]]
    assert "pay" not in by_day
    assert (by_hour["pay"]["amount_fen"], by_hour["pay"]["unit"]) == (2_500, "hour")
    assert by_hour["pay_fen_day"] == 25_000
