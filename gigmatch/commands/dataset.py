"""`gigmatch dataset`: the decisions of logs as tables (Parquet)."""

from pathlib import Path
from typing import Annotated

import typer

from gigmatch.commands._said import say

Logs = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Log files.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(dataset)


def dataset(
    logs: Logs,
    out: Annotated[
        Path, typer.Option(help="A file FILE.parquet for all logs, or a folder with one for each.")
    ],
    releases: Annotated[Path | None, typer.Option(help="Folder of releases.")] = None,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of the logged topic.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Write every offer of the logs with what was known then and what came of it.

    The features are computed by the serving code at that moment of the log. `gigmatch model train`
    and `evaluate` read these files as they read logs.
    """
    import msgspec

    from gigmatch.progress import reading
    from gigmatch.settings import Settings
    from models import parquet
    from models.registry import Registry
    from models.sources import read_all

    registry = Registry(releases or Settings().releases)
    targets = {out: logs} if out.suffix == ".parquet" else _one_each(logs, out)
    told = []
    with reading(logs) as on_bytes:
        for target, sources in targets.items():
            data, read = read_all(sources, partitions, registry.open, on_bytes)
            parquet.write(target, data, read)
            known = int(data.known.sum())
            told.append({"file": str(target), "offers": len(data), "answered": known})
    for line in told:
        if as_json:
            typer.echo(msgspec.json.encode(line).decode())
        else:
            counts = {"n": line["offers"], "answered": line["answered"]}
            typer.echo(say("dataset.done", file=line["file"], **counts))


def _one_each(logs: list[Path], folder: Path) -> dict[Path, list[Path]]:
    """The file of each log in a folder. Raises UserError when two would share one."""
    from gigmatch.errors import SaidError

    targets = {folder / f"{log.stem}.parquet": [log] for log in logs}
    if len(targets) < len(logs):
        raise SaidError("dataset.same_name")
    return targets
