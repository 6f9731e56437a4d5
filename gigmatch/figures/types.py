"""The figures of a moment, as the operators' page and `gigmatch top` show them."""

import msgspec


class Figure(msgspec.Struct, kw_only=True, frozen=True):
    """Base. Durations are seconds, times UTC ms; None where nothing was observed."""


class ProcessFigures(Figure, kw_only=True, frozen=True):
    """A process: whether it answers, and since when that is so.

    `why` says why not, or why it is not ready although it is up.
    """

    name: str
    address: str
    up: bool
    why: str
    since: int
    memory_bytes: int | None
    cpu: float | None
    started_at: int | None


class PartitionFigures(Figure, kw_only=True, frozen=True):
    """A partition: what waits for the matcher, for a snapshot, for the projector.

    `owner` is the address of the matcher that has it.
    """

    partition: int
    owner: str
    lag: int
    oldest_s: float
    since_snapshot: int | None
    snapshot_at: int | None
    projector_lag: int | None


class StageFigures(Figure, kw_only=True, frozen=True):
    """How long a stage takes, and how often it happens a second."""

    stage: str
    a_second: float
    p50: float | None
    p95: float | None
    p99: float | None


class ReasonFigures(Figure, kw_only=True, frozen=True):
    """Dead letters of a reason: since the matchers began, and within the window."""

    code: str
    total: int
    recent: int


class QuarantineFigures(Figure, kw_only=True, frozen=True):
    """A station whose records are refused unread; `since` by the market's clock."""

    station_id: str
    since: int


class StationFigures(Figure, kw_only=True, frozen=True):
    """A station: open jobs and places, and what became of the jobs that are kept."""

    station_id: str
    jobs: int
    places: int
    closed: int
    filled: int
    asked: int
    booked: int
    median_fill_s: float | None
    seen_at: int | None


class FairnessFigures(Figure, kw_only=True, frozen=True):
    """How evenly offers and work go round: docs/ops.md defines each."""

    workers: int
    offers_gini: float | None
    work_gini: float | None
    never_asked: float | None


class ZoneFigures(Figure, kw_only=True, frozen=True):
    """A market: its clock, what scores in it, offers and bookings by status, stations, fairness.

    `release` is "" where the gateway that was asked is an older one, which does not say.
    """

    zone: str
    now: int
    release: str
    offers: dict[str, int]
    bookings: dict[str, int]
    stations: list[StationFigures]
    fairness: FairnessFigures


class DriftFigures(Figure, kw_only=True, frozen=True):
    """How far a feature is from training: population stability index, share out of range."""

    release: str
    feature: str
    psi: float
    unseen: float


class CalibrationFigures(Figure, kw_only=True, frozen=True):
    """Promised and kept since the projector began: `error` is the calibration error by tenths."""

    release: str
    target: str
    offers: int
    expected: float
    observed: float
    error: float


class ChannelFigures(Figure, kw_only=True, frozen=True):
    """Messages of a channel within the last ten minutes, and since the notifiers began.

    `recent_no_address` are those of `recent_failed` whose worker has no address for the channel:
    that says nothing about the channel.
    """

    channel: str
    sent: int
    failed: int
    recent_sent: int
    recent_failed: int
    recent_no_address: int


class Point(Figure, kw_only=True, frozen=True):
    """One look, for the charts: rates since the look before, percentiles over the window.

    `stages` are 99th percentiles.
    """

    at: int
    events: float
    outcomes: float
    refused: float
    lag: int
    oldest_s: float
    loop_lag_s: float
    ranking_p50: float | None
    ranking_p95: float | None
    ranking_p99: float | None
    stages: dict[str, float | None]


class Figures(Figure, kw_only=True, frozen=True):
    """Everything at one moment. Rates and quantiles are over the last `window_s` seconds.

    `projector_troubles`: times within the last five minutes that a projector could not write.
    `drift_offers`: by release, how many offers its drift is told of. `drift` and `calibration` are
    of every release that has scored: which does now, the zones say. `zones_known`: whether that
    there are no `zones` means that there is no market; `zones_read_at`: when that last was so;
    `zones_left_out`: how many more there are than are told of.
    """

    at: int
    every_s: float
    window_s: float
    processes: list[ProcessFigures]
    events: float
    outcomes: float
    refused: float
    loop_lag_s: float
    recoveries: int
    snapshot_every: int
    ranking: StageFigures
    stages: list[StageFigures]
    partitions: list[PartitionFigures]
    reasons: list[ReasonFigures]
    quarantine: list[QuarantineFigures]
    channels: list[ChannelFigures]
    projector_troubles: int
    waiting: int
    drift: list[DriftFigures]
    drift_offers: dict[str, int]
    calibration: list[CalibrationFigures]
    zones: list[ZoneFigures]
    zones_known: bool
    zones_read_at: int | None
    zones_left_out: int
