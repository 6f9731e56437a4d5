"""A ranking with who or what is ranked."""

from events.outcomes import Ranked
from events.values import Millis
from gateway.answers.view import View


class RankingHead(View):
    """A ranking without its lines: when, by which model, out of how many."""

    at: Millis
    model: str
    policy: str
    pool: int
    feasible: int
    excluded: dict[str, int]


class RankingView(RankingHead):
    """A ranking with who or what is ranked."""

    ranking: list[Ranked]
