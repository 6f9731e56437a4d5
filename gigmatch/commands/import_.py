"""`gigmatch import`: jobs and workers from files, as events."""

from pathlib import Path
from typing import Annotated

import typer

from gigmatch.commands._import_jobs import jobs, print_mapping
from gigmatch.commands._import_workers import workers
from gigmatch.commands._said import misuse, say


def register(app: typer.Typer) -> None:
    """Add `gigmatch import`."""
    importers = typer.Typer(help="Publish jobs and workers from files.", no_args_is_help=True)
    importers.command("jobs")(jobs)
    importers.command("workers")(workers)
    importers.command("mapping")(print_mapping)
    importers.command("crowd-tasks")(crowd_tasks)
    app.add_typer(importers, name="import")


def crowd_tasks(
    folder: Annotated[Path, typer.Argument(help="Folder of members.csv, tasks.csv, new_tasks.csv")],
    zone: Annotated[str, typer.Option(help="Zone that all of it belongs to.")] = "440100",
    day: Annotated[
        str | None, typer.Option("--date", help="Working day, YYYY-MM-DD; default: tomorrow.")
    ] = None,
    answers: Annotated[
        int | None, typer.Option(help="Answer the offers, too, by this seed.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail when a row is bad.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Publish the members and tasks of contest data CUMCM 2017 B. The data is not shipped.

    The same folder and date give the same events: importing again changes nothing.
    """
    import re
    from datetime import UTC, date, datetime, timedelta

    import msgspec
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    from gigmatch.settings import Settings, language_of_texts
    from producers.crowd_tasks import SOURCE, read_folder
    from producers.publisher import Publisher
    from producers.responder import Responder

    console = Console(stderr=True)
    try:
        tomorrow = (datetime.now(UTC) + timedelta(hours=8, days=1)).date()
        on = date.fromisoformat(day) if day else tomorrow
    except ValueError:
        raise misuse("usage.day", hint="--date", value=day) from None
    if not re.fullmatch(r"[0-9]{6}", zone):
        raise misuse("usage.zone", hint="--zone")
    facts, problems = read_folder(folder, on, zone)
    if problems:
        table = Table(*(say(f"import.{name}") for name in ("file", "row", "column", "why")))
        for problem in problems:
            why = problem.why[language_of_texts()]
            table.add_row(problem.file, str(problem.row or ""), problem.column, why)
        console.print(table)
    if problems and strict:
        console.print(say("import.nothing_published"))
        raise typer.Exit(1)
    answered = 0
    if not dry_run:
        settings = Settings()
        publisher = Publisher(
            settings.kafka, client_id="gigmatch-import", trace_share=settings.sampled_share
        )
        responder = (
            Responder(settings.kafka, publisher, zone, answers) if answers is not None else None
        )
        for id, fact in track(facts, say("progress.publishing"), console=console):
            publisher.publish_fact(fact, id=id, source=SOURCE)
        publisher.flush()
        if responder is not None:
            with console.status(say("import.answering")):
                answered = responder.answer_until_quiet()
        publisher.close()
    counts: dict[str, int] = {}
    for _, fact in facts:
        counts[fact.TYPE] = counts.get(fact.TYPE, 0) + 1
    came = {"answered": answered, "bad_rows": len(problems)}
    if as_json:
        told = {"published": not dry_run, **counts, **came}
        typer.echo(msgspec.json.encode(told).decode())
        return
    typer.echo(say(f"import.published.{'no' if dry_run else 'yes'}"))
    named = {say(f"import.{name}"): value for name, value in came.items()}
    typer.echo("\n".join(f"{name}: {value}" for name, value in (counts | named).items()))
