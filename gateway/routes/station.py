"""What a station's terminal sees and does: its jobs, its workers, their links and contacts."""

from typing import Annotated, Literal

import segno
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from gateway.access.guard import principal_of
from gateway.access.principals import Station, Worker
from gateway.answers.jobs import JobView, StationJobs
from gateway.answers.session import CodeView, LinkView, PassesEndedView
from gateway.answers.workers import WorkerView
from gateway.audience import zone_of
from gateway.commands import COMMANDS
from gateway.matches import worker_view
from gateway.openapi import documented, media
from gateway.parts import Parts
from gateway.postings import one_job, station_jobs
from gateway.routes.commanding import add_command
from gateway.routes.streaming import After, LastEventId, Types, stream
from gigmatch.answers import json_answer
from gigmatch.readmodel.worker import WorkerDoc

Status = Annotated[Literal["open", "all"], Query(description="only open jobs, or all of a week")]


def add_station_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""
    prefix = "/api/station"

    @router.get(f"{prefix}/jobs", responses=documented(StationJobs))
    async def jobs(request: Request, status: Status = "open") -> Response:
        """The station's jobs, the oldest first, with what is missing."""
        station = station_of(request)
        only_open = status == "open"
        view = await station_jobs(
            parts.model, station.zone, station.station_id, only_open=only_open
        )
        return json_answer(view)

    @router.get(f"{prefix}/jobs/{{job_id}}", responses=documented(JobView, 404))
    async def job(request: Request, job_id: str) -> Response:
        """A job of the station with its ranked workers and why."""
        return json_answer(
            await one_job(parts.model, await parts.own.job(station_of(request), job_id))
        )

    @router.get(f"{prefix}/workers/{{worker_id}}", responses=documented(WorkerView, 404))
    async def worker(request: Request, worker_id: str) -> Response:
        """A worker of the station: what they said, their offers and bookings."""
        found = await parts.own.worker(station_of(request), worker_id)
        said = await parts.said.open(found.zone, found.worker_id)
        return json_answer(await worker_view(parts.model, found, said))

    @router.get(f"{prefix}/live", responses=media("text/event-stream", "The zone's outcomes.", 400))
    async def live(
        request: Request,
        after: After = None,
        types: Types = "",
        last_event_id: LastEventId = None,
    ) -> Response:
        """The outcomes of the station's zone as they come."""
        zone = station_of(request).zone
        return await stream(
            parts.live,
            zone_of(zone),
            zone=zone,
            after=after,
            types=types,
            last_event_id=last_event_id,
        )

    @router.post(f"{prefix}/workers/{{worker_id}}/link", responses=documented(LinkView, 404))
    async def link(request: Request, worker_id: str) -> Response:
        """A link for a worker of the station. What signs in stands behind #: no log has it."""
        station = station_of(request)
        found = await parts.own.worker(station, worker_id)
        token, expires_at = parts.passes.link(_as_worker(found))
        await parts.audit.record(station, "pass_made", subject=worker_id, what="link")
        public = parts.wishes.public_url
        url = f"{public}/worker#link={token}"
        scanned = url if public else f"{_bound_address(request)}{url}"
        return json_answer(LinkView(url=url, qr=_qr(scanned), expires_at=expires_at))

    @router.post(f"{prefix}/workers/{{worker_id}}/code", responses=documented(CodeView, 404))
    async def code(request: Request, worker_id: str) -> Response:
        """A code to read out to a worker of the station."""
        station = station_of(request)
        found = await parts.own.worker(station, worker_id)
        await parts.audit.record(station, "pass_made", subject=worker_id, what="code")
        code, expires_at = await parts.passes.code(_as_worker(found))
        return json_answer(CodeView(code=code, expires_at=expires_at))

    @router.delete(
        f"{prefix}/workers/{{worker_id}}/passes", responses=documented(PassesEndedView, 404)
    )
    async def end_passes(request: Request, worker_id: str) -> Response:
        """End every session, link and code of a worker of the station: their phone is lost.

        With no log to tell, it is done all the same.
        """
        station = station_of(request)
        found = await parts.own.worker(station, worker_id)
        await parts.passes.bar(found.zone, worker_id, lasts_s=parts.wishes.longest_s)
        parts.audit.note(station, "passes_ended", subject=worker_id)
        return json_answer(PassesEndedView(worker_id=worker_id, ended=True))

    for command in COMMANDS:
        if command.path.startswith(prefix):
            add_command(router, parts, command)


def station_of(request: Request) -> Station:
    """The station that asks; the table of rules lets nobody else here."""
    principal = principal_of(request)
    assert isinstance(principal, Station)
    return principal


def _bound_address(request: Request) -> str:
    """Where the server was reached; a Host header may say anything, and a QR code is not read."""
    host, port = request.scope["server"]  # the settings bind addresses, not files
    name = f"[{host}]" if ":" in host else host
    return f"{request.scope['scheme']}://{name}" + ("" if port is None else f":{port}")


def _qr(text: str) -> list[str]:
    """The rows of a QR code without the quiet zone around it."""
    code = segno.make(text, error="m", micro=False, boost_error=False)
    return ["".join(map(str, row)) for row in code.matrix]


def _as_worker(found: WorkerDoc) -> Worker:
    return Worker(zone=found.zone, worker_id=found.worker_id, station_id=found.station_id)
