"""What the operators' routes answer; their figures are `gigmatch.figures.types`."""

from typing import Annotated

import msgspec
from msgspec import Meta

from events.values import Millis
from gateway.answers.jobs import StationJob
from gateway.answers.terminal import AdviceView
from gateway.answers.view import View
from gateway.operations import Letter, Replayed
from gigmatch.figures.types import (
    CalibrationFigures,
    ChannelFigures,
    DriftFigures,
    FairnessFigures,
    Figures,
    PartitionFigures,
    Point,
    ProcessFigures,
    QuarantineFigures,
    ReasonFigures,
    StageFigures,
    StationFigures,
    ZoneFigures,
)

__all__ = [
    "AdviceView",
    "CalibrationFigures",
    "ChannelFigures",
    "DriftFigures",
    "FairnessFigures",
    "Figures",
    "FiguresView",
    "Letter",
    "LettersView",
    "MarketsView",
    "PartitionFigures",
    "Point",
    "ProcessFigures",
    "QuarantineFigures",
    "ReasonFigures",
    "Released",
    "ReplaySent",
    "Replayed",
    "StageFigures",
    "StationFigures",
    "UnmatchedView",
    "ZoneFigures",
]

MOST_AT_ONCE = 200
Origin = Annotated[str, Meta(pattern=r"^[a-z.-]{1,100}/\d{1,6}/\d{1,19}$")]


class FiguresView(View):
    """The figures now, and the points of the charts after the time that was asked for."""

    figures: Figures
    points: list[Point]


class MarketsView(View):
    """The figures of zones and their stations in quarantine, looked at every `every_s` seconds.

    `at` is 0 before the first look. Where `zones_known` is false nothing is known of the zones;
    `zones_read_at` is when it last was. `zones_left_out`: of so many zones in all, of this key or
    not, there are no figures here.
    """

    at: int
    every_s: float
    zones: list[ZoneFigures]
    zones_known: bool
    zones_read_at: int | None
    zones_left_out: int
    quarantine: list[QuarantineFigures]


class LettersView(View):
    """The newest dead letters of those that whoever asks may see, newest first."""

    letters: list[Letter]


class ReplaySent(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters to be sent again, by the origins that the list names."""

    origins: Annotated[list[Origin], Meta(min_length=1, max_length=MOST_AT_ONCE)]


class Released(View):
    """A station that is out of quarantine from here on, in so many partitions."""

    station_id: str
    partitions: int


class UnmatchedView(View):
    """Open jobs of a zone that lack people, the oldest first."""

    zone: str
    now: Millis
    jobs: list[StationJob]


class SearchView(View):
    """What would fill a job; null while it is being found: ask again."""

    advice: AdviceView | None
