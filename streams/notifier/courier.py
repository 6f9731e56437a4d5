"""Carries messages out: one task each, so that nobody waits for somebody else's receiver."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
import structlog
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
)

from events.emission import Telling
from events.notifications import NotificationAttempted, NotificationFailed, NotificationSent
from events.values import Channel
from gigmatch.errors import UserError
from streams.notifier.channels import Adapter, Letter, Undelivered
from streams.notifier.contacts import Contact, Contacts, ContactsAwayError
from streams.notifier.ledger import Attempt
from streams.notifier.planning import telling
from streams.notifier.traced import TracedNotices
from streams.notifier.wording import words

PATIENCE_S: Final = 120.0
"""The longest a message is tried on one channel."""
_LONGEST_PAUSE_S: Final = 5.0
"""Between two looks for an address while the contacts do not answer."""

Result = NotificationSent | NotificationFailed

_log = structlog.get_logger()


class Courier:
    """Runs attempts until they are sent, failed or called back; results are taken by the caller."""

    def __init__(
        self,
        adapters: Mapping[Channel, Adapter],
        contacts: Contacts,
        language: str,
        traced: TracedNotices | None = None,
    ) -> None:
        self._adapters = adapters
        self._contacts = contacts
        self._language = language
        self._traced = traced
        self._running: dict[str, tuple[Attempt, asyncio.Task[Telling]]] = {}
        self._reported: set[str] = set()
        self.finished = asyncio.Event()
        """Set when a result waits to be taken."""

    @property
    def under_way(self) -> int:
        """How many messages are going out."""
        return len(self._running)

    def carry(self, attempts: Iterable[Attempt], now: int) -> None:
        """Start what is not under way yet, and stop what is no longer among the attempts.

        What goes out otherwise than it is wanted now, since somebody was erased, begins again.
        """
        wanted = {attempt.message.message_id: attempt for attempt in attempts}
        for message_id, (attempt, task) in list(self._running.items()):
            now_wanted = wanted.get(message_id)
            if now_wanted is None or now_wanted.items != attempt.items:
                del self._running[message_id]
                task.cancel()
        self._reported &= wanted.keys()
        for message_id, attempt in wanted.items():
            if message_id in self._running or message_id in self._reported:
                continue
            task = asyncio.create_task(self._carry(attempt, now))
            task.add_done_callback(lambda _: self.finished.set())
            self._running[message_id] = attempt, task

    def results(self, now: int) -> list[Telling]:
        """What has ended since the last call, to be recorded with the time of now."""
        self.finished.clear()
        done = [id for id, (_, task) in self._running.items() if task.done()]
        results = []
        for message_id in done:
            self._reported.add(message_id)
            one = self._running.pop(message_id)[1].result()
            message = msgspec.structs.replace(one.message, at=now)
            results.append(msgspec.structs.replace(one, message=message))
        return results

    async def close(self) -> None:
        """Stop everything; what was under way goes on at the next start."""
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._running.clear()
        for adapter in self._adapters.values():
            await adapter.close()

    async def _carry(self, attempt: Attempt, now: int) -> Telling:
        begin_ns = time.time_ns()
        result = await self._tried(attempt, now)
        if self._traced is not None:
            error = result.reason if isinstance(result, NotificationFailed) else ""
            self._traced.carried(attempt, begin_ns, error)
        return telling(result, attempt.trace)

    async def _tried(self, attempt: Attempt, now: int) -> Result:
        message = attempt.message
        try:
            tries = await self._send(attempt, now)
        except Undelivered as why:
            _log.warning(
                "a message was not taken",
                message_id=message.message_id,
                channel=message.channel,
                reason=why.reason,
                status=why.status,
                tries=why.tries,
            )
            return _failed(message, why)
        return NotificationSent(
            worker_id=message.worker_id,
            at=message.at,
            message_id=message.message_id,
            channel=message.channel,
            notifications=message.notifications,
            tries=tries,
        )

    async def _send(self, attempt: Attempt, now: int) -> int:
        message, began = attempt.message, time.monotonic()
        items = tuple(due for due in attempt.items if due.expires_at > now)
        if not items:
            raise Undelivered("too_late", 0)
        left_s = (min(due.expires_at for due in items) - now) / 1000
        adapter = self._adapters.get(message.channel)
        if adapter is None:
            raise Undelivered("no_address", 0)
        contact = await self._find(message, items[0].station_id, min(left_s / 2, PATIENCE_S))
        if contact is None and adapter.needs_address:
            raise Undelivered("no_address", 0)
        contact = contact or Contact("")
        language = contact.language or self._language
        letter = Letter(
            message_id=message.message_id,
            worker_id=message.worker_id,
            address=contact.address,
            language=language,
            text=words(items, language),
            items=items,
            patience_s=min(left_s - (time.monotonic() - began), PATIENCE_S),
            trace=attempt.trace,
        )
        return await adapter.send(letter)

    async def _find(
        self, message: NotificationAttempted, station_id: str, patience_s: float
    ) -> Contact | None:
        """The worker's address; a store that does not answer is asked again for so long.

        Raises Undelivered when it does not, or cannot say: then it is another channel's turn.
        """
        retrying = AsyncRetrying(
            stop=stop_after_delay(patience_s),
            wait=wait_exponential(0.25, _LONGEST_PAUSE_S),
            retry=retry_if_exception_type(ContactsAwayError),
            before_sleep=_say_away,
            reraise=True,
        )
        find = self._contacts.find
        try:
            return await retrying(
                asyncio.to_thread, find, message.worker_id, message.channel, station_id
            )
        except (UserError, OSError) as error:
            _log.error("the contacts cannot be read", kind=type(error).__name__)
            raise Undelivered("no_contacts", 0) from None


def _say_away(state: RetryCallState) -> None:
    """Once for each message."""
    if state.attempt_number == 1:
        _log.warning("the contacts do not answer; asking again")


def _failed(message: NotificationAttempted, why: Undelivered) -> NotificationFailed:
    return NotificationFailed(
        worker_id=message.worker_id,
        at=message.at,
        message_id=message.message_id,
        channel=message.channel,
        notifications=message.notifications,
        reason=why.reason,
        tries=why.tries,
        status=why.status,
    )
