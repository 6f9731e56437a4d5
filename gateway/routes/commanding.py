"""A command as a route: read, filled in, checked, published once, answered with its place."""

import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import msgspec
import structlog
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from events.facts import (
    Fact,
    JobPosted,
    WageClaimClosed,
    WageClaimOpened,
    WorkerAvailable,
    WorkerForgotten,
    WorkRated,
)
from events.tracing import Trace, begun, read_traceparent
from gateway.access.guard import principal_of
from gateway.access.principals import Station, Worker
from gateway.answers.commands import Accepted, Erased
from gateway.claims import check_claim, check_closing
from gateway.commands import body_of, fact_of
from gateway.openapi import command_body, documented, path_parameters
from gateway.parts import Parts
from gateway.problems import Problem
from gateway.requests import read_body
from gateway.sealing import SealedError
from gigmatch.answers import json_answer
from gigmatch.command_routes import Command
from gigmatch.readmodel.worker import WorkerDoc
from gigmatch.spans import Span
from matching.lawful import check_posting

IdempotencyKey = Annotated[
    str,
    Header(
        alias="idempotency-key",
        min_length=1,
        max_length=64,
        pattern="^[A-Za-z0-9_.:-]+$",
        description="the client's own id of this command, a UUID; the same again does nothing new",
    ),
]
_log = structlog.get_logger()
_STAYING: Final = ("occupations", "crew", "other_zones", "max_bookings")
Endpoint = Callable[..., Awaitable[Response]]


def add_command(router: APIRouter, parts: Parts, command: Command) -> None:
    """Add the route of a command."""
    router.add_api_route(
        command.path,
        _endpoint(parts, command),
        methods=["POST"],
        status_code=202,
        summary=(command.fact.__doc__ or "").partition("\n")[0],
        responses=documented(Accepted, 400, 401, 403, 404, 409, 413, 415, status=202),
        openapi_extra={
            "requestBody": command_body(command),
            "parameters": path_parameters(command.path),
        },
    )


def _endpoint(parts: Parts, command: Command) -> Endpoint:
    async def endpoint(request: Request, key: IdempotencyKey) -> Response:
        who = principal_of(request)
        assert isinstance(who, Station | Worker)
        sent = await read_body(request)
        path = request.url.path
        receipt = await parts.clerk.earlier(who.source, key, path, sent)
        if receipt is not None:
            answer = receipt.answer
        else:
            fact = await _fact(parts, command, who, request.path_params, body_of(sent))
            erased = await _what_goes(parts, fact)
            see = command.see.format(**{**request.path_params, **_ids(fact)})
            spans, begin = parts.wishes.spans, time.time_ns()
            outer = read_traceparent(request.headers.get("traceparent", ""))
            trace = _trace(outer, who.source, key, parts.wishes.trace_share)
            answer = await parts.clerk.publish(
                fact, who.source, key, trace=trace, see=see, path=path, sent=sent, erased=erased
            )
            if spans is not None:
                name, about = f"POST {command.path}", _about(answer)
                spans.record(Span(name, trace, outer, begin, time.time_ns(), about))
            parts.audit.note(who, "commanded", subject=_subject(fact), what=answer.type)
        if command.fact is WorkerForgotten:  # a repetition, too: the first may have got no further
            until = None if receipt is None else receipt.at
            await _erase(parts, who, request.path_params, until=until)
        return json_answer(answer, 202)

    endpoint.__name__ = _operation(command)
    return endpoint


def _trace(outer: Trace | None, source: str, id: str, share: float) -> Trace:
    """The place of a command's fact: in its client's trace, or at the beginning of one."""
    return outer.then(f"{source}#{id}") if outer is not None else begun(source, id, share)


def _about(answer: Accepted) -> dict[str, str | int]:
    return {"gigmatch.type": answer.type, "gigmatch.zone": answer.zone}


async def _fact(
    parts: Parts,
    command: Command,
    who: Station | Worker,
    in_path: dict[str, str],
    body: dict[str, Any],
) -> Fact:
    """The fact that a principal may say. Raises Rejection or Problem."""
    given: dict[str, Any] = {"zone": who.zone, **in_path}
    if "station_id" in command.own:
        given["station_id"] = who.station_id
    if isinstance(who, Worker):
        given["worker_id"] = who.worker_id
    if command.needs == "offer":
        worker = await _worker(parts, who, in_path)
        given["zone"] = await parts.own.zone_of_offer(worker, in_path["offer_id"])
    if command.needs == "work":
        worker = await _worker(parts, who, in_path)
        given |= await parts.own.work_to_rate(worker, given.pop("offer_id"))
    if command.fact is WorkRated:
        given["rated_by"] = "worker" if command.needs == "work" else "employer"
    if command.fact is WorkerAvailable:
        if isinstance(who, Worker):
            given |= await _kept(parts, who)
        else:
            body = {**await _said_before(parts, who, in_path["worker_id"]), **body}
    fact = fact_of(command, body, given)
    if isinstance(fact, JobPosted):
        check_posting(fact)  # the market would refuse it, too: who is at the counter hears it now
    if isinstance(fact, WageClaimOpened):
        check_claim(fact)
    if isinstance(fact, WageClaimClosed):
        check_closing(fact)
    if isinstance(who, Station):
        await parts.own.check(who, command, fact)
    return fact


async def _worker(parts: Parts, who: Station | Worker, in_path: dict[str, str]) -> WorkerDoc:
    """The worker who says it, or for whom their station does."""
    if isinstance(who, Worker):
        return await parts.own.oneself(who)
    return await parts.own.worker(who, in_path["worker_id"])


async def _kept(parts: Parts, who: Worker) -> dict[str, Any]:
    """What a worker cannot say of themselves: a station has seen their papers, and their crew.

    Nor whose they are: their session may be of a station that they have left.
    """
    if not parts.said.is_on:
        raise Problem(503, "no_contact_key")
    said = await parts.said.open(who.zone, who.worker_id)
    if said is None:
        raise Problem(409, "register_first")
    return {
        "station_id": said.station_id,
        "birth_year": said.birth_year,
        "certificates": said.certificates,
        "crew": said.crew,
    }


async def _said_before(parts: Parts, who: Station, worker_id: str) -> dict[str, Any]:
    """What stays as it was unless a station says otherwise.

    Without a line its form is blank, and has no room for these.
    """
    if not parts.said.is_on:
        return {}
    try:
        said = await parts.said.open(who.zone, worker_id)
    except SealedError as error:  # what they say now is sealed with a key that we have
        _log.warning("a registration cannot be opened", worker=worker_id, why=str(error))
        return {}
    if said is None or said.station_id != who.station_id:  # another station's is none of theirs
        return {}
    return {name: msgspec.to_builtins(getattr(said, name)) for name in _STAYING}


async def _what_goes(parts: Parts, fact: Fact) -> list[Erased]:
    """All that a worker's erasure will erase."""
    if not isinstance(fact, WorkerForgotten):
        return []
    goes: list[Erased] = []
    if await parts.contacts.station_of(fact.zone, fact.worker_id) is not None:
        goes.append("contact")
    if await parts.said.station_of(fact.zone, fact.worker_id) is not None:
        goes.append("availability")
    return [*goes, "sessions", "matches"]


async def _erase(
    parts: Parts, who: Station | Worker, in_path: dict[str, str], *, until: int | None
) -> None:
    """Erase what is not on the log once the erasure is: before, whoever stops is half erased.

    Of somebody forgotten at `until` who is registered again, that stays; for clocks that are apart
    `gigmatch.following` erases, too, in the order of the log.
    """
    worker_id = who.worker_id if isinstance(who, Worker) else in_path["worker_id"]
    await parts.contacts.erase(who.zone, worker_id, until=until)
    await parts.said.erase(who.zone, worker_id, until=until)
    await parts.passes.bar(who.zone, worker_id, lasts_s=parts.wishes.longest_s, at=until)


def _ids(fact: Fact) -> dict[str, str]:
    names = ("job_id", "worker_id", "claim_id", "offer_id")
    return {name: getattr(fact, name) for name in names if hasattr(fact, name)}


def _subject(fact: Fact) -> str:
    return " ".join(_ids(fact).values())


def _operation(command: Command) -> str:
    """A name for the route: `station_jobs_amendment`."""
    words = (part for part in command.path.split("/")[2:] if not part.startswith("{"))
    return "_".join(words).replace("-", "_")
