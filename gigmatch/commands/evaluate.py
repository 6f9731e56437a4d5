"""`gigmatch model evaluate`, also `gigmatch evaluate`: the evidence beside a release."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import misuse, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.evidence.evaluation import Audited, Evaluation
    from models.replay import OnStep

Inputs = Annotated[
    list[Path], typer.Argument(exists=True, dir_okay=False, help="Log files or tables (Parquet).")
]


def register(app: typer.Typer) -> None:
    """Add the command; `gigmatch model` has the same."""
    app.command()(evaluate)


def evaluate(
    logs: Inputs,
    out: Annotated[Path, typer.Option(help="Folder for report.html, report.json, model-card.md.")],
    release: Annotated[
        str | None,
        typer.Option(help="Release id, its first characters, rules:v1 or newest, the default."),
    ] = None,
    candidate: Annotated[
        str | None,
        typer.Option(help="Judge a candidate instead: its id or its first characters."),
    ] = None,
    candidates: Annotated[Path | None, typer.Option(help="Folder of candidates.")] = None,
    persons: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Who people are (JSON Lines): adds the fairness audit.",
        ),
    ] = None,
    releases: Annotated[Path | None, typer.Option(help="Folder of releases.")] = None,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of the logged topic.")] = 1,
    replicates: Annotated[int, typer.Option(min=20, help="Bootstrap draws of jobs.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same report.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print where and what as JSON.")] = False,
) -> None:
    """Judge a release, or a candidate, on the last fifth of the logs' offers, beside the baselines.

    The logs are replayed with the releases that scored them. Writes a report with pictures, its
    figures as JSON, and a model card.
    """
    from gigmatch.commands.model import _registry
    from gigmatch.progress import reading
    from gigmatch.releases import find, find_candidate
    from gigmatch.settings import Settings
    from matching.scorer import RULES
    from models.evidence import report
    from models.evidence.evaluation import evaluate as evaluate_release
    from models.registry import Registry
    from models.sources import read_all

    if candidate and release:
        raise misuse("usage.release_or_candidate")
    registry = _registry(releases)
    judged = Registry(candidates or Settings().candidates) if candidate else registry
    chosen = find_candidate(candidate, judged) if candidate else find(release or "newest", judged)
    manifest = None if chosen == RULES else judged.manifest(chosen)
    audited = None if persons is None else _audited(persons, logs)
    with reading(logs) as on_bytes:
        data, sources = read_all(logs, partitions, registry.open, on_bytes, *_watch(audited))
    evaluation = evaluate_release(
        data, sources, judged.open(chosen), manifest, audited, replicates=replicates, seed=seed
    )
    files = report.write(out, evaluation, manifest)
    _tell(evaluation, {name: str(path) for name, path in files.items()}, as_json=as_json)


def _audited(persons: Path, logs: list[Path]) -> "Audited":
    """Raises UserError when there is a table among the logs, PersonsError for a bad file."""
    from gigmatch.errors import SaidError
    from models.evidence.audit import Exposure, read_persons
    from models.evidence.evaluation import Audited
    from models.parquet import is_parquet

    tables = [path.name for path in logs if is_parquet(path)]
    if tables:
        raise SaidError("model.only_asked", names=", ".join(tables))
    return Audited(read_persons(persons), Exposure())


def _watch(audited: "Audited | None") -> "tuple[OnStep, Callable[[int], None]]":
    """What is told of each fact, and of each log."""
    if audited is None:
        return (lambda *_: None), (lambda _: None)
    return audited.exposure.on_step, audited.exposure.on_log


def _tell(evaluation: "Evaluation", files: dict[str, str], *, as_json: bool) -> None:
    import msgspec

    figures = {
        target: {name: one.value for name, one in evidence.models["model"].items()}
        for target, evidence in evaluation.judgement.targets.items()
    }
    if as_json:
        told = {"release": evaluation.release, "files": files, "figures": figures}
        typer.echo(msgspec.json.encode(told).decode())
        return
    for target, found in figures.items():
        line = "  ".join(
            f"{say(f'model.measure.{name}')} {value:.4f}" for name, value in found.items()
        )
        typer.echo(f"{say(f'ops.target.{target}')}: {line}")
    for path in files.values():
        typer.echo(path)
