"""`gigmatch what-if`: recorded days under another model or policy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gigmatch.commands._said import misuse, say

if TYPE_CHECKING:
    from models.off_policy import WhatIf


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("what-if")(what_if)


def what_if(
    model: Annotated[
        str | None, typer.Option(help="Release id, its first characters, newest or rules:v1.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="Fields of a policy as JSON, or a file of them.")
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="Log file; none: the topic market.events."),
    ] = None,
    releases: Annotated[Path | None, typer.Option(help="Folder of releases.")] = None,
    kafka: Annotated[str | None, typer.Option(help="Kafka bootstrap servers.")] = None,
    partitions: Annotated[
        int | None, typer.Option(min=1, help="Partitions of a file's topic; default: by the file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Replay recorded days under another model or policy: what changes, and what it is worth.

    Whoever is asked changes, at each moment of the log; when and how many stay as recorded.
    """
    from events.topics import EVENTS
    from gigmatch.fold import read_answered, read_file
    from gigmatch.learning import shape_of
    from gigmatch.progress import counting
    from gigmatch.releases import find
    from gigmatch.settings import Settings
    from models.alternatives import Alternative, DecisionReplay
    from models.off_policy import TARGETS, rewards_of
    from models.off_policy import what_if as estimate
    from models.parquet import is_parquet
    from models.registry import Registry

    registry = Registry(releases or Settings().releases)
    release = find(model, registry) if model else ""
    changed, ignored = _policy(policy)
    if not release and not changed:
        raise misuse("usage.what_if")
    alternative = Alternative(registry.open(release) if release else None, changed)
    bootstrap, files = kafka or Settings().kafka, log or []
    if tables := [file.name for file in files if is_parquet(file)]:
        raise misuse("usage.table", name=tables[0])
    shape = shape_of(files, bootstrap)
    sources = [read_file(file) for file in files] or [read_answered(bootstrap)]
    replays = []
    with counting(shape.records) as count:
        for number, records in enumerate(sources):
            replay = DecisionReplay(
                partitions or shape.partitions, registry.open, alternative, f"{number}/"
            )
            for record in records:
                replay.feed(record)
                if files or record.topic == EVENTS:  # of the topics only events were counted
                    count()
            replays.append(replay)
    rewards: dict[str, dict[str, float]] = {target: {} for target in TARGETS}
    for number, replay in enumerate(replays):
        for target, known in rewards_of(replay.dataset(), f"{number}/").items():
            rewards[target] |= known
    found = estimate(
        [decision for replay in replays for decision in replay.decisions],
        rewards,
        sum(replay.in_rounds for replay in replays),
    )
    if as_json:
        import msgspec

        warnings = [warning["en"] for warning in found.warnings]  # whatever the language
        told = {
            "model": release,
            "policy": changed,
            "not_judged": ignored,
            "found": {**msgspec.structs.asdict(found), "warnings": warnings},
        }
        typer.echo(msgspec.json.encode(told).decode())
    else:
        _show(found, ignored)


def _policy(given: str | None) -> tuple[dict[str, Any], list[str]]:
    """The fields that say who is asked, and the names of those that do not. Raises UserError."""
    import msgspec

    from events.phrases import translated
    from events.values import Policy
    from gigmatch.errors import SaidError
    from models.alternatives import COUNTED

    if given is None:
        return {}, []
    text = given.encode() if given.lstrip().startswith("{") else Path(given).read_bytes()
    try:
        fields: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
        if unknown := fields.keys() - set(Policy.__struct_fields__):
            raise SaidError("what_if.no_field", names=", ".join(sorted(unknown)))
        policy = msgspec.convert(fields, Policy)
    except msgspec.DecodeError as error:
        raise SaidError("what_if.no_policy", why=translated(str(error))) from None
    changed: dict[str, Any] = {name: getattr(policy, name) for name in COUNTED if name in fields}
    return changed, sorted(fields.keys() - set(COUNTED))


def _show(found: "WhatIf", ignored: list[str]) -> None:
    from rich.table import Table

    from gigmatch.tables import paper

    console, changes, support = paper(), found.changes, found.support
    shares = {
        "decisions_differing": f"{changes.decisions_differing:.1%}",
        "offers_differing": f"{changes.offers_differing:.1%}",
        "overlap": f"{changes.ranking_overlap:.1%}",
    }
    console.print(say("what_if.changes", decisions=changes.decisions, n=changes.offers, **shares))
    figures = {
        "never": f"{support.never_observed:.1%}",
        "size": f"{support.effective_sample_size:.0f}",
        "certain": f"{support.certain:.1%}",
    }
    console.print(
        say("what_if.support", observed=support.observed, n=support.new_choices, **figures)
    )
    targets = (say(f"ops.target.{target}") for target in found.estimates)
    table = Table(say("what_if.per_offer"), *targets)
    for name in next(iter(found.estimates.values())):
        cells = []
        for estimates in found.estimates.values():
            one = estimates[name]
            if one.value is None:
                cells.append("-")
                continue
            ends = {end: f"{getattr(one, end):.4f}" for end in ("value", "low", "high")}
            cells.append(say("what_if.value", **ends))
        table.add_row(say(f"what_if.{name}"), *cells)
    console.print(table)
    for warning in found.warnings:
        console.print(say("what_if.note", why=warning), highlight=False)
    if ignored:
        console.print(say("what_if.not_judged", names=", ".join(ignored)))
