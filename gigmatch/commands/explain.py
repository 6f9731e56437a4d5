"""`gigmatch explain`: why a job's ranking is what it is, and why a worker is not in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from matching.explain import JobExplanation, PairExplanation


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    job: Annotated[str, typer.Argument(help="Job id.")],
    worker: Annotated[str | None, typer.Argument(help="Worker id.")] = None,
    log: Annotated[Path | None, typer.Option(help="Log file instead of the broker.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fold the log up to now and explain a job's ranking, or one pair."""
    import msgspec

    from gigmatch.fold import count_partitions, fold, read_file, read_topic
    from gigmatch.settings import Settings
    from matching.explain import explain_job, explain_pair
    from models.registry import Registry

    settings = Settings()
    open_scorer = Registry(settings.releases).open
    if log is not None:
        folded = fold(read_file(log), 1, open_scorer)
    else:
        folded = fold(read_topic(settings.kafka), count_partitions(settings.kafka), open_scorer)
    markets = [m for engine in folded.engines.values() for m in engine.markets.values()]
    market = next((m for m in markets if job in m.state.jobs), None)
    if market is None:
        _fail(f"no job {job} in the log: it was never posted, or closed more than a week ago")
    if worker is None:
        told = explain_job(market, job)
        typer.echo(msgspec.json.encode(told).decode() if as_json else _job_words(told))
        return
    try:
        pair = explain_pair(market, job, worker)
    except KeyError:
        _fail(f"worker {worker} is not available in zone {market.state.zone} now")
    typer.echo(msgspec.json.encode(pair).decode() if as_json else _pair_words(pair))


def _fail(what: str) -> NoReturn:
    typer.echo(f"error: {what}", err=True)
    raise typer.Exit(1)


def _job_words(told: "JobExplanation") -> str:
    lines = [
        f"{told.job_id}: {told.status}, {told.open_places} open; {told.feasible} of {told.pool} "
        f"fit; model {told.model}",
        *(f"  {_word('excluded', code)}: {count}" for code, count in told.excluded.items()),
    ]
    for line in told.ranking:
        reasons = ", ".join(
            f"{_word('reason', reason.code)} {reason.contribution:+.3f}" for reason in line.reasons
        )
        lines.append(
            f"{line.rank:>4}  {line.worker_id}  {line.score:.3f}  {line.distance_km} km  {reasons}"
        )
    return "\n".join(lines)


def _pair_words(told: "PairExplanation") -> str:
    if told.scored is None:
        lines = [f"{told.worker_id} does not fit {told.job_id}:"]
        for failure in told.failures:
            by = "" if failure.by is None else f" ({failure.by:g} {failure.unit})"
            missing = f": {', '.join(failure.missing)}" if failure.missing else ""
            lines.append(f"  {_word('excluded', failure.code)}{by}{missing}")
        return "\n".join(lines)
    reasons = ", ".join(
        f"{_word('reason', reason.code)} {reason.contribution:+.3f}"
        for reason in told.scored.reasons
    )
    return (
        f"{told.worker_id} is number {told.rank} for {told.job_id}: score {told.scored.score}, "
        f"P(accept) {told.scored.p_accept}, P(complete) {told.scored.p_complete}, "
        f"{told.scored.distance_km} km; {reasons}"
    )


def _word(group: str, code: str) -> str:
    from events.texts import text
    from gigmatch.settings import Settings

    return text(f"{group}.{code}", Settings().language)
