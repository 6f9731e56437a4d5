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
    from gigmatch.tables import is_terminal

    settings = Settings()  # once: reading them takes longer than a line
    bootstrap, language = settings.kafka, settings.language
    require_broker(bootstrap)
    wanted = _wanted(bootstrap, zone, job, from_start=from_start)
    with contextlib.suppress(KeyboardInterrupt):
        if not as_json and is_terminal():
            _show(wanted, language)
        for found in wanted:
            if found is not None:
                line = structured_value(found[0]).decode() if as_json else _line(*found, language)
                typer.echo(line)


def _line(envelope: "Envelope", outcome: "AnyOutcome", language: str) -> str:
    """An outcome for a file or a pipe: what a row of the table has, between tabs."""
    return "\t".join(part.replace("\t", " ") for part in row_of(envelope, outcome, language))


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


def _show(wanted: "Iterator[tuple[Envelope, AnyOutcome] | None]", language: str) -> None:
    """A table of the newest outcomes, drawn a few times a second however many come."""
    from rich.console import Console
    from rich.live import Live

    rows: deque[Row] = deque(maxlen=ROWS)
    with Live(
        get_renderable=lambda: table_of(rows, language), console=Console(), refresh_per_second=5
    ):
        for found in wanted:
            if found is not None:
                rows.append(row_of(*found, language))


def row_of(envelope: "Envelope", outcome: "AnyOutcome", language: str) -> Row:
    """When, where, what, about whom, and what there is to say of it."""
    from events.outcomes import JobExpired, JobUnfilled, MatchRanked, OfferMade
    from events.texts import text
    from gigmatch.figures.screen import clock

    subject = getattr(outcome, "job_id", None) or getattr(outcome, "worker_id", None) or ""
    match outcome:
        case MatchRanked():
            best = ", ".join(
                f"{line.worker_id or line.job_id} {line.score:.2f}" for line in outcome.ranking[:3]
            )
            sizes = {"feasible": outcome.feasible, "pool": outcome.pool}
            detail = text("watch.fits", language, best=best, **sizes)
        case OfferMade():
            p = f"{outcome.p_accept:.2f}"
            detail = text("watch.offer", language, worker=outcome.worker_id, p=p)
        case JobExpired() | JobUnfilled():
            places = {"booked": outcome.booked, "headcount": outcome.headcount}
            detail = text("watch.booked", language, **places)
        case _:
            detail = _told(outcome, language)
    time = "" if envelope.time is None else clock(envelope.time)
    return time, outcome.zone, outcome.TYPE, subject, detail


def _told(outcome: "AnyOutcome", language: str) -> str:
    """Who it is about, and why, in words where there are any."""
    from events.texts import table, text

    worker = str(getattr(outcome, "worker_id", None) or "")
    code = str(getattr(outcome, "reason", None) or "")
    known = (f"{page}.reason.{code}" for page in ("station", "worker"))
    key = next((key for key in known if key in table()), None)
    why = text(key, language) if key else code
    return ", ".join(part for part in (worker, why) if part)


def table_of(rows: "deque[Row]", language: str) -> "Table":
    """The newest outcomes: a job's id is what one types to have it explained."""
    from rich.table import Table
    from rich.text import Text

    from events.texts import text
    from gigmatch.tables import told, typed

    heads = ("time", "zone", "outcome", "about", "what")
    *first, about, what = (text(f"watch.{head}", language) for head in heads)
    column = typed(about, [row[3] for row in rows])
    table = Table(*told(*first), column, *told(what), expand=True)
    if not rows:
        table.add_row("", "", "", "", text("watch.nothing", language))
    for row in tuple(rows):
        table.add_row(*map(Text, row))  # plain: what people wrote is no markup
    return table
