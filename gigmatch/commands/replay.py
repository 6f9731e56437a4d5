"""`gigmatch replay`: fold a log again, and compare with what was answered at the time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from gigmatch.commands._said import misuse

if TYPE_CHECKING:
    from events.emission import Emission
    from events.envelope import Record
    from gigmatch.fold import Folded


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    file: Annotated[
        Path | None, typer.Argument(help="Log file; without it, the topic market.events.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Save the log, with what was answered, as a file.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the outcomes as JSON Lines of CloudEvents.")
    ] = None,
    snapshot_at: Annotated[
        int | None, typer.Option(help="Snapshot and restore after this offset.")
    ] = None,
    until: Annotated[int | None, typer.Option(help="The last offset to apply.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check after every event what must hold of a market.")
    ] = False,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            "--compare-outcomes",
            help="Compare with market.outcomes, repetitions dropped.",
        ),
    ] = False,
    compare_with: Annotated[
        Path | None, typer.Option(help="Compare with a file that --out wrote.")
    ] = None,
    partitions: Annotated[
        int | None,
        typer.Option(min=1, help="Partitions of a file's topic; default: from the file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fold a log again and print state and outcome hashes.

    Ends with exit code 1 when a comparison finds a difference, or an invariant does not hold.
    """
    import contextlib

    import msgspec

    from gigmatch.comparison import compare as compare_outcomes
    from gigmatch.comparison import compare_lines, outcomes_in_file, published_outcomes
    from gigmatch.settings import Settings

    _check_files(reads=(file, compare_with), writes=(record, out))
    bootstrap = Settings().kafka
    with contextlib.ExitStack() as stack:
        keep = _Keeper(
            record=stack.enter_context(record.open("wb")) if record else None,
            out=stack.enter_context(out.open("wb")) if out else None,
            bytes_too=compare,
            lines_too=compare_with is not None,
        )
        folded = _fold(bootstrap, file, partitions, snapshot_at, keep, until=until, check=check)
    told: dict[str, object] = {
        "records": folded.records,
        "events": dict(folded.events),
        "outcomes": dict(folded.outcomes),
        "state_hashes": {str(number): hash for number, hash in folded.state_hashes.items()},
        "state_hash": folded.state_hash,
        "outcomes_sha256": folded.outcomes_sha256,
    }
    if compare:
        last = {number: engine.last_offset for number, engine in folded.engines.items()}
        found = compare_outcomes(keep.outcomes, published_outcomes(bootstrap), last)
        told |= msgspec.structs.asdict(found)
    if compare_with is not None:
        told["difference"] = told.get("difference") or compare_lines(
            keep.lines.items(), outcomes_in_file(compare_with)
        )
    encoded = msgspec.json.encode(told)
    typer.echo((encoded if as_json else msgspec.json.format(encoded)).decode())
    if told.get("difference"):
        raise typer.Exit(1)


class _Keeper:
    """Keeps what the options ask for while a log is folded."""

    def __init__(
        self, *, record: BinaryIO | None, out: BinaryIO | None, bytes_too: bool, lines_too: bool
    ) -> None:
        import msgspec

        self.outcomes: dict[int, dict[str, bytes]] = {}
        self.lines: dict[str, bytes] = {}
        self._record, self._out = record, out
        self._bytes_too, self._lines_too = bytes_too, lines_too
        self._encode = msgspec.json.Encoder().encode

    @property
    def records(self) -> bool:
        """Whether the records of the log are kept: then with what was answered, to learn from."""
        return self._record is not None

    def on_record(self, one: "Record") -> None:
        if self._record is not None:
            self._record.write(self._encode(one) + b"\n")

    def on_emission(self, partition: int, emission: "Emission") -> None:
        from gigmatch.comparison import outcome_line
        from gigmatch.fold import bytes_of

        if self._bytes_too:
            self.outcomes.setdefault(partition, {})[emission.id] = bytes_of(emission)
        if self._out is None and not self._lines_too:
            return
        line = outcome_line(emission)
        if self._out is not None:
            self._out.write(line + b"\n")
        if self._lines_too:
            self.lines[emission.id] = line


def _fold(
    bootstrap: str,
    file: Path | None,
    partitions: int | None,
    snapshot_at: int | None,
    keep: _Keeper,
    *,
    until: int | None,
    check: bool,
) -> "Folded":
    from events.topics import EVENTS
    from gigmatch.errors import UserError
    from gigmatch.fold import fold, open_log, read_answered
    from gigmatch.progress import counting
    from gigmatch.settings import Settings
    from matching.invariants.inspector import Violation
    from models.registry import Registry

    shape, records = open_log(bootstrap, file)
    if file is None and keep.records:
        records = read_answered(bootstrap)
    with counting(shape.records) as count:

        def on_record(one: "Record") -> None:
            if file is not None or one.topic == EVENTS:
                count()
            keep.on_record(one)

        try:
            return fold(
                records,
                partitions or shape.partitions,
                Registry(Settings().releases).open,
                snapshot_at=snapshot_at,
                until=until,
                check=check,
                on_emission=keep.on_emission,
                on_record=on_record,
                is_refused=shape.is_refused,
            )
        except Violation as violation:
            raise UserError(str(violation)) from None


def _check_files(*, reads: tuple[Path | None, ...], writes: tuple[Path | None, ...]) -> None:
    """Raise BadParameter for a file that would be overwritten while it is read, or twice."""
    read = {path.resolve() for path in reads if path is not None}
    written = [path.resolve() for path in writes if path is not None]
    if read & set(written) or len(set(written)) < len(written):
        raise misuse("usage.files")
