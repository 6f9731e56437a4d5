"""The newest ranking of a job or a worker, and what of one its workers are told."""

from collections.abc import Iterable
from typing import TypeVar

from events.outcomes import Ranked
from gigmatch.readmodel.document import Document

Line = TypeVar("Line")


class RankingDoc(Document):
    """The newest ranking of a job or worker; `offset` is its outcome's."""

    offset: int
    at: int
    model: str
    policy: str
    pool: int
    feasible: int
    excluded: dict[str, int]
    lines: tuple[Ranked, ...]

    def line(self, *, worker_id: str | None = None, job_id: str | None = None) -> Ranked | None:
        """The line about a worker of a job's ranking, or about a job of a worker's."""
        for line in self.lines:
            if (line.worker_id, line.job_id) == (worker_id, job_id):
                return line
        return None


def own_line(ranking: Iterable[tuple[str | None, Line]], worker_id: str) -> tuple[Line, ...]:
    """Of a job's ranking, lines by whom they name, what one of them is told: nobody else's.

    The projector keeps this for each of them, and a gateway makes it of what has just come.
    """
    return tuple(line for named, line in ranking if named == worker_id)
