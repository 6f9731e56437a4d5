"""The figures as tables for a terminal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from events.texts import table, text
from gigmatch.figures.types import Figures, ProcessFigures, StageFigures, ZoneFigures

_CHINA: Final = ZoneInfo("Asia/Shanghai")
_MOST_ROWS: Final = 8
_MOST_ZONES: Final = 3
_MOST_WHY: Final = 60


def screen(told: Figures, language: str) -> RenderableType:
    """What somebody on call looks at first, from the top."""
    say = _Words(language)
    tables = [_processes(told.processes, say), _stages([told.ranking, *told.stages], say)]
    if told.partitions:
        tables.append(_partitions(told, say))
    if told.reasons:
        reasons = [(one.code, one.recent, one.total) for one in told.reasons[:_MOST_ROWS]]
        tables.append(_table(say("letters"), map(say, ("reason", "lately", "total")), reasons))
    if told.quarantine:
        held = [(one.station_id, clock(one.since)) for one in told.quarantine[:_MOST_ROWS]]
        tables.append(_table(say("held"), map(say, ("station", "since")), held))
    zones = (_zone(zone, say) for zone in told.zones[:_MOST_ZONES])
    return Group(_head(told, say), Columns(tables, padding=(1, 3)), *zones)


class _Words:
    """The words of the screen, in a language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __call__(self, key: str, **details: object) -> str:
        return text(f"top.{key}", self._language, **details)

    def of_page(self, kind: str, name: str) -> str:
        """What the operators' page calls something, or else its own name."""
        key = f"ops.{kind}.{name}"
        return text(key, self._language) if key in table() else name


def _head(told: Figures, say: _Words) -> Text:
    rates = {
        "events": f"{told.events:g}",
        "outcomes": f"{told.outcomes:g}",
        "refused": f"{told.refused:g}",
        "window": f"{told.window_s:g}",
    }
    head = Text(say("head", clock=clock(told.at), **rates), style="bold")
    head.append(f"\n{_models(told.zones, say)}", "not bold")
    if told.zones_left_out:
        head.append(f"; {say('left_out', n=told.zones_left_out)}", "not bold")
    if told.projector_troubles:
        head.append(f"\n{say('unwritten', n=told.projector_troubles)}", "bold red")
    if told.at and not told.zones_known:
        head.append(f"\n{say('markets')}", "bold red")
    return head


def _models(zones: Iterable[ZoneFigures], say: _Words) -> str:
    """Which release scores now, and where when it is not the same everywhere."""
    where: dict[str, list[str]] = {}
    for one in zones:
        where.setdefault(one.release, []).append(one.zone)
    if not where:
        return say("model_unknown")
    if len(where) == 1:
        [(release, everywhere)] = where.items()
        several = len(everywhere) > 1
        places = say("everywhere", n=len(everywhere)) if several else everywhere[0]
        return say("model", told=say("release_in", release=_short(release, say), places=places))
    most_first = sorted(where.items(), key=lambda one: -len(one[1]))
    told = "; ".join(
        say("release_in", release=_short(release, say), places=_places(found, say))
        for release, found in most_first
    )
    return say("models_differ", told=told)


def _short(release: str, say: _Words) -> str:
    return release[7:15] if release.startswith("sha256:") else release or say("unknown")


def _places(zones: list[str], say: _Words) -> str:
    named, more = ", ".join(zones[:_MOST_ZONES]), len(zones) - _MOST_ZONES
    return say("more", places=named, n=more) if more > 0 else named


def _processes(processes: Iterable[ProcessFigures], say: _Words) -> Table:
    rows = (
        (
            say.of_page("process", one.name),
            _state(one, say),
            "" if one.memory_bytes is None else f"{one.memory_bytes / 1e6:.0f} MB",
            "" if one.cpu is None else f"{one.cpu:.0%}",
            one.why[:_MOST_WHY] or one.address,
        )
        for one in processes
    )
    heads = ("process", "state", "memory", "cpu", "where")
    return _table(say("processes"), map(say, heads), rows)


def _state(one: ProcessFigures, say: _Words) -> Text:
    if not one.up:
        return Text(say("down"), "bold red")
    return Text(say("unready"), "bold red") if one.why else Text(say("up"), "green")


def _stages(stages: Iterable[StageFigures], say: _Words) -> Table:
    rows = (
        (
            say.of_page("stage", one.stage),
            f"{one.a_second:g}",
            *map(duration, (one.p50, one.p95, one.p99)),
        )
        for one in stages
    )
    heads = (say("stage"), say("a_second"), "p50", "p95", "p99")
    return _table(say("latency"), heads, rows)


def _partitions(told: Figures, say: _Words) -> Table:
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
    heads = ("partition", "lag", "oldest", "since_snapshot", "projector_lag")
    return _table(say("partitions"), map(say, heads), rows)


def _zone(zone: ZoneFigures, say: _Words) -> Table:
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
    heads = ("station", "open", "places", "filled", "taken", "time_to_fill", "seen")
    offers = ", ".join(
        say("count", n=count, status=say.of_page("offer", status))
        for status, count in sorted(zone.offers.items())
    )
    title = say("zone", zone=zone.zone, offers=offers or say("none"))
    return _table(title, map(say, heads), rows)


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
