"""From what the processes say to the figures that people look at. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from gigmatch.figures.arithmetic import Span, label
from gigmatch.figures.markets import are_known, left_out, read_at, zones_of
from gigmatch.figures.scraping import Labels, Round
from gigmatch.figures.types import (
    CalibrationFigures,
    ChannelFigures,
    DriftFigures,
    Figures,
    PartitionFigures,
    Point,
    ProcessFigures,
    QuarantineFigures,
    ReasonFigures,
    StageFigures,
)

STAGES: Final = {
    "decode": ("gigmatch_stage_seconds", "decode"),
    "candidates": ("gigmatch_stage_seconds", "candidates"),
    "score": ("gigmatch_stage_seconds", "score"),
    "rank": ("gigmatch_stage_seconds", "rank"),
    "emit": ("gigmatch_emit_seconds", ""),
    "project": ("gigmatch_projector_write_seconds", ""),
    "notify": ("gigmatch_notifier_turn_seconds", ""),
}
"""Each stage's histogram and the value of its label `stage`."""
RANKING: Final = "gigmatch_ranking_seconds"
MOST_DRIFTED: Final = 8
"""Features of each release: one that is no longer at work takes no place from the one that is."""
CHANNELS_S: Final = 600.0
TROUBLES_S: Final = 300.0
"""How far back alerts look at channels and at a projector's troubles: a minute says too little."""
SENT: Final = "gigmatch_notifier_sent_total"
FAILED: Final = "gigmatch_notifier_failed_total"
TROUBLES: Final = "gigmatch_projector_troubles_total"
_NO_ADDRESS: Final = "no_address"

Since = Mapping[str, int]
"""By address: since when a process has answered, or not."""


def kept_long(newest: Round) -> Round:
    """What of a round is kept for longer than a minute: a few counters, so that it stays small."""
    scrapes = {
        address: scrape._replace(
            samples={
                name: scrape.samples[name]
                for name in (SENT, FAILED, TROUBLES)
                if name in scrape.samples
            }
        )
        for address, scrape in newest.scrapes.items()
    }
    return Round(newest.at, scrapes)


def figures_of(span: Span, long: Sequence[Round], since: Since, every_s: float) -> Figures:
    """The figures of a span; `since` is of its newest round, `long` rounds that go further back."""
    return Figures(
        at=round(span.newer.at * 1000),
        every_s=every_s,
        window_s=round(span.seconds, 1),
        processes=_processes(span, since),
        events=_round(span.rate("gigmatch_events_total")),
        outcomes=_round(span.rate("gigmatch_outcomes_total")),
        refused=_round(span.rate("gigmatch_rejected_total")),
        loop_lag_s=_most(span, "gigmatch_loop_lag_seconds"),
        recoveries=round(sum(span.total("gigmatch_recoveries_total").values())),
        snapshot_every=round(_most(span, "gigmatch_snapshot_every_records")),
        ranking=_stage(span, "ranking", RANKING, ""),
        stages=[_stage(span, stage, *where) for stage, where in STAGES.items()],
        partitions=_partitions(span),
        reasons=_reasons(span),
        quarantine=_quarantine(span),
        channels=_channels(_last(long, CHANNELS_S)),
        projector_troubles=round(_last(long, TROUBLES_S).most(TROUBLES)),
        waiting=round(sum(v for _, _, v in span.gauges("gigmatch_notifier_waiting_workers"))),
        drift=_drift(span),
        drift_offers={
            release: round(offers)
            for release, offers in _totals(span, "gigmatch_drift_offers", "release").items()
        },
        calibration=_calibration(span),
        zones=zones_of(span.newer),
        zones_known=are_known(span.newer),
        zones_read_at=read_at(span.newer),
        zones_left_out=left_out(span.newer),
    )


def point_of(step: Span, window: Span) -> Point:
    """A look's point on the charts: rates since the look before, quantiles over the window."""
    p50, p95, p99 = window.quantiles(RANKING, 0.5, 0.95, 0.99)
    return Point(
        at=round(step.newer.at * 1000),
        events=_round(step.rate("gigmatch_events_total")),
        outcomes=_round(step.rate("gigmatch_outcomes_total")),
        refused=_round(step.rate("gigmatch_rejected_total")),
        lag=round(sum(value for _, _, value in step.gauges("gigmatch_lag_records"))),
        oldest_s=_most(step, "gigmatch_oldest_event_age_seconds"),
        loop_lag_s=_most(step, "gigmatch_loop_lag_seconds"),
        ranking_p50=p50,
        ranking_p95=p95,
        ranking_p99=p99,
        stages={
            stage: window.quantiles(name, 0.99, stage=value)[0]
            for stage, (name, value) in STAGES.items()
        },
    )


def _processes(span: Span, since: Since) -> list[ProcessFigures]:
    found = []
    for address, scrape in span.newer.scrapes.items():
        memory = scrape.samples.get("process_resident_memory_bytes", {}).get(())
        started = scrape.samples.get("process_start_time_seconds", {}).get(())
        found.append(
            ProcessFigures(
                name=scrape.target.name,
                address=address,
                up=scrape.up,
                why=scrape.why or scrape.unready,
                since=since.get(address, 0),
                memory_bytes=None if memory is None else round(memory),
                cpu=round(span.rate("process_cpu_seconds_total", address), 4)
                if scrape.up
                else None,
                started_at=None if started is None else round(started * 1000),
            )
        )
    return found


def _stage(span: Span, stage: str, name: str, value: str) -> StageFigures:
    p50, p95, p99 = span.quantiles(name, 0.5, 0.95, 0.99, stage=value)
    often = span.rate(f"{name}_count", stage=value)
    return StageFigures(stage=stage, a_second=_round(often), p50=p50, p95=p95, p99=p99)


def _partitions(span: Span) -> list[PartitionFigures]:
    snapshots = _by_partition(span, "gigmatch_snapshot_timestamp_seconds")
    counts = _by_partition(span, "gigmatch_since_snapshot_records")
    ages = _by_partition(span, "gigmatch_oldest_event_age_seconds")
    behind = _by_partition(span, "gigmatch_projector_lag_records")
    found = {}
    for address, labels, lag in span.gauges("gigmatch_lag_records"):
        number = int(label(labels, "partition"))
        taken = snapshots.get(number)
        found[number] = PartitionFigures(
            partition=number,
            owner=address,
            lag=round(lag),
            oldest_s=round(ages.get(number, 0.0), 3),
            since_snapshot=None if number not in counts else round(counts[number]),
            snapshot_at=None if taken is None else round(taken * 1000),
            projector_lag=None if number not in behind else round(behind[number]),
        )
    return [found[number] for number in sorted(found)]


def _by_partition(span: Span, name: str) -> dict[int, float]:
    return {int(label(labels, "partition")): value for _, labels, value in span.gauges(name)}


def _reasons(span: Span) -> list[ReasonFigures]:
    recent = span.increase("gigmatch_rejected_total", "code")
    totals = _totals(span, "gigmatch_rejected_total", "code")
    found = [
        ReasonFigures(code=code, total=round(total), recent=round(recent.get((code,), 0.0)))
        for code, total in totals.items()
    ]
    return sorted(found, key=lambda one: (-one.recent, -one.total, one.code))


def _quarantine(span: Span) -> list[QuarantineFigures]:
    since: dict[str, float] = {}
    for _, labels, began in span.gauges("gigmatch_quarantine_since_timestamp_seconds"):
        station = label(labels, "station")
        since[station] = min(began, since.get(station, began))
    return [
        QuarantineFigures(station_id=station, since=round(since[station] * 1000))
        for station in sorted(since)
    ]


def _channels(span: Span) -> list[ChannelFigures]:
    sent = _totals(span, SENT, "channel")
    failed = _totals(span, FAILED, "channel")
    recent_sent = span.increase(SENT, "channel")
    recent_failed: defaultdict[str, float] = defaultdict(float)
    unreached: defaultdict[str, float] = defaultdict(float)
    for (channel, reason), count in span.increase(FAILED, "channel", "reason").items():
        recent_failed[channel] += count
        unreached[channel] += count if reason == _NO_ADDRESS else 0.0
    return [
        ChannelFigures(
            channel=channel,
            sent=round(sent.get(channel, 0)),
            failed=round(failed.get(channel, 0)),
            recent_sent=round(recent_sent.get((channel,), 0)),
            recent_failed=round(recent_failed[channel]),
            recent_no_address=round(unreached[channel]),
        )
        for channel in sorted({*sent, *failed})
    ]


def _last(rounds: Sequence[Round], seconds: float) -> Span:
    return Span([one for one in rounds if rounds[-1].at - one.at <= seconds])


def _drift(span: Span) -> list[DriftFigures]:
    unseen = {labels: value for _, labels, value in span.gauges("gigmatch_drift_unseen_ratio")}
    worst: dict[Labels, float] = {}
    for _, labels, value in span.gauges("gigmatch_drift_psi"):
        worst[labels] = max(value, worst.get(labels, 0.0))
    found = [
        DriftFigures(
            release=label(labels, "release"),
            feature=label(labels, "feature"),
            psi=round(value, 4),
            unseen=round(unseen.get(labels, 0.0), 4),
        )
        for labels, value in worst.items()
    ]
    return _most_of_each(sorted(found, key=lambda one: (-one.psi, one.feature)))


def _most_of_each(found: list[DriftFigures]) -> list[DriftFigures]:
    told: Counter[str] = Counter()
    most = []
    for one in found:
        told[one.release] += 1
        if told[one.release] <= MOST_DRIFTED:
            most.append(one)
    return most


def _calibration(span: Span) -> list[CalibrationFigures]:
    sums: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * 4)
    expected = span.total("gigmatch_calibration_expected_total")
    observed = span.total("gigmatch_calibration_observed_total")
    for labels, offers in span.total("gigmatch_calibration_offers_total").items():
        row = sums[label(labels, "release"), label(labels, "target")]
        promised, kept = expected.get(labels, 0.0), observed.get(labels, 0.0)
        for column, value in enumerate((offers, promised, kept, abs(promised - kept))):
            row[column] += value
    return [
        CalibrationFigures(
            release=release,
            target=target,
            offers=round(offers),
            expected=round(promised, 3),
            observed=round(kept, 3),
            error=round(off / offers, 4),
        )
        for (release, target), (offers, promised, kept, off) in sorted(sums.items())
        if offers
    ]


def _totals(span: Span, name: str, by: str) -> dict[str, float]:
    totals: defaultdict[str, float] = defaultdict(float)
    for labels, value in span.total(name).items():
        totals[label(labels, by)] += value
    return dict(totals)


def _most(span: Span, name: str) -> float:
    return round(max((value for _, _, value in span.gauges(name)), default=0.0), 4)


def _round(value: float) -> float:
    return round(value, 2)
