"""The notices in Redis: one transaction for documents, their sorted sets, and progress."""

from collections.abc import Iterable, Mapping
from typing import Final, cast

import msgspec
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from events.notifications import AnyNotification
from gigmatch.readmodel.notices import (
    NOTICING_ENDS,
    NoticeProgress,
    NoticesDoc,
    noticed_key,
    notices_key,
    noticing_key,
)
from gigmatch.redis_address import redis_url
from streams.notices import drop_old, note
from streams.redis_store import OvertakenError

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_PROGRESS: Final = msgspec.json.Decoder(NoticeProgress)
_NOTICES: Final = msgspec.json.Decoder(NoticesDoc)


class NoticeStore:
    """Reads and writes the notices at `url`. Methods may raise RedisError."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(redis_url(url), socket_timeout=30, socket_connect_timeout=5)

    def close(self) -> None:
        """Disconnect."""
        self._redis.close()

    def progress(self, partition: int, log: str) -> NoticeProgress:
        """How far a partition of a log has been projected; of another log, nothing has."""
        stored = self._stored(self._redis, partition)
        known = NoticeProgress(log=log) if stored is None else _PROGRESS.decode(stored)
        return known if known.log == log else NoticeProgress(log=log)

    def expect(self, ends: Mapping[int, int]) -> None:
        """Tell readers up to where each partition goes: before that it is incomplete."""
        self._redis.hset(NOTICING_ENDS, mapping={str(number): end for number, end in ends.items()})

    def expects(self) -> bool:
        """Whether readers know it: a flush takes it away."""
        return bool(self._redis.exists(NOTICING_ENDS))

    def write(
        self,
        partition: int,
        before: NoticeProgress,
        after: NoticeProgress,
        messages: Iterable[AnyNotification],
    ) -> None:
        """Fold messages in, or nothing of it. Raises OvertakenError when others have moved on."""
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.watch(noticing_key(partition))  # type: ignore[no-untyped-call]
            stored = self._stored(pipeline, partition)
            at = NoticeProgress(log=before.log) if stored is None else _PROGRESS.decode(stored)
            if at.log == before.log and at.offset != before.offset:
                raise OvertakenError(f"notices of partition {partition}")
            said: dict[str, list[AnyNotification]] = {}
            for message in messages:
                said.setdefault(message.worker_id, []).append(message)
            done = cast(
                "list[bytes]",
                pipeline.zrangebyscore(noticed_key(partition), "-inf", after.clock),
            )
            workers = list(dict.fromkeys([*said, *(one.decode() for one in done)]))
            docs = _docs(pipeline, workers)
            pipeline.multi()
            for worker_id, doc in docs.items():
                old = set(doc.entries())
                for message in said.get(worker_id, ()):
                    note(doc, message)
                drop_old(doc, after.clock)
                _put(pipeline, partition, doc, old)
            pipeline.set(noticing_key(partition), _ENCODER.encode(after))
            try:
                pipeline.execute()
            except WatchError:
                raise OvertakenError(f"notices of partition {partition}") from None

    def _stored(self, redis: "Redis | Pipeline", partition: int) -> bytes | None:
        return cast("bytes | None", redis.get(noticing_key(partition)))


def _docs(pipeline: Pipeline, workers: list[str]) -> Mapping[str, NoticesDoc]:
    if not workers:
        return {}
    found = cast("list[bytes | None]", pipeline.mget([notices_key(one) for one in workers]))
    return {
        worker_id: NoticesDoc(worker_id=worker_id) if one is None else _NOTICES.decode(one)
        for worker_id, one in zip(workers, found, strict=True)
    }


def _put(
    pipeline: Pipeline, partition: int, doc: NoticesDoc, old: set[tuple[str, str, int]]
) -> None:
    new = set(doc.entries())
    for key, member, _ in old - new:
        pipeline.zrem(key, member)
    for key, member, score in new - old:
        pipeline.zadd(key, {member: score})
    if doc.notices:
        pipeline.set(notices_key(doc.worker_id), _ENCODER.encode(doc))
        pipeline.zadd(noticed_key(partition), {doc.worker_id: doc.next_end})
    else:
        pipeline.delete(notices_key(doc.worker_id))
        pipeline.zrem(noticed_key(partition), doc.worker_id)
