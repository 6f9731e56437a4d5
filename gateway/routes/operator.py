"""What operators see: any job and worker, the whole stream, the keys; and the keys' end."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.access.guard import principal_of
from gateway.access.keys import KeyRecord
from gateway.answers.jobs import JobView
from gateway.answers.keys import KeysView, KeyView
from gateway.answers.workers import WorkerView
from gateway.audience import operators
from gateway.matches import worker_view
from gateway.openapi import documented, media
from gateway.parts import Parts, now_ms
from gateway.problems import Problem
from gateway.routes.streaming import After, LastEventId, Types, Zone, stream
from gateway.views import job_view
from gigmatch.answers import json_answer


def add_operator_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""
    prefix = "/api/operator"

    @router.get(f"{prefix}/jobs/{{job_id}}", responses=documented(JobView, 404, 409))
    async def job(job_id: str, zone: Zone = None) -> Response:
        """A job with its ranked workers, offers and bookings."""
        return json_answer(job_view(await parts.own.any_job(job_id, zone)))

    @router.get(f"{prefix}/workers/{{worker_id}}", responses=documented(WorkerView, 404, 409))
    async def worker(worker_id: str, zone: Zone = None) -> Response:
        """A worker's ranked jobs, offers and bookings."""
        found = await parts.own.any_worker(worker_id, zone)
        # Where they live is for themselves and their station.
        return json_answer(await worker_view(parts.model, found, None))

    @router.get(f"{prefix}/live", responses=media("text/event-stream", "Every outcome.", 400))
    async def live(
        zone: Zone = None,
        after: After = None,
        types: Types = "",
        last_event_id: LastEventId = None,
    ) -> Response:
        """Every outcome as it comes."""
        return await stream(
            parts.live,
            operators,
            zone=zone,
            after=after,
            types=types,
            last_event_id=last_event_id,
        )

    @router.get(f"{prefix}/keys", responses=documented(KeysView))
    async def keys() -> Response:
        """Every key there is or was, without what would let in."""
        return json_answer(KeysView(keys=[key_view(one) for one in await parts.keys.all()]))

    @router.post(f"{prefix}/keys/{{key_id}}/revocation", responses=documented(KeyView, 404))
    async def revoke(request: Request, key_id: str) -> Response:
        """End a key at once, and every session that began with it."""
        await parts.audit.record(principal_of(request), "key_revoked", subject=key_id[:80])
        record = await parts.keys.revoke(key_id)
        if record is None:
            raise Problem(404, "unknown_key", value=key_id[:80])
        return json_answer(key_view(record))


def key_view(record: KeyRecord) -> KeyView:
    """A key without what would let in."""
    return KeyView(
        key_id=record.key_id,
        role=record.role,
        name=record.name,
        zone=record.zone,
        station_id=record.station_id,
        created_at=record.created_at,
        expires_at=record.expires_at,
        revoked_at=record.revoked_at,
        good=record.holds(now_ms()),
    )
