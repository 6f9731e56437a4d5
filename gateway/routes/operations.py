"""What the operators' page shows: figures, jobs that lack people, what would fill them."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from gateway.access.finding import found_for
from gateway.access.guard import operator_of
from gateway.advice import AdviceError
from gateway.answers.operations import FiguresView, MarketsView, SearchView, UnmatchedView
from gateway.openapi import documented
from gateway.operations import zone_of_station
from gateway.parts import Parts
from gateway.postings import unmatched_jobs
from gateway.problems import Problem
from gateway.routes.streaming import Zone
from gigmatch.answers import json_answer, language_of

_PREFIX: Final = "/api/operator"
After = Annotated[int, Query(ge=0, le=2**53, description="only points after this time, UTC ms")]
Wanted = Annotated[
    str, Query(alias="q", max_length=100, description="part of a title, place or id")
]


def add_operations_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""

    @router.get(f"{_PREFIX}/figures", responses=documented(FiguresView))
    async def figures(after: After = 0) -> Response:
        """The figures of every process, and the last quarter of an hour for the charts."""
        monitor = parts.monitor
        return json_answer(FiguresView(figures=monitor.figures(), points=monitor.points(after)))

    @router.get(f"{_PREFIX}/markets", responses=documented(MarketsView))
    async def markets(request: Request) -> Response:
        """The figures that are told by zone, of their zones, and the quarantine there."""
        who, figures = operator_of(request), parts.monitor.figures()
        return json_answer(
            MarketsView(
                at=figures.at,
                every_s=figures.every_s,
                zones=[one for one in figures.zones if who.sees(one.zone)],
                zones_known=figures.zones_known,
                zones_read_at=figures.zones_read_at,
                zones_left_out=figures.zones_left_out,
                quarantine=[
                    one for one in figures.quarantine if who.sees(zone_of_station(one.station_id))
                ],
            )
        )

    @router.get(f"{_PREFIX}/unmatched", responses=documented(UnmatchedView, 404))
    async def unmatched(request: Request, zone: Zone = None, wanted: Wanted = "") -> Response:
        """Open jobs that lack people, and what excludes everybody else; the oldest first."""
        who = operator_of(request)
        chosen = zone or next(filter(who.sees, await parts.model.zones()), None)
        if chosen is None:
            raise Problem(404, "unknown_zone", value="", zones="")
        jobs = await unmatched_jobs(parts.model, chosen, wanted.strip())
        now = await parts.model.now(chosen)
        return json_answer(UnmatchedView(zone=chosen, now=now, jobs=jobs))

    @router.get(f"{_PREFIX}/jobs/{{job_id}}/advice", responses=documented(SearchView, 404, 409))
    async def advice(request: Request, job_id: str, zone: Zone = None) -> Response:
        """What would fill a job: the market is run again with its posting changed."""
        found = await found_for(operator_of(request), parts.own.any_job, job_id, zone)
        if found.status != "open":
            raise Problem(409, "not_open", value=job_id[:80])
        language, posted = language_of(request), found.posted
        try:
            told = parts.advice.ask(posted.zone, posted.job_id, language)
        except AdviceError as error:
            raise Problem(503, f"advice_{error.why}") from None
        return json_answer(SearchView(advice=told))
