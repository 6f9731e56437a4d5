"""`gigmatch replay`: fold a log again, and compare with what was answered at the time."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    file: Annotated[
        Path | None, typer.Argument(help="Log file; without it, the topic.", exists=True)
    ] = None,
    record: Annotated[Path | None, typer.Option(help="Save the topic as a log file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the outcomes as JSON Lines.")] = None,
    snapshot_at: Annotated[
        int | None, typer.Option(help="Snapshot and restore after this offset.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare with market.outcomes, without repetitions.")
    ] = False,
    partitions: Annotated[
        int | None,
        typer.Option(min=1, help="Partitions of a file's topic; default: from the file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fold market.events again and print the state hash and the hash of all outcomes."""
    import contextlib

    import msgspec
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from events.emission import Emission
    from events.envelope import Record
    from gigmatch.fold import bytes_of, count_partitions, fold, read_file, read_outcomes, read_topic
    from gigmatch.settings import Settings
    from models.registry import Registry

    settings = Settings()
    encoder = msgspec.json.Encoder()
    ours: dict[int, dict[str, bytes]] = {}
    with contextlib.ExitStack() as stack:
        spinner = SpinnerColumn(), TextColumn("{task.completed} records")
        progress = stack.enter_context(Progress(*spinner, console=Console(stderr=True)))
        bar = progress.add_task("replay", total=None)
        saved = stack.enter_context(record.open("wb")) if record else None
        written = stack.enter_context(out.open("wb")) if out else None

        def on_record(one: Record) -> None:
            progress.advance(bar)
            if saved is not None:
                saved.write(encoder.encode(one) + b"\n")

        def on_emission(partition: int, emission: Emission) -> None:
            if written is not None:
                written.write(emission.value + b"\n")
            if compare:
                ours.setdefault(partition, {})[emission.id] = bytes_of(emission)

        records = read_topic(settings.kafka) if file is None else read_file(file)
        folded = fold(
            records,
            _partitions(file, partitions) if file else count_partitions(settings.kafka),
            Registry(settings.releases).open,
            snapshot_at=snapshot_at,
            on_emission=on_emission,
            on_record=on_record,
        )
    told: dict[str, object] = {
        "records": folded.records,
        "outcomes": dict(folded.outcomes),
        "state_hash": folded.state_hash,
        "outcomes_sha256": folded.outcomes_sha256,
    }
    if compare:
        told["difference"] = _difference(ours, read_outcomes(settings.kafka))
    encoded = msgspec.json.encode(told)
    typer.echo((encoded if as_json else msgspec.json.format(encoded)).decode())
    if told.get("difference"):
        raise typer.Exit(1)


def _partitions(file: Path, given: int | None) -> int:
    """As many partitions as a log file shows, unless told."""
    from gigmatch.fold import read_file

    return given or max((record.partition for record in read_file(file)), default=0) + 1


def _difference(ours: dict[int, dict[str, bytes]], theirs: dict[int, list]) -> str:  # type: ignore[type-arg]
    """The first outcome that differs between the fold and the topic; empty when none does."""
    for partition, records in theirs.items():
        mine = ours.get(partition, {})
        for record in records:
            id = dict(record.headers).get("ce_id", b"").decode()
            headers = b"".join(n.encode() + b"=" + v + b"\n" for n, v in record.headers)
            if mine.pop(id, None) != id.encode() + b"\n" + headers + record.value + b"\n":
                return f"{record.origin}: {id} is not what the log gives"
        if mine:
            return f"partition {partition}: {next(iter(mine))} was never published"
    return ""
