"""The figures as tables for a terminal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gigmatch.figures.types import Figures, ProcessFigures, StageFigures, ZoneFigures

_CHINA: Final = ZoneInfo("Asia/Shanghai")
_MOST_ROWS: Final = 8
_MOST_ZONES: Final = 3


def screen(told: Figures) -> RenderableType:
    """What somebody on call looks at first, from the top."""
    head = Text(
        f"gigmatch  {clock(told.at)} Asia/Shanghai  "
        f"{told.events:g} events/s  {told.outcomes:g} outcomes/s  {told.refused:g} refused/s  "
        f"over {told.window_s:g} s",
        style="bold",
    )
    head.append(f"\n{_models(told.zones)}", "not bold")
    if told.projector_troubles:
        times = f"the projector could not write {told.projector_troubles} times within 5 min"
        head.append(f"\n{times}", "bold red")
    tables = [_processes(told.processes), _stages([told.ranking, *told.stages])]
    if told.partitions:
        tables.append(_partitions(told))
    if told.reasons:
        reasons = [(one.code, one.recent, one.total) for one in told.reasons[:_MOST_ROWS]]
        tables.append(_table("dead letters", ("reason", "lately", "in all"), reasons))
    if told.quarantine:
        held = [(one.station_id, clock(one.since)) for one in told.quarantine[:_MOST_ROWS]]
        tables.append(_table("in quarantine", ("station", "since"), held))
    return Group(
        head, Columns(tables, padding=(1, 3)), *(_zone(zone) for zone in told.zones[:_MOST_ZONES])
    )


def _models(zones: Iterable[ZoneFigures]) -> str:
    """Which release scores now, and where when it is not the same everywhere."""
    where: dict[str, list[str]] = {}
    for one in zones:
        where.setdefault(one.release, []).append(one.zone)
    if not where:
        return "model unknown: no market, or no figures of it"
    if len(where) == 1:
        [(release, everywhere)] = where.items()
        places = f"all {len(everywhere)} zones" if len(everywhere) > 1 else everywhere[0]
        return f"model {_short(release)} in {places}"
    most_first = sorted(where.items(), key=lambda one: -len(one[1]))
    told = "; ".join(f"{_short(release)} in {_places(found)}" for release, found in most_first)
    return f"models differ: {told}"


def _short(release: str) -> str:
    return release[7:15] if release.startswith("sha256:") else release or "unknown"


def _places(zones: list[str]) -> str:
    more = len(zones) - _MOST_ZONES
    return ", ".join(zones[:_MOST_ZONES]) + (f" and {more} more" if more > 0 else "")


def _processes(processes: Iterable[ProcessFigures]) -> Table:
    rows = (
        (
            one.name,
            Text("up", "green") if one.up else Text("DOWN", "bold red"),
            "" if one.memory_bytes is None else f"{one.memory_bytes / 1e6:.0f} MB",
            "" if one.cpu is None else f"{one.cpu:.0%}",
            one.address if one.up else one.why[:40],
        )
        for one in processes
    )
    return _table("processes", ("process", "state", "memory", "cpu", "where, or why not"), rows)


def _stages(stages: Iterable[StageFigures]) -> Table:
    rows = (
        (one.stage, f"{one.a_second:g}", *map(duration, (one.p50, one.p95, one.p99)))
        for one in stages
    )
    return _table("latency", ("stage", "a second", "p50", "p95", "p99"), rows)


def _partitions(told: Figures) -> Table:
    rows = (
        (
            one.partition,
            one.lag,
            duration(one.oldest_s),
            "" if one.since_snapshot is None else one.since_snapshot,
            "" if one.projector_lag is None else one.projector_lag,
        )
        for one in told.partitions
    )
    heads = ("partition", "lag", "oldest", "since snapshot", "projector lag")
    return _table("partitions", heads, rows)


def _zone(zone: ZoneFigures) -> Table:
    closed = [one for one in zone.stations if one.closed or one.jobs]
    rows = (
        (
            one.station_id,
            one.jobs,
            one.places,
            f"{one.filled}/{one.closed}",
            f"{one.booked / one.asked:.0%}" if one.asked else "",
            duration(one.median_fill_s),
            "" if one.seen_at is None else duration(max(0, zone.now - one.seen_at) / 1000),
        )
        for one in sorted(closed, key=lambda one: -one.places)[:_MOST_ROWS]
    )
    heads = ("station", "open", "places", "filled", "places taken", "time to fill", "last seen")
    offers = ", ".join(f"{count} {status}" for status, count in sorted(zone.offers.items()))
    return _table(f"zone {zone.zone}: offers {offers or 'none'}", heads, rows)


def clock(at: int) -> str:
    """UTC ms as people read them here."""
    return f"{datetime.fromtimestamp(at / 1000, _CHINA):%m-%d %H:%M:%S}"


def duration(seconds: float | None) -> str:
    """Seconds as people read them."""
    if seconds is None:
        return ""
    if seconds == 0:
        return "0 s"
    for limit, size, unit in (
        (1e-3, 1e-6, "µs"),
        (1, 1e-3, "ms"),
        (120, 1, "s"),
        (7200, 60, "min"),
    ):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 3600:.1f} h"


def _table(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    table = Table(*heads, title=title, title_justify="left", box=None, header_style="dim")
    for row in rows:
        # Plain text: a station's id is what somebody wrote.
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return table
