"""`gigmatch import workers`: availabilities and contacts from tables, over the counter."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._import_jobs import File, MapFile

if TYPE_CHECKING:
    from producers.importing.counter import Counter
    from producers.importing.registration import Registration


def workers(
    file: File,
    station: Annotated[str, typer.Option(help="The station they belong to, such as 511181-05.")],
    gateway: Annotated[str, typer.Option(help="Address of the gateway.")] = "",
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="File with the station's key.", dir_okay=False)
    ] = None,
    map_file: MapFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Register nobody.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="With --dry-run: do not ask what is known.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Register a table of workers at a station; registering it again changes only what differs.

    Phone numbers and names go to the sealed store of contacts, never onto the log. Rows with
    problems are not registered: they go, with the reasons, into a file beside the table, and the
    exit code is 1.
    """
    from gigmatch.commands._import_jobs import world_of
    from gigmatch.commands._import_told import reasons, tell
    from gigmatch.errors import UserError
    from gigmatch.settings import Settings
    from producers.importing.counter import Counter
    from producers.importing.mapping import WorkerMapping, load_mapping
    from producers.importing.registration import read_workers
    from producers.importing.rejected import write_rejected

    if offline and not dry_run:
        raise typer.BadParameter("only a dry run can go without it", param_hint="--offline")
    if not offline and not (gateway and key_file):
        raise UserError("give --gateway and --key-file; --dry-run --offline needs neither")
    language = Settings().language
    mapping = load_mapping(map_file, WorkerMapping) if map_file else WorkerMapping()
    reading = read_workers(file, world_of(station, "", mapping))
    good = [one for one in reading.registrations if one.said is not None]
    with nullcontext() if offline else Counter(gateway, _key(key_file), language) as counter:
        counts = _register(good, counter, dry_run=dry_run)
    problems = sorted(reading.problems, key=lambda problem: problem.row)
    why = reasons(problems, language)
    rejected = write_rejected(file, reading.table, why) if why and not dry_run else None
    counts = {"rows": len(reading.table.rows), **counts, "rejected": len(why)}
    tell(counts, problems, rejected, language, published=not dry_run, as_json=as_json)
    if why or any(not problem.is_note for problem in problems):
        raise typer.Exit(1)


def _key(file: Path | None) -> str:
    assert file is not None
    return file.read_text(encoding="utf-8").strip()


def _register(
    rows: "list[Registration]", counter: "Counter | None", *, dry_run: bool
) -> dict[str, int]:
    """Register those who are new or say something else, then seal the numbers; how many."""
    from gigmatch.progress import counting

    counts = {"new": 0, "changed": 0, "unchanged": 0}
    with counting(len(rows), "workers") as count:
        for row in rows:
            count()
            assert row.said is not None
            before = None if counter is None else counter.known(row.said.worker_id)
            if before == row.said:
                counts["unchanged"] += 1
                continue
            counts["new" if before is None else "changed"] += 1
            if counter is not None and not dry_run:
                counter.register(row.said)
    for row in rows if counter is not None and not dry_run else ():
        assert row.said is not None
        if row.phone:
            counter.keep_contact(row.said.worker_id, row.phone, row.name)  # type: ignore[union-attr]
    return counts
