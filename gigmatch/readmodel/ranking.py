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
