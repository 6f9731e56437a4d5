"""What a worker sees and does on their phone: matches, offers, bookings, their availability."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.access.guard import principal_of
from gateway.access.principals import Worker
from gateway.answers.workers import MatchesView
from gateway.audience import worker_of
from gateway.commands import COMMANDS
from gateway.matches import matches_view
from gateway.openapi import documented, media
from gateway.parts import Parts
from gateway.routes.commanding import add_command
from gateway.routes.streaming import After, LastEventId, Types, stream
from gigmatch.answers import json_answer


def add_worker_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""
    prefix = "/api/worker"

    @router.get(f"{prefix}/matches", responses=documented(MatchesView, 404))
    async def matches(request: Request) -> Response:
        """The worker's ranked jobs with their terms, open offers, bookings and availability."""
        cursor = await parts.live.cursor()  # before the snapshot: what comes between comes twice
        found = await parts.own.oneself(_worker(request))
        said = await parts.said.open(found.zone, found.worker_id)
        return json_answer(await matches_view(parts.model, found, said, str(cursor)))

    @router.get(
        f"{prefix}/live",
        responses=media("text/event-stream", "The worker's outcomes.", 400, 404),
    )
    async def live(
        request: Request,
        after: After = None,
        types: Types = "",
        last_event_id: LastEventId = None,
    ) -> Response:
        """What happens to the worker, as it comes, in every zone they have named."""
        home = await parts.own.oneself(_worker(request))
        zones = frozenset(doc.zone for doc in await parts.model.everywhere(home))
        return await stream(
            parts.live,
            worker_of(home.worker_id, zones),
            zone=None,
            after=after,
            types=types,
            last_event_id=last_event_id,
        )

    for command in COMMANDS:
        if command.path.startswith(f"{prefix}/"):
            add_command(router, parts, command)


def _worker(request: Request) -> Worker:
    """The worker who asks; the table of rules lets nobody else here."""
    principal = principal_of(request)
    assert isinstance(principal, Worker)
    return principal
