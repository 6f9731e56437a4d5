"""What a station has to tell: its call list, and its screen in the hall."""

from typing import Any, Final, Literal, cast

import msgspec
from redis.asyncio import Redis

from events.topics import partition_of
from gateway.access.principals import Station
from gateway.answers.terminal import (
    CallsView,
    CallView,
    KioskView,
    ScreenNotice,
    StationWorker,
    StationWorkers,
)
from gateway.hall import HallJobs
from gateway.live import Live
from gateway.problems import Problem
from gateway.reading import ReadModel
from gateway.store import Store
from gigmatch.readmodel.keys import present_key, worker_key
from gigmatch.readmodel.notices import (
    NOTICING_ENDS,
    NoticeDoc,
    NoticeProgress,
    NoticesDoc,
    notices_key,
    noticing_key,
    shown_key,
)
from gigmatch.readmodel.worker import WorkerDoc

MOST_WORKERS: Final = 500
MOST_SHOWN: Final = 200
_DONE: Final = ("completed", "no_show", "cancelled")


class Noticeboard:
    """Raises RedisError and StoreError."""

    def __init__(self, redis: Redis, model: ReadModel, live: Live, store: Store) -> None:
        self._redis = redis
        self._model = model
        self._live = live
        self._store = store
        self._jobs = HallJobs(redis, model)

    async def workers(self, station: Station) -> StationWorkers:
        """The workers of a station, who ends last at the top."""
        key, now = (
            present_key(station.zone, station.station_id),
            await self._model.now(station.zone),
        )
        ids = await cast(Any, self._redis.zrange(key, 0, MOST_WORKERS - 1, desc=True))
        docs = await self._workers(station, [one.decode() for one in ids])
        return StationWorkers(
            station_id=station.station_id,
            now=now,
            workers=[_line(doc, now) for doc in docs.values()],
        )

    async def calls(self, station: Station) -> CallsView:
        """What a station's clerks have to tell by phone, what ends first at the top."""
        now = await self._model.now(station.zone)
        calls = []
        for id, notice, doc in await self._shown("call", station, now):
            due = notice.due
            told = await self._store.get("told", _mark(station, due.worker_id, id)) is not None
            if (told and due.kind == "cancelled") or not await self._stands(notice, doc):
                continue
            calls.append(
                CallView(
                    notification_id=id,
                    worker_id=due.worker_id,
                    kind=due.kind,
                    zone=due.zone,
                    offer_id=due.offer_id,
                    job_id=due.job_id,
                    title=due.title,
                    place=due.place,
                    first_shift=due.first_shift,
                    shifts=due.shifts,
                    pay_fen_day=due.pay_fen_day,
                    perks=due.perks,
                    distance_km=due.distance_km,
                    at=notice.at,
                    expires_at=due.expires_at,
                    told=told,
                    reason=due.reason,
                    last_start=due.last_start,
                    pay=due.pay,
                )
            )
        return CallsView(station_id=station.station_id, now=now, calls=calls)

    async def tell(self, station: Station, worker_id: str, id: str) -> None:
        """A clerk has told a worker.

        Raises Problem 404 when the station has nothing of the kind to tell, 503 while that is not
        known: the markets or the notices are being made again.
        """
        now = await self._model.now(station.zone)
        for found, notice, _ in await self._shown("call", station, now):
            if (found, notice.due.worker_id) == (id, worker_id):
                mark = _mark(station, worker_id, id)
                await self._store.put("told", mark, b"1", until=notice.due.expires_at)
                return
        if await self._live.is_behind(station.zone) or await self._lacks_notices(worker_id):
            raise Problem(503, "rebuilding")
        raise Problem(404, "unknown_notice", value=id[:80])

    async def kiosk(self, station: Station) -> KioskView:
        """What the hall may see."""
        now = await self._model.now(station.zone)
        jobs, more = await self._jobs.nearest(station, now)
        notices = [
            ScreenNotice(
                number=doc.call_number,
                kind=notice.due.kind,
                title=notice.due.title,
                expires_at=notice.due.expires_at,
                reason=notice.due.reason,
            )
            for _, notice, doc in await self._shown("screen", station, now)
            if await self._stands(notice, doc)
        ]
        return KioskView(
            station_id=station.station_id,
            now=now,
            jobs=jobs,
            more=more,
            notices=notices,
        )

    async def _shown(
        self, channel: Literal["call", "screen"], station: Station, now: int
    ) -> list[tuple[str, NoticeDoc, WorkerDoc]]:
        """The notices of a channel, of the station's own workers: other zones may say anything."""
        found = await cast(
            Any,
            self._redis.zrange(
                shown_key(channel, station.station_id),
                f"({now}",
                "+inf",
                byscore=True,
                offset=0,
                num=MOST_SHOWN,
            ),
        )
        pairs = [one.decode().split("/", 1) for one in found]
        docs = await self._workers(station, [worker_id for worker_id, _ in pairs])
        notices = await self._notices(list(docs))
        return [
            (id, notices[worker_id].notices[id], docs[worker_id])
            for worker_id, id in pairs
            if worker_id in docs and worker_id in notices and id in notices[worker_id].notices
        ]

    async def _lacks_notices(self, worker_id: str) -> bool:
        """Whether Redis has fewer of a worker's notices than there were when a projector began."""
        ends = await cast(Any, self._redis.hgetall(NOTICING_ENDS))
        if not ends:
            return True
        partition = partition_of(worker_id, len(ends))
        stored = await self._redis.get(noticing_key(partition))
        known = msgspec.json.decode(stored, type=NoticeProgress) if stored else NoticeProgress()
        return known.offset < int(ends[b"%d" % partition])

    async def _stands(self, notice: NoticeDoc, doc: WorkerDoc) -> bool:
        """Whether an offer is open still: the market may be ahead of the notifier."""
        due = notice.due
        if due.kind != "offer":
            return True
        there = doc if due.zone == doc.zone else await self._visitor(due.zone, doc)
        return there is not None and due.offer_id in there.offers

    async def _visitor(self, zone: str, home: WorkerDoc) -> WorkerDoc | None:
        docs = await self._model.everywhere(home)
        return next((doc for doc in docs if doc.zone == zone), None)

    async def _workers(self, station: Station, ids: list[str]) -> dict[str, WorkerDoc]:
        keys = [worker_key(station.zone, id) for id in dict.fromkeys(ids)]
        stored = await cast(Any, self._redis.mget(keys)) if keys else []
        docs = [msgspec.json.decode(one, type=WorkerDoc) for one in stored if one is not None]
        own = station.station_id
        return {doc.worker_id: doc for doc in docs if not doc.home and doc.station_id == own}

    async def _notices(self, ids: list[str]) -> dict[str, NoticesDoc]:
        keys = [notices_key(id) for id in ids]
        stored = await cast(Any, self._redis.mget(keys)) if keys else []
        docs = [msgspec.json.decode(one, type=NoticesDoc) for one in stored if one is not None]
        return {doc.worker_id: doc for doc in docs}


def _mark(station: Station, worker_id: str, id: str) -> str:
    return f"{station.zone}/{worker_id}/{id}"


def _line(doc: WorkerDoc, now: int) -> StationWorker:
    return StationWorker(
        worker_id=doc.worker_id,
        available=doc.valid_until is not None and doc.valid_until > now,
        valid_until=doc.valid_until,
        open_offers=len(doc.offers),
        bookings=sum(held.status not in _DONE for held in doc.bookings.values()),
    )
