"""`gigmatch model`: train candidates from logs, look at releases, promote one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gigmatch.commands import _model_lifecycle
from gigmatch.commands._said import say

if TYPE_CHECKING:
    from models.dataset import Dataset
    from models.manifest import Manifest
    from models.registry import Registry
    from models.sources import Sources

DEFAULT_ABOUT = "offers and answers of the given logs, not described further"

Logs = Annotated[
    list[Path], typer.Argument(exists=True, dir_okay=False, help="Log files or tables (Parquet).")
]
Folder = Annotated[Path | None, typer.Option("--releases", help="Folder of releases.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Name = Annotated[str, typer.Argument(help="Release id, its first characters, rules:v1 or newest.")]


def register(app: typer.Typer) -> None:
    """Add `gigmatch model` with its commands."""
    from gigmatch.commands.evaluate import evaluate

    model = typer.Typer(
        help="Models from training and evidence to promotion, and back.", no_args_is_help=True
    )
    for command in (train, evaluate, list_releases, show, promote):
        name = "list" if command is list_releases else command.__name__
        model.command(name)(command)
    _model_lifecycle.register(model)
    app.add_typer(model, name="model")


def train(
    logs: Logs,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of candidates.")] = None,
    releases: Folder = None,
    about: Annotated[str, typer.Option(help="What the logs are, in words.")] = DEFAULT_ABOUT,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of the logged topic.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Learn a candidate from logs or their tables; `gigmatch model release` makes it a release."""
    from gigmatch.settings import Settings
    from models.registry import Registry
    from models.release import build

    candidates = Registry(out or Settings().candidates)
    manifest, files = build(*_read(logs, partitions, _registry(releases)), about)
    _show(candidates.keep(manifest, files), candidates, as_json=as_json)


def list_releases(
    releases: Folder = None,
    at_work: Annotated[
        bool, typer.Option("--at-work", help="Mark what is at work, by the log of the broker.")
    ] = False,
    kafka: Annotated[str | None, typer.Option(help="Kafka bootstrap servers.")] = None,
    as_json: AsJson = False,
) -> None:
    """All releases, oldest first."""
    from rich.table import Table

    from gigmatch.tables import paper

    registry = _registry(releases)
    infos = registry.releases()
    working = _at_work(registry, kafka) if at_work else None
    if as_json:
        marks = {} if working is None else {info.release: working == info.release for info in infos}
        _print_json(
            [
                {
                    "release": info.release,
                    "problem": "" if info.error is None else info.error.problem["en"],
                    **_brief(info.manifest),
                    **({"at_work": marks[info.release]} if marks else {}),
                }
                for info in infos
            ]
        )
        return
    if working is not None:
        typer.echo(say("model.at_work", release=working))
    table = Table(say("model.number"))
    table.add_column(say("model.release"), no_wrap=True)
    for column in ("offers", "auc.accept", "auc.complete", "trained_on"):
        table.add_column(say(f"model.{column}"))
    mark = f" {say('model.is_at_work')}"
    for info in infos:
        if info.error is not None:
            damaged = say("model.damaged", why=info.error.problem)
            table.add_row("-", info.release[:19], "", "", "", damaged)
            continue
        brief = _brief(info.manifest)
        table.add_row(
            f"{brief['sequence']}{mark if info.release == working else ''}",
            info.release[:19],
            str(brief["offers"]),
            f"{brief['auc_accept']:.3f}",
            f"{brief['auc_complete']:.3f}",
            str(brief["text"]),
        )
    paper().print(table)


def show(release: Name, releases: Folder = None, as_json: AsJson = False) -> None:
    """What a release was trained on and how good it was on the last slice of time."""
    from gigmatch.releases import find

    registry = _registry(releases)
    _show(find(release, registry), registry, as_json=as_json)


def promote(
    release: Name,
    releases: Folder = None,
    kafka: Annotated[str | None, typer.Option(help="Kafka bootstrap servers.")] = None,
    unless_promoted: Annotated[
        bool, typer.Option(help="Do nothing when a release has been promoted before.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score with this release from now on: `model.promoted` to every partition."""
    from confluent_kafka import KafkaException

    from events.phrases import translated
    from gigmatch.errors import SaidError
    from gigmatch.promotions import publish_promotion, read_promotions
    from gigmatch.reach import require_broker
    from gigmatch.releases import find
    from gigmatch.settings import Settings
    from producers.publisher import DeliveryError

    registry = _registry(releases)
    chosen = find(release, registry)
    bootstrap = kafka or Settings().kafka
    if unless_promoted:
        promotions = read_promotions(bootstrap, registry.has).values()
        if any(one.before for one in promotions):
            at_work = ", ".join(sorted({one.at_work for one in promotions}))
            typer.echo(say("model.kept", releases=at_work))
            return
    require_broker(bootstrap)
    try:
        partitions = publish_promotion(chosen, bootstrap)
    except DeliveryError as error:
        why = error.in_each_language()
        raise SaidError("model.not_promoted", bootstrap=bootstrap, why=why) from None
    except KafkaException as error:
        why = translated(error.args[0].str())
        raise SaidError("model.not_promoted", bootstrap=bootstrap, why=why) from None
    if as_json:
        _print_json({"release": chosen, "partitions": partitions})
    else:
        typer.echo(say("model.promoted", release=chosen, n=partitions))


def _read(logs: list[Path], partitions: int, registry: "Registry") -> "tuple[Dataset, Sources]":
    """The offers of logs or tables, and the logs they come from, with a progress bar."""
    from gigmatch.progress import reading
    from models.sources import read_all

    with reading(logs) as on_bytes:
        return read_all(logs, partitions, registry.open, on_bytes)


def _registry(folder: Path | None) -> "Registry":
    from gigmatch.settings import Settings
    from models.registry import Registry

    return Registry(folder or Settings().releases)


def _at_work(registry: "Registry", kafka: str | None) -> str:
    """What scores in every partition, by the broker's log."""
    from gigmatch.promotions import read_promotions, release_at_work
    from gigmatch.settings import Settings

    return release_at_work(read_promotions(kafka or Settings().kafka, registry.has))


def _show(release: str, registry: "Registry", *, as_json: bool) -> None:
    import msgspec
    from rich.table import Table

    from gigmatch.tables import paper

    if release.startswith("rules:"):
        typer.echo(say("model.rules", release=release))
        return
    manifest = registry.manifest(release)
    if as_json:
        _print_json({"release": release, **msgspec.to_builtins(manifest)})
        return
    console, on = paper(), manifest.trained_on
    numbered = say("model.numbered", n=manifest.sequence)
    console.print(f"[bold]{release}[/bold] ({numbered})")
    console.print(say("model.trained_on_text", text=on.text))
    rows = {"train": on.train_rows, "calibrate": on.calibrate_rows, "test": on.test_rows}
    console.print(say("model.parts", days=on.days, **rows))
    measures = ("auc", "log_loss", "brier", "ece")
    table = Table(say("model.last_slice"), *(say(f"model.measure.{name}") for name in measures))
    for target, evidence in manifest.metrics.items():
        for name, metrics in {"model": evidence.model, **evidence.baselines}.items():
            cells = (f"{metrics[key]:.4f}" for key in measures)
            who = say(f"model.by.{name}")
            table.add_row(f"{say(f'ops.target.{target}')}: {who}", *cells)
    console.print(table)


def _brief(manifest: "Manifest | None") -> dict[str, Any]:
    if manifest is None:
        return {}
    return {
        "sequence": manifest.sequence,
        "offers": sum(log.offers for log in manifest.trained_on.logs),
        "auc_accept": manifest.metrics["accept"].model["auc"],
        "auc_complete": manifest.metrics["complete"].model["auc"],
        "text": manifest.trained_on.text,
    }


def _print_json(value: object) -> None:
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())
