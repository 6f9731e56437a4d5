"""`gigmatch watch`: rankings and offers as they come."""

from collections import deque
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from events.outcomes import AnyOutcome

ROWS = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(watch)


def watch(
    zone: Annotated[str | None, typer.Option(help="Only this zone.")] = None,
    job: Annotated[str | None, typer.Option(help="Only this job.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="The whole log.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, no table.")] = False,
) -> None:
    """Show rankings, offers and bookings live; Ctrl-C ends it."""
    import contextlib

    from rich.console import Console
    from rich.live import Live

    from events.codec import decode_outcome
    from events.rejections import Rejection
    from gigmatch.settings import Settings
    from gigmatch.tail import follow_outcomes

    rows: deque[tuple[str, ...]] = deque(maxlen=ROWS)
    follow = follow_outcomes(Settings().kafka, from_start=from_start)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(KeyboardInterrupt))
        live = None if as_json else stack.enter_context(Live(_table(rows), console=Console()))
        for record in follow:
            try:
                envelope, outcome = decode_outcome(record)
            except Rejection:
                continue
            about = getattr(outcome, "job_id", None)
            if (zone and outcome.zone != zone) or (job and about != job):
                continue
            if live is None:
                typer.echo(envelope.data.decode())
                continue
            rows.append(_row(outcome))
            live.update(_table(rows))


def _row(outcome: "AnyOutcome") -> tuple[str, ...]:
    from events.outcomes import MatchRanked, OfferMade

    subject = getattr(outcome, "job_id", None) or getattr(outcome, "worker_id", None) or ""
    match outcome:
        case MatchRanked():
            best = ", ".join(
                f"{line.worker_id or line.job_id} {line.score:.2f}" for line in outcome.ranking[:3]
            )
            detail = f"{outcome.feasible} of {outcome.pool} fit: {best}"
        case OfferMade():
            detail = f"{outcome.worker_id}, P(accept) {outcome.p_accept:.2f}"
        case _:
            detail = str(getattr(outcome, "reason", "") or getattr(outcome, "worker_id", ""))
    return outcome.zone, outcome.TYPE, subject, detail


def _table(rows: "deque[tuple[str, ...]]") -> "Table":
    from rich.table import Table

    table = Table("zone", "outcome", "job or worker", "what", expand=True)
    for row in rows:
        table.add_row(*row)
    return table
