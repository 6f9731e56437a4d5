"""`gigmatch import workers`: availabilities and contacts from tables, over the counter."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from gigmatch.commands._import_jobs import File, MapFile
from gigmatch.commands._said import misuse


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
    exit code is 1. When the gateway goes away, how far it came is told.
    """
    from gigmatch.commands._import_jobs import world_of
    from gigmatch.commands._import_told import reasons, set_aside, tell
    from gigmatch.errors import SaidError
    from gigmatch.progress import counting
    from gigmatch.settings import Settings
    from producers.importing.counter import Counter
    from producers.importing.mapping import WorkerMapping, load_mapping
    from producers.importing.registering import register
    from producers.importing.registration import read_workers

    if offline and not dry_run:
        raise misuse("usage.offline", hint="--offline")
    if not offline and not (gateway and key_file):
        raise SaidError("import.gateway_and_key")
    language = Settings().language
    mapping = load_mapping(map_file, WorkerMapping) if map_file else WorkerMapping()
    reading = read_workers(file, world_of(station, "", mapping))
    good = [one for one in reading.registrations if one.said is not None]
    with nullcontext() if offline else Counter(gateway, _key(key_file), language) as counter:
        if counter is not None:
            counter.check(station)
        with counting(len(good), "workers") as count:
            result = register(good, counter, count, dry_run=dry_run)
    problems = sorted([*reading.problems, *result.refused], key=lambda problem: problem.row)
    why = reasons(problems, language)
    rejected = None
    if why and not dry_run and result.gone is None:
        rejected = set_aside(file, reading.table, why, problems)
    left = len(good) - sum(result.done.values()) - len(result.refused)
    counts = {
        "rows": len(reading.table.rows),
        **result.done,
        "rejected": len(why),
        "left": left,
    }
    tell(counts, problems, rejected, language, published=not dry_run, as_json=as_json)
    if result.gone is not None:
        raise result.gone
    if why or any(not problem.is_note for problem in problems):
        raise typer.Exit(1)


def _key(file: Path | None) -> str:
    """The key of a file. Raises UserError for anything that cannot be sent as one."""
    import re

    from gigmatch.errors import SaidError

    assert file is not None
    key = file.read_text(encoding="utf-8", errors="replace").strip()
    if not re.fullmatch("[!-~]+", key):
        raise SaidError("import.no_key_in_file", path=file)
    return key
