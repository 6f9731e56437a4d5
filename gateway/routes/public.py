"""What anybody may see: the views of the town, words, health, metrics."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from gateway.access.guard import principal_of
from gateway.access.principals import Station
from gateway.answers.public import HealthView, PublicJob, TextsView, TownView
from gateway.assets import words_of
from gateway.audience import everybody
from gateway.openapi import documented, media
from gateway.parts import Parts
from gateway.places import known_zones
from gateway.problems import Problem
from gateway.routes.streaming import After, LastEventId, Types, Zone, stream
from gateway.town import town_view
from gateway.views import public_job
from gigmatch.answers import json_answer, language_of

Page = Annotated[
    Literal["town", "station", "worker", "ops"], Query(description="the page that asks")
]
Language = Annotated[str | None, Query(alias="lang", max_length=20)]


def add_public_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes. Raises UserError for a wrong file of stations: better now than when asked."""
    known = known_zones()

    @router.get("/api/town", responses=documented(TownView, 404))
    async def town(request: Request, zone: Zone = None) -> Response:
        """A zone at a glance; without one named, the first that has a market."""
        cursor = await parts.live.cursor()  # before the snapshot: what comes between comes twice
        seen = await parts.model.zones()
        chosen = zone or next(
            (one for one in known if one in seen), seen[0] if seen else next(iter(known))
        )
        # A station's zone has no market before the station's first fact; its terminal looks there.
        principal = principal_of(request)
        own = principal.zone if isinstance(principal, Station) else None
        if chosen not in seen and chosen not in known and chosen != own:
            raise Problem(404, "unknown_zone", value=chosen, zones=", ".join(seen))
        return json_answer(await town_view(parts.model, chosen, seen, str(cursor)))

    @router.get("/api/jobs/{job_id}", responses=documented(PublicJob, 404, 409))
    async def job(job_id: str, zone: Zone = None) -> Response:
        """A job with its ranking, without the people in it."""
        return json_answer(public_job(await parts.own.any_job(job_id, zone)))

    @router.get("/api/live", responses=media("text/event-stream", "Outcomes as they come.", 400))
    async def live(
        zone: Zone = None,
        after: After = None,
        types: Types = "",
        last_event_id: LastEventId = None,
    ) -> Response:
        """Outcomes as they come, without the people in them."""
        return await stream(
            parts.live,
            everybody,
            zone=zone,
            after=after,
            types=types,
            last_event_id=last_event_id,
        )

    @router.get("/api/texts", responses=documented(TextsView))
    async def texts(request: Request, page: Page = "town", lang: Language = None) -> Response:
        """The words of a page, in the language asked for."""
        language = language_of(request)
        return json_answer(TextsView(language=language, texts=words_of(page, language)))

    @router.get("/healthz", responses=documented(HealthView))
    async def healthz() -> Response:
        """Whether the read model and the store answer."""
        await parts.model.ping()
        await parts.wishes.store.ping()
        return json_answer(HealthView(status="ok"))

    @router.get("/metrics", responses=media("text/plain", "Figures for Prometheus."))
    async def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
