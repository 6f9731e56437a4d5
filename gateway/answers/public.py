"""What anybody may see.

No worker's id and no distance finer than a kilometre. Nothing of it is made by leaving out: it is
built from what may be shown.
"""

from typing import Literal

from events.outcomes import Reason
from gateway.answers.ranking import RankingHead
from gateway.answers.view import View
from gigmatch.readmodel.job import JobBrief


class PublicLine(View):
    """A line of a ranking as anybody may see it."""

    rank: int
    score: float
    p_accept: float
    p_complete: float
    distance_km: int
    reasons: tuple[Reason, ...]


class PublicRanking(RankingHead):
    """A ranking without the people in it."""

    ranking: list[PublicLine]


class PublicJob(View):
    """A job as anybody may see it."""

    job: JobBrief
    ranking: PublicRanking | None


class StationView(View):
    """A station of a zone; `approximate` coordinates are within about 3 km."""

    station_id: str
    name: dict[str, str] | None
    lat: float | None
    lon: float | None
    approximate: bool
    jobs: int
    places: int
    workers: int


class TownView(View):
    """A zone as the page shows it: clock, model, figures, stations, jobs, latest rankings."""

    zone: str
    zones: list[str]
    place: dict[str, str] | None
    cursor: str
    now: int
    model: str
    totals: dict[str, int]
    open_jobs: int
    open_places: int
    open_offers: int
    workers: int
    blocked_employers: int
    stations: list[StationView]
    jobs: list[JobBrief]
    rankings: list[PublicJob]


class TextsView(View):
    """The words of the pages in a language."""

    language: str
    texts: dict[str, str]


class HealthView(View):
    """Everything that is needed answers."""

    status: Literal["ok"]
