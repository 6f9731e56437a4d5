"""What operators see of their zones: jobs, workers, the stream, the keys; and the keys' end."""

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.access.finding import found_for
from gateway.access.guard import operator_of
from gateway.access.keys import KeyRecord
from gateway.access.principals import Operator
from gateway.answers.jobs import JobView
from gateway.answers.keys import KeysView, KeyView
from gateway.answers.workers import WorkerView
from gateway.audience import Hearing, operators
from gateway.matches import worker_view
from gateway.openapi import documented, media
from gateway.parts import Parts, now_ms
from gateway.postings import one_job
from gateway.problems import Problem
from gateway.routes.streaming import After, LastEventId, Types, Zone, stream
from gigmatch.answers import json_answer


def add_operator_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""
    prefix = "/api/operator"

    @router.get(f"{prefix}/jobs/{{job_id}}", responses=documented(JobView, 404, 409))
    async def job(request: Request, job_id: str, zone: Zone = None) -> Response:
        """A job with its ranked workers, offers and bookings."""
        found = await found_for(operator_of(request), parts.own.any_job, job_id, zone)
        return json_answer(await one_job(parts.model, found))

    @router.get(f"{prefix}/workers/{{worker_id}}", responses=documented(WorkerView, 404, 409))
    async def worker(request: Request, worker_id: str, zone: Zone = None) -> Response:
        """A worker who lives in their zones, with ranked jobs, offers and bookings in them."""
        who = operator_of(request)
        found = await found_for(who, parts.own.any_worker, worker_id, zone)
        # Where they live is for themselves and their station.
        return json_answer(_within(await worker_view(parts.model, found, None), who))

    @router.get(f"{prefix}/live", responses=media("text/event-stream", "Outcomes.", 400))
    async def live(
        request: Request,
        zone: Zone = None,
        after: After = None,
        types: Types = "",
        last_event_id: LastEventId = None,
    ) -> Response:
        """Every outcome of their zones as it comes."""
        return await stream(
            parts.live,
            _hearing(operator_of(request)),
            zone=zone,
            after=after,
            types=types,
            last_event_id=last_event_id,
        )

    @router.get(f"{prefix}/keys", responses=documented(KeysView))
    async def keys(request: Request) -> Response:
        """Every key there is or was for their zones alone, without what would let in."""
        who = operator_of(request)
        theirs = [one for one in await parts.keys.all() if one.is_within(who)]
        return json_answer(KeysView(keys=[key_view(one) for one in theirs]))

    @router.post(f"{prefix}/keys/{{key_id}}/revocation", responses=documented(KeyView, 404))
    async def revoke(request: Request, key_id: str) -> Response:
        """End a key of their zones at once, and every session that began with it."""
        who, record = operator_of(request), await parts.keys.get(key_id)
        if record is None or not record.is_within(who):
            raise Problem(404, "unknown_key", value=key_id[:80])
        await parts.audit.record(who, "key_revoked", subject=key_id, what=record.what)
        return json_answer(key_view(await parts.keys.revoke(key_id) or record))


def _hearing(who: Operator) -> Hearing:
    """What an operator hears: all of it, or all of their zones."""
    return operators if who.zones is None else Hearing(zones=frozenset(who.zones))


def _within(view: WorkerView, who: Operator) -> WorkerView:
    """A worker without what they have in zones that an operator does not see."""
    return msgspec.structs.replace(
        view,
        offers=[one for one in view.offers if who.sees(one.zone)],
        bookings=[one for one in view.bookings if who.sees(one.zone)],
        jobs=[one for one in view.jobs if who.sees(one.zone)],
    )


def key_view(record: KeyRecord) -> KeyView:
    """A key without what would let in."""
    return KeyView(
        key_id=record.key_id,
        role=record.role,
        name=record.name,
        zone=record.zone,
        station_id=record.station_id,
        zones=None if record.zones is None else list(record.zones),
        created_at=record.created_at,
        expires_at=record.expires_at,
        revoked_at=record.revoked_at,
        good=record.holds(now_ms()),
    )
