"""`gigmatch watch`: rankings and offers as they come."""

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from events.envelope import Envelope
    from events.outcomes import AnyOutcome

ROWS = 20
Row = tuple[str, ...]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(watch)


def watch(
    zone: Annotated[str | None, typer.Option(help="Only this zone.")] = None,
    job: Annotated[str | None, typer.Option(help="Only this job.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="The whole log.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON lines of CloudEvents, no table.")
    ] = False,
) -> None:
    """Show rankings, offers and bookings live; Ctrl-C ends it."""
    import contextlib

    from events.envelope import structured_value
    from gigmatch.reach import require_broker
    from gigmatch.settings import Settings

    bootstrap = Settings().kafka
    require_broker(bootstrap)
    wanted = _wanted(bootstrap, zone, job, from_start=from_start)
    with contextlib.suppress(KeyboardInterrupt):
        if not as_json:
            _show(wanted)
        for found in wanted:
            if found is not None:
                typer.echo(structured_value(found[0]).decode())


def _wanted(
    bootstrap: str, zone: str | None, job: str | None, *, from_start: bool
) -> "Iterator[tuple[Envelope, AnyOutcome] | None]":
    """The outcomes that were asked for; None when nothing comes. What is no outcome is left out."""
    from events.codec import decode_outcome
    from events.rejections import Rejection
    from gigmatch.tail import follow_outcomes

    for record in follow_outcomes(bootstrap, from_start=from_start):
        if record is None:
            yield None
            continue
        try:
            envelope, outcome = decode_outcome(record)
        except Rejection:
            continue
        about = getattr(outcome, "job_id", None)
        if (zone is None or outcome.zone == zone) and (job is None or about == job):
            yield envelope, outcome


def _show(wanted: "Iterator[tuple[Envelope, AnyOutcome] | None]") -> None:
    """A table of the newest outcomes, drawn a few times a second however many come."""
    from rich.console import Console
    from rich.live import Live

    rows: deque[Row] = deque(maxlen=ROWS)
    with Live(get_renderable=lambda: _table(rows), console=Console(), refresh_per_second=5):
        for found in wanted:
            if found is not None:
                rows.append(_row(*found))


def _row(envelope: "Envelope", outcome: "AnyOutcome") -> Row:
    from events.envelope import format_time
    from events.outcomes import JobExpired, JobUnfilled, MatchRanked, OfferMade

    subject = getattr(outcome, "job_id", None) or getattr(outcome, "worker_id", None) or ""
    match outcome:
        case MatchRanked():
            best = ", ".join(
                f"{line.worker_id or line.job_id} {line.score:.2f}" for line in outcome.ranking[:3]
            )
            detail = f"{outcome.feasible} of {outcome.pool} fit: {best}"
        case OfferMade():
            detail = f"{outcome.worker_id}, P(accept) {outcome.p_accept:.2f}"
        case JobExpired() | JobUnfilled():
            detail = f"{outcome.booked} of {outcome.headcount} places booked"
        case _:
            detail = str(getattr(outcome, "reason", "") or getattr(outcome, "worker_id", ""))
    time = "" if envelope.time is None else format_time(envelope.time)[11:19]
    return time, outcome.zone, outcome.TYPE, subject, detail


def _table(rows: "deque[Row]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table("UTC", "zone", "outcome", "job or worker", "what", expand=True)
    if not rows:
        table.add_row("", "", "", "", "nothing yet")
    for row in tuple(rows):
        table.add_row(*map(Text, row))  # plain: what people wrote is no markup
    return table
