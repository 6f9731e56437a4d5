"""`gigmatch model release|rollback|diff|retrain`: what happens to a release after training."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gigmatch.commands._said import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gigmatch.learning import Learnt
    from gigmatch.retraining import Retrained
    from models.difference import Difference
    from models.gate import Reason, Verdict
    from models.registry import Registry

RETRAINED = "offers and answers of the market's own log"

Logs = Annotated[
    list[Path] | None,
    typer.Argument(
        exists=True,
        dir_okay=False,
        help="Log files or their tables (Parquet); none: the topic market.events.",
    ),
]
Folder = Annotated[Path | None, typer.Option("--releases", help="Folder of releases.")]
Kafka = Annotated[str | None, typer.Option(help="Kafka bootstrap servers.")]
Partitions = Annotated[
    int | None, typer.Option(min=1, help="Partitions of a file's topic; default: from the file.")
]
Groups = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="CSV of worker_id,group: audit fairness."),
]
Against = Annotated[
    str | None, typer.Option(help="Compare with this release; default: at work in the log.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Name = Annotated[str, typer.Argument(help="Release id, its first characters or newest.")]


def register(model: typer.Typer) -> None:
    """Add the commands to `gigmatch model`."""
    for command in (release, rollback, diff, retrain):
        model.command(command.__name__)(command)


def release(
    candidate: Annotated[str, typer.Argument(help="Candidate's id or its first characters.")],
    logs: Logs = None,
    candidates: Annotated[Path | None, typer.Option(help="Folder of candidates.")] = None,
    releases: Folder = None,
    against: Against = None,
    groups: Groups = None,
    kafka: Kafka = None,
    partitions: Partitions = None,
    as_json: AsJson = False,
) -> None:
    """Judge a candidate beside the release at work; add it to the registry if it passes.

    Judged on those offers of the logs that are later than what it learnt from. Ends with exit
    code 1 and the reasons when it does not pass.
    """
    from gigmatch.releases import find, find_candidate, open_at_work
    from gigmatch.releasing import gate
    from gigmatch.settings import Settings
    from models.registry import Registry

    waiting, registry = Registry(candidates or Settings().candidates), _registry(releases)
    chosen = find_candidate(candidate, waiting)
    learnt = _learn(logs, kafka, partitions, registry)
    at_work = open_at_work(find(against, registry) if against else learnt.at_work, registry)
    manifest = waiting.manifest(chosen)
    verdict = gate(learnt, waiting.open(chosen), manifest, at_work, registry, groups)
    added = registry.add(manifest, waiting.files(chosen)) if verdict.passed else ""
    if as_json:
        _print_json({"candidate": chosen, "release": added, **_judgement(verdict)})
    else:
        _show_verdict(verdict)
        typer.echo(
            say("model.released", release=added)
            if added
            else say("model.not_released", candidate=chosen)
        )
    if not verdict.passed:
        raise typer.Exit(1)


def rollback(releases: Folder = None, kafka: Kafka = None, as_json: AsJson = False) -> None:
    """Promote the release that was at work before, by the log; once more goes further back."""
    from gigmatch.promotions import publish_promotion, read_promotions, release_before
    from gigmatch.releases import find
    from gigmatch.settings import Settings

    registry, bootstrap = _registry(releases), kafka or Settings().kafka
    before = find(release_before(read_promotions(bootstrap, registry.has)), registry)
    partitions = publish_promotion(before, bootstrap, is_rollback=True)
    if as_json:
        _print_json({"release": before, "partitions": partitions})
    else:
        typer.echo(say("model.back", release=before, n=partitions))


def diff(
    first: Name,
    second: Name,
    logs: Annotated[
        list[Path] | None,
        typer.Option(
            "--log", exists=True, dir_okay=False, help="Score the offers of logs or tables."
        ),
    ] = None,
    releases: Folder = None,
    partitions: Partitions = None,
    as_json: AsJson = False,
) -> None:
    """How two releases differ: size, features, data, figures, and scores.

    They score their golden batches or, with --log, the offers of log files.
    """
    from gigmatch.releases import find_trained
    from models.difference import Difference, golden_rows, scores, side

    registry = _registry(releases)
    ids = [find_trained(name, registry) for name in (first, second)]
    manifests = [registry.manifest(id) for id in ids]
    if logs:
        rows = _learn(logs, None, partitions, registry).data.features
    else:
        rows = golden_rows(*manifests)
    ours, theirs = (
        side(id, manifest, registry.files(id)) for id, manifest in zip(ids, manifests, strict=True)
    )
    found = Difference(
        sides=(ours, theirs),
        features=tuple(sorted(set(manifests[0].features) ^ set(manifests[1].features))),
        scores=scores(registry.open(ids[0]), registry.open(ids[1]), rows),
    )
    if as_json:
        _print_json(found)
    else:
        _show_difference(found)


def retrain(
    logs: Logs = None,
    releases: Folder = None,
    about: Annotated[str, typer.Option(help="What the logs are, in words.")] = RETRAINED,
    days: Annotated[float | None, typer.Option(min=1, help="Learn from so many last days.")] = None,
    groups: Groups = None,
    promote: Annotated[bool, typer.Option("--promote", help="Promote what passes.")] = False,
    every: Annotated[
        str | None, typer.Option(help="Again and again, such as 7d or 12h, until stopped.")
    ] = None,
    kafka: Kafka = None,
    partitions: Partitions = None,
    as_json: AsJson = False,
) -> None:
    """Train on the log, judge beside the release at work on the newest days, release if no worse.

    Never promotes by itself, with --promote only what has passed. Ends with exit code 1 and the
    reasons when nothing is released.
    """
    from gigmatch.retraining import retrain as run
    from gigmatch.settings import Settings

    registry, bootstrap = _registry(releases), kafka or Settings().kafka

    def once() -> "Retrained":
        return run(
            _learn(logs, kafka, partitions, registry),
            registry,
            about,
            days=days,
            groups=groups,
            promote_at=bootstrap if promote else None,
        )

    if every is None:
        if not _tell(once(), as_json=as_json):
            raise typer.Exit(1)
        return
    _again_and_again(once, every, as_json=as_json)


def _again_and_again(once: Any, every: str, *, as_json: bool) -> None:
    import signal
    import threading

    from gigmatch.periods import seconds_of
    from gigmatch.telling import tell

    period_s = seconds_of(every)
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    while not asked_to_stop.is_set():
        try:
            _tell(once(), as_json=as_json)
        except Exception as error:
            told = tell(error)
            if told is None:
                raise
            typer.echo(told.as_line(), err=True)
        asked_to_stop.wait(period_s)


def _tell(done: "Retrained", *, as_json: bool) -> bool:
    """Say what came of a retraining; whether there is a release."""
    if as_json:
        verdict = {} if done.verdict is None else _judgement(done.verdict)
        _print_json(
            {
                "release": done.release,
                "promoted": done.promoted,
                "at_work": done.at_work,
                **verdict,
                "reasons": _in_english(done.reasons),
            }
        )
        return bool(done.release)
    if done.verdict is not None:
        _show_verdict(done.verdict)
    else:
        for reason in done.reasons:
            typer.echo(say("model.refused", why=reason))
    if done.release:
        typer.echo(_released(done))
    return bool(done.release)


def _released(done: "Retrained") -> str:
    if done.promoted:
        what = say("model.is_promoted")
    elif done.reasons:  # of a release there is no other
        what = say("model.taken_back")
    else:
        return say("model.released", release=done.release)
    return say("model.released_and", release=done.release, what=what)


def _learn(
    logs: list[Path] | None, kafka: str | None, partitions: int | None, registry: "Registry"
) -> "Learnt":
    from gigmatch.learning import learn, shape_of
    from gigmatch.progress import counting
    from gigmatch.settings import Settings

    files, bootstrap = logs or [], kafka or Settings().kafka
    shape = shape_of(files, bootstrap)
    with counting(shape.records) as count:
        return learn(files, bootstrap, partitions or shape.partitions, registry, count)


def _registry(folder: Path | None) -> "Registry":
    from gigmatch.settings import Settings
    from models.registry import Registry

    return Registry(folder or Settings().releases)


def _judgement(verdict: "Verdict") -> dict[str, Any]:
    import msgspec

    reasons = {"reasons": _in_english(verdict.reasons)}
    return {"passed": verdict.passed, **msgspec.to_builtins(verdict), **reasons}


def _in_english(reasons: "Iterable[Reason]") -> list[str]:
    """As machines get them, whatever the language."""
    return [reason["en"] for reason in reasons]


def _show_verdict(verdict: "Verdict") -> None:
    from rich.table import Table

    from gigmatch.tables import paper

    table = Table(say("model.judged_by", n=verdict.rows, m=verdict.finished))
    for column in ("candidate", "is_at_work", "difference"):
        table.add_column(say(f"model.{column}"), justify="right")
    for name, figure in verdict.figures.items():
        table.add_row(
            say(f"model.figure.{name}"),
            f"{figure.candidate:.4f}",
            f"{figure.at_work:.4f}",
            say("model.range", low=f"{figure.low:+.4f}", high=f"{figure.high:+.4f}"),
        )
    for target, error in verdict.calibration.items():
        name = say("model.calibration", target=say(f"ops.target.{target}"))
        table.add_row(name, f"{error:.4f}", "", "")
    console = paper()
    console.print(table)
    for reason in verdict.reasons:
        console.print(say("model.against", why=reason), highlight=False)


def _show_difference(found: "Difference") -> None:
    from rich.table import Table

    from gigmatch.tables import paper

    table = Table("")
    for one in found.sides:
        table.add_column(one.release[:19], justify="right")
    for what in ("sequence", "text", "data", "days", "rows", "bytes", "trees", "leaves"):
        table.add_row(say(f"model.side.{what}"), *(str(getattr(one, what)) for one in found.sides))
    for target in found.sides[0].metrics:
        for measure in found.sides[0].metrics[target]:
            table.add_row(
                f"{say(f'ops.target.{target}')}: {say(f'model.measure.{measure}')}",
                *(f"{one.metrics[target][measure]:.4f}" for one in found.sides),
            )
    console, scored = paper(), found.scores
    console.print(table)
    names = ", ".join(found.features) or say("model.no_feature")
    console.print(say("model.only_one_has", names=names))
    figures = {
        "shift": f"{scored.shift:+.4f}",
        "mean": f"{scored.mean_difference:.4f}",
        "largest": f"{scored.largest_difference:.4f}",
        "agreement": f"{scored.agreement:.4f}",
        "common": f"{scored.best_in_common:.0%}",
    }
    console.print(say("model.scores", n=scored.rows, **figures))


def _print_json(value: object) -> None:
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())
