"""Letting a station out of quarantine."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from events.facts import StationReleased
from gateway.access.guard import check_zones, operator_of
from gateway.answers.operations import Released
from gateway.openapi import documented
from gateway.operations import zone_of_station
from gateway.parts import Parts, now_ms
from gateway.publishing import Publishing
from gigmatch.answers import json_answer

SOURCE = "/gateway"
StationId = Annotated[
    str, Path(pattern="^[0-9]{6}-[A-Za-z0-9]{1,20}$", description="a station: 511181-05")
]


def add_quarantine_routes(router: APIRouter, parts: Parts) -> None:
    """Add the route."""

    @router.post("/api/operator/quarantine/{station_id}/release", responses=documented(Released))
    async def release_station(request: Request, station_id: StationId) -> Response:
        """Look at what a station of their zones sends again.

        One that is in no quarantine stays as it is.
        """
        who = operator_of(request)
        check_zones(who, zone_of_station(station_id))
        await parts.audit.record(who, "station_released", subject=station_id)
        return json_answer(await release(parts.wishes.publishing, station_id))


async def release(publishing: Publishing, station_id: str) -> Released:
    """Publish the release to every partition. Raises PublishError."""
    partitions = await publishing.everywhere(
        StationReleased(station_id=station_id),
        id=f"release-{uuid4()}",
        source=SOURCE,
        time=now_ms(),
    )
    return Released(station_id=station_id, partitions=partitions)
