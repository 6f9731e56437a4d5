"""A table of workers over the counter: row by row, and who is refused stops nobody else."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, TypeVar

import msgspec

from events.facts import WorkerAvailable
from events.rejections import Rejection
from gigmatch.errors import UserError
from producers.importing.counter import Counter
from producers.importing.registration import Registration
from producers.importing.rows import Problem

T = TypeVar("T")
Kind = Literal["new", "changed", "unchanged"]
_BEHIND: Final = 20
"""So many rows later the gateway has read on the log whose worker somebody is: nobody waits."""


class Registered(msgspec.Struct):
    """How many rows are done, by what they were, and whom the gateway has refused.

    `gone` is why it ended before the rest was done, for the gateway was away.
    """

    done: dict[str, int]
    refused: list[Problem]
    gone: UserError | None = None


def register(
    rows: Iterable[Registration],
    counter: Counter | None,
    count: Callable[[], None],
    *,
    dry_run: bool,
) -> Registered:
    """Register those who are new or say something else, and have their numbers sealed.

    Calls `count` after each. Without a counter everybody is new; a dry run only looks.
    """
    result = Registered({"new": 0, "changed": 0, "unchanged": 0}, [])
    said = _said(rows, counter, result.refused, dry_run=dry_run)
    try:
        for row, kind in _behind(said, _BEHIND):
            if _is_sealed(row, None if dry_run else counter, result.refused):
                result.done[kind] += 1
            count()
    except UserError as error:
        result.gone = error
    return result


def _said(
    rows: Iterable[Registration],
    counter: Counter | None,
    refused: list[Problem],
    *,
    dry_run: bool,
) -> Iterator[tuple[Registration, Kind]]:
    """The rows whose availabilities are said, with what they were; not those refused."""
    for row in rows:
        assert row.said is not None
        try:
            kind = _say(row.said, counter, dry_run=dry_run)
        except Rejection as wrong:
            refused.append(Problem(row.row, "", wrong))
        else:
            yield row, kind


def _say(said: WorkerAvailable, counter: Counter | None, *, dry_run: bool) -> Kind:
    before = None if counter is None else counter.known(said.worker_id)
    if before == said:
        return "unchanged"
    if counter is not None and not dry_run:
        counter.register(said)
    return "new" if before is None else "changed"


def _is_sealed(row: Registration, counter: Counter | None, refused: list[Problem]) -> bool:
    """Have the number of a row sealed, if it has one; whether nobody refused it."""
    assert row.said is not None
    try:
        if counter is not None and row.phone:
            counter.keep_contact(row.said.worker_id, row.phone, row.name)
    except Rejection as wrong:
        refused.append(Problem(row.row, "", wrong))
        return False
    return True


def _behind(items: Iterable[T], by: int) -> Iterator[T]:
    """What comes, each when so many others have come after it."""
    waiting: deque[T] = deque()
    for item in items:
        waiting.append(item)
        if len(waiting) > by:
            yield waiting.popleft()
    yield from waiting
