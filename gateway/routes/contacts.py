"""Contacts of a station's workers: stored, revealed and erased, each with a line in the audit."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.access.principals import Station
from gateway.answers.contacts import ContactView, StoredView
from gateway.contacts import Contact, ContactChanges
from gateway.openapi import body_for, documented
from gateway.parts import Parts, now_ms
from gateway.problems import Problem
from gateway.requests import ContactSent, decoded, read_body
from gateway.routes.station import station_of
from gigmatch.answers import json_answer

_PATH = "/api/station/workers/{worker_id}/contact"


def add_contact_routes(router: APIRouter, parts: Parts) -> None:
    """Add the routes."""

    @router.put(
        _PATH,
        responses=documented(StoredView, 400, 404, 413, 415),
        openapi_extra={"requestBody": body_for(ContactSent)},
    )
    async def put(request: Request, worker_id: str) -> Response:
        """Store the contact of a worker of the station, encrypted, in place of one before.

        Whoever kept that one: a worker who has moved is reached through their station of now.
        """
        station = station_of(request)
        await _check_holder(parts, station, worker_id)
        contact = decoded(ContactSent, await read_body(request))
        await parts.audit.record(station, "contact_stored", subject=worker_id)
        return await _sealed(parts, station, worker_id, contact)

    @router.patch(
        _PATH,
        responses=documented(StoredView, 400, 404, 413, 415),
        openapi_extra={"requestBody": body_for(ContactChanges)},
    )
    async def patch(request: Request, worker_id: str) -> Response:
        """Change what is named of a worker's contact; without one there, a phone is needed.

        One that another station keeps is not added to: it is as if there were none.
        """
        station = station_of(request)
        await _check_holder(parts, station, worker_id)
        changes = decoded(ContactChanges, await read_body(request))
        changes.of(await _own(parts, station, worker_id))  # refused before it is noted
        await parts.audit.record(station, "contact_stored", subject=worker_id)
        # Once more: what was erased while the log took the note must not come back.
        contact = changes.of(await _own(parts, station, worker_id))
        return await _sealed(parts, station, worker_id, contact)

    @router.post(f"{_PATH}/reveal", responses=documented(ContactView, 404))
    async def reveal(request: Request, worker_id: str) -> Response:
        """The contact of a worker of the station; first the audit has that it was shown."""
        station = station_of(request)
        await _check_holder(parts, station, worker_id)
        if await _kept_by(parts, station, worker_id) not in (None, station.station_id):
            raise Problem(403, "not_yours")
        contact = await parts.contacts.open(station.zone, worker_id)
        if contact is None:
            raise Problem(404, "no_contact", value=worker_id[:80])
        await parts.audit.record(station, "contact_revealed", subject=worker_id)
        return json_answer(
            ContactView(
                phone=contact.phone,
                id_number=contact.id_number,
                name=contact.name,
                webhook=contact.webhook,
                language=contact.language,
            )
        )

    @router.delete(_PATH, responses=documented(StoredView, 404))
    async def erase(request: Request, worker_id: str) -> Response:
        """Erase the contact of a worker of the station, or of one who was, which it still keeps."""
        station = station_of(request)
        keeper = await _kept_by(parts, station, worker_id)
        if keeper != station.station_id:
            await _check_holder(parts, station, worker_id)
        await parts.audit.record(station, "contact_erased", subject=worker_id)
        # Once more: what the worker's new station has stored meanwhile stays.
        if await _kept_by(parts, station, worker_id) == keeper:
            await parts.contacts.erase(station.zone, worker_id)
        return json_answer(StoredView(stored=False, station_id=station.station_id))


async def _sealed(parts: Parts, station: Station, worker_id: str, contact: Contact) -> Response:
    place = (station.zone, worker_id, station.station_id)
    await parts.contacts.put(*place, contact, now=now_ms())
    return json_answer(StoredView(stored=True, station_id=station.station_id))


async def _own(parts: Parts, station: Station, worker_id: str) -> Contact | None:
    if await _kept_by(parts, station, worker_id) != station.station_id:
        return None
    return await parts.contacts.open(station.zone, worker_id)


async def _kept_by(parts: Parts, station: Station, worker_id: str) -> str | None:
    """The station that keeps a worker's contact; they may have moved on since."""
    _need_key(parts)
    return await parts.contacts.station_of(station.zone, worker_id)


async def _check_holder(parts: Parts, station: Station, worker_id: str) -> None:
    """Raise Problem unless the worker belongs to the station."""
    _need_key(parts)
    holder = await parts.own.holder(station.zone, worker_id)
    if holder is None:
        raise Problem(404, "unknown_worker", value=worker_id[:80])
    if holder != station.station_id:
        raise Problem(403, "not_yours")


def _need_key(parts: Parts) -> None:
    if not parts.contacts.is_on:
        raise Problem(503, "no_contact_key")
