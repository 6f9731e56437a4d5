"""Whose a job, a worker, an offer is: found, and handed over only to those it belongs to."""

from events.facts import Fact
from gateway.access.principals import Station, Worker
from gateway.contacts import Contacts
from gateway.live import Live
from gateway.problems import Problem
from gateway.reading import ReadModel
from gateway.registrations import Registrations
from gateway.sealing import SealedError
from gigmatch.command_routes import Command
from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.worker import WorkerDoc
from matching.transitions.workers import end_of


class Ownership:
    """Raises Problem 404 for what is not in the principal's zone, 403 for what is another's there.

    The read model says whose a thing is, so what was published a moment ago may be unknown yet.
    While it is being made again nothing is said to be unknown: whoever asks is told to come back.
    """

    def __init__(
        self, model: ReadModel, contacts: Contacts, said: Registrations, live: Live
    ) -> None:
        self._model = model
        self._contacts = contacts
        self._said = said
        self._live = live

    async def any_job(self, job_id: str, zone: str | None) -> JobDoc:
        """A job for whoever may see every zone's. Raises AmbiguousError as the read model does."""
        job = await self._model.job(job_id, zone)
        if job is None:
            raise await self._unknown(zone, "unknown_job", job_id)
        return job

    async def any_worker(self, worker_id: str, zone: str | None) -> WorkerDoc:
        """A worker for whoever may see every zone's. Raises AmbiguousError."""
        worker = await self._model.worker(worker_id, zone)
        if worker is None:
            raise await self._unknown(zone, "unknown_worker", worker_id)
        return worker

    async def job(self, station: Station, job_id: str) -> JobDoc:
        """A job of a station."""
        job = await self.any_job(job_id, station.zone)
        if job.posted.station_id != station.station_id:
            raise Problem(403, "not_yours")
        return job

    async def worker(self, station: Station, worker_id: str) -> WorkerDoc:
        """A worker who is registered at a station, whenever that was.

        Another station's who may leave it is nobody's yet: a form may open for them anywhere.
        """
        worker = await self._registered(station.zone, worker_id)
        if worker.station_id == station.station_id:
            return worker
        if await self._may_leave(station.zone, worker_id):
            raise Problem(404, "unknown_worker", value=worker_id[:80])
        raise Problem(403, "not_yours")

    async def oneself(self, worker: Worker) -> WorkerDoc:
        """What the market shows of a worker who asks."""
        return await self._registered(worker.zone, worker.worker_id)

    async def _registered(self, zone: str, worker_id: str) -> WorkerDoc:
        """What the market shows of a worker.

        Of whom it has not heard for long it shows nothing; they are as they registered last.
        """
        try:
            return await self.any_worker(worker_id, zone)
        except Problem as problem:
            if problem.status != 404:
                raise
            station_id = await self._said.station_of(zone, worker_id)
            if station_id is None:
                raise
            return WorkerDoc(zone=zone, worker_id=worker_id, station_id=station_id, at=0)

    async def holder(self, zone: str, worker_id: str) -> str | None:
        """The station that a worker belongs to: by their registration, or else by their contact."""
        found = await self._model.worker(worker_id, zone)
        if found is not None:
            return found.station_id
        kept_by = await self._said.station_of(zone, worker_id)
        kept_by = kept_by or await self._contacts.station_of(zone, worker_id)
        if kept_by is None and await self._live.is_behind(zone):
            raise Problem(503, "rebuilding")  # nobody may take over whom it only does not show yet
        return kept_by

    async def zone_of_offer(self, worker: WorkerDoc, offer_id: str) -> str:
        """The zone in which a worker has an offer, or a booking that came of it.

        A yes whose answer was lost is said again when it has been booked already.
        """
        for doc in await self._model.everywhere(worker):
            held = (booking.offer_id for booking in doc.bookings.values() if not booking.job_zone)
            if offer_id in doc.offers or offer_id in held:
                return doc.zone
        raise await self._unknown(worker.zone, "unknown_offer", offer_id)

    async def work_to_rate(self, worker: WorkerDoc, offer_id: str) -> dict[str, str]:
        """The zone and the job of work that a worker has done and not rated; by the offer of it.

        Raises Problem 409 for work that is not done, or has been rated; 404 once the job is gone.
        """
        for doc in await self._model.everywhere(worker):
            for job_id, held in doc.bookings.items():
                if held.offer_id != offer_id or held.job_zone:
                    continue
                if held.status != "completed":
                    raise Problem(409, "work_not_done")
                if held.rated is not None:
                    raise Problem(409, "already_rated")
                if await self._model.job(job_id, doc.zone) is None:
                    raise await self._unknown(doc.zone, "unknown_work", offer_id)
                return {"zone": doc.zone, "job_id": job_id}
        raise await self._unknown(worker.zone, "unknown_work", offer_id)

    async def check(self, station: Station, command: Command, fact: Fact) -> None:
        """Raise Problem unless what a station's command is about is the station's own."""
        match command.needs:
            case "job":
                await self.job(station, _id(fact, "job_id"))
            case "new job":
                job = await self._model.job(_id(fact, "job_id"), station.zone)
                if job is not None and job.posted.station_id != station.station_id:
                    raise Problem(403, "not_yours")
            case "worker":
                worker_id = _id(fact, "worker_id")
                holder = await self.holder(station.zone, worker_id)
                if holder is None:
                    raise await self._unknown(station.zone, "unknown_worker", worker_id)
                if holder != station.station_id:
                    raise Problem(403, "not_yours")
            case "new worker":
                worker_id = _id(fact, "worker_id")
                holder = await self.holder(station.zone, worker_id)
                is_another = holder not in (None, station.station_id)
                if is_another and not await self._may_leave(station.zone, worker_id):
                    raise Problem(403, "not_yours")
            case "offer" | "work" | "nothing":
                pass  # an offer's zone was looked for among those of the station's own worker

    async def _may_leave(self, zone: str, worker_id: str) -> bool:
        """Whether a worker's registration and bookings are over, and no contact of them is left.

        Who pauses is shown with no time at all: what they have said goes on.
        """
        if await self._contacts.station_of(zone, worker_id) is not None:
            return False
        now = await self._model.now(zone)
        found = await self._model.worker(worker_id, zone)
        if found is not None and (found.valid_until is not None or found.keep_until > now):
            return found.keep_until <= now
        if found is None and await self._live.is_behind(zone):
            raise Problem(503, "rebuilding")  # they may have bookings
        try:
            said = await self._said.open(zone, worker_id)
        except SealedError:
            return False  # nobody can tell when it ends
        return said is None or end_of(said) <= now

    async def _unknown(self, zone: str | None, what: str, value: str) -> Problem:
        if await self._live.is_behind(zone):
            return Problem(503, "rebuilding")
        return Problem(404, what, value=value[:80])


def _id(fact: Fact, name: str) -> str:
    value = getattr(fact, name)
    assert isinstance(value, str)
    return value
