"""What a station's terminal asks besides jobs and workers: occupations, calls, the hall, advice."""

import asyncio
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from gateway.advice import AdviceError
from gateway.answers.terminal import (
    AdviceView,
    CallsView,
    ClaimsView,
    KioskView,
    OccupationChoice,
    OccupationView,
    StationWorkers,
    ToldView,
)
from gateway.claims import claims_view
from gateway.openapi import documented
from gateway.parts import Parts
from gateway.problems import Problem
from gateway.routes.station import station_of
from gateway.tagged import UNCHANGED, IfNoneMatch, tagged_answer
from gigmatch.answers import json_answer, language_of
from models.occupations import answer, name_of

Title = Annotated[
    str,
    Query(
        min_length=1,
        max_length=200,
        description="as the clerk types it; or an occupation's code, which says itself",
    ),
]
Notice = Annotated[str, Path(min_length=1, max_length=120, pattern="^[A-Za-z0-9_.:-]+$")]

_STEADY_MS: Final = 600_000
"""A screen's clock goes on by itself for so long."""


def add_terminal_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""
    prefix = "/api/station"

    @router.get(f"{prefix}/occupation", responses=documented(OccupationView))
    async def occupation(title: Title) -> Response:
        """The occupation that a title says, or a short list to choose from."""
        return json_answer(await asyncio.to_thread(_occupation, title))

    @router.get(f"{prefix}/workers", responses=documented(StationWorkers))
    async def workers(request: Request) -> Response:
        """The workers of the station whom the market remembers."""
        return json_answer(await parts.board.workers(station_of(request)))

    @router.get(f"{prefix}/calls", responses=documented(CallsView))
    async def calls(request: Request) -> Response:
        """Whom to call, and about what: as the notifier decided, what ends first at the top."""
        return json_answer(await parts.board.calls(station_of(request)))

    @router.post(
        f"{prefix}/workers/{{worker_id}}/notices/{{notification_id}}/told",
        responses=documented(ToldView, 404),
    )
    async def told(request: Request, worker_id: str, notification_id: Notice) -> Response:
        """A clerk has told it; what asks for no answer leaves the call list."""
        station = station_of(request)
        await parts.board.tell(station, worker_id, notification_id)
        parts.audit.note(station, "commanded", subject=worker_id, what="notice told")
        return json_answer(ToldView(notification_id=notification_id, told=True))

    @router.get(f"{prefix}/wage-claims", responses=documented(ClaimsView))
    async def claims(request: Request) -> Response:
        """The wage claims of the zone: the open ones, what the station owes first; the closed."""
        return json_answer(await claims_view(parts.model, station_of(request)))

    @router.get(f"{prefix}/kiosk", responses={**documented(KioskView), **UNCHANGED})
    async def kiosk(request: Request, if_none_match: IfNoneMatch = "") -> Response:
        """What the hall may see: open jobs, the nearest first, and news on the screen.

        A copy may be kept and must be asked about each time, with `if-none-match`. Its `now` is
        then up to ten minutes old.
        """
        view = await parts.board.kiosk(station_of(request))
        steady = msgspec.structs.replace(view, now=view.now - view.now % _STEADY_MS)
        return tagged_answer(
            msgspec.json.encode(view),
            "application/json",
            if_none_match,
            {"cache-control": "private, no-cache"},
            kept_as=msgspec.json.encode(steady),
        )

    @router.get(f"{prefix}/jobs/{{job_id}}/advice", responses=documented(AdviceView, 404, 409))
    async def advice(request: Request, job_id: str) -> Response:
        """Why a job is empty and what would fill it: its market, run again with changes."""
        station = station_of(request)
        job = await parts.own.job(station, job_id)
        if job.status != "open":
            raise Problem(409, "not_open", value=job_id[:80])
        try:
            told = await parts.advice.find(station.zone, job_id, language_of(request))
        except AdviceError as error:
            raise Problem(503, f"advice_{error.why}") from None
        return json_answer(told)


def _occupation(title: str) -> OccupationView:
    name = _name(title)
    if name is not None:
        choices = [OccupationChoice(code=title, name=name)]
        return OccupationView(code=title, name=name, confidence=1.0, choices=choices)
    said = answer(title)
    return OccupationView(
        code=said.code,
        name=said.name,
        confidence=said.confidence,
        choices=[OccupationChoice(code=code, name=name_of(code)) for code in said.candidates],
    )


def _name(code: str) -> str | None:
    """An occupation's name, None for what is no code of one."""
    try:
        return name_of(code)
    except KeyError:
        return None
