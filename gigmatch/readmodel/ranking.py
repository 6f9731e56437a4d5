"""The newest ranking of a job or a worker."""

from events.outcomes import Ranked
from gigmatch.readmodel.document import Document


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
