"""`gigmatch explain`: why a job's ranking is what it is, and why a worker is not in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from events.outcomes import Ranked
    from matching.explain import JobExplanation, PairExplanation
    from matching.market import Market


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    job: Annotated[str, typer.Argument(help="Job id.")],
    worker: Annotated[str | None, typer.Argument(help="Worker id.")] = None,
    log: Annotated[Path | None, typer.Option(help="Log file instead of the broker.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain a ranking, or one worker's place in it.

    Folds the log up to now: for a worker who is not in it, names each constraint that they fail,
    and by how much.
    """
    import msgspec

    from gigmatch.errors import UserError
    from matching.explain import explain_job, explain_pair

    market = _market_of(job, log)
    told: JobExplanation | PairExplanation
    if worker is None:
        told = explain_job(market, job)
        words = _job_words(told)
    else:
        if worker not in market.state.workers:
            raise UserError(
                f"zone {market.state.zone} knows no worker {worker}: check the id, or publish "
                "worker.available for them"
            )
        try:
            told = explain_pair(market, job, worker)
        except KeyError:
            raise UserError(
                f"worker {worker} is not available in zone {market.state.zone} now: publish "
                "worker.available for them"
            ) from None
        words = _pair_words(told)
    typer.echo(msgspec.json.encode(told).decode() if as_json else words)


def _market_of(job: str, log: Path | None) -> "Market":
    """The market that knows the job, folded from the log. Raises UserError when none does."""
    from gigmatch.errors import UserError
    from gigmatch.fold import fold, open_log
    from gigmatch.progress import counting
    from gigmatch.settings import Settings
    from models.registry import Registry

    settings = Settings()
    shape, records = open_log(settings.kafka, log)
    with counting(shape.records) as count:
        folded = fold(
            records,
            shape.partitions,
            Registry(settings.releases).open,
            on_record=lambda record: count(),
        )
    markets = [m for engine in folded.engines.values() for m in engine.markets.values()]
    for market in markets:
        if job in market.state.jobs:
            return market
    raise UserError(
        f"no job {job} in the log: it was never posted, was refused (`gigmatch dead-letters "
        "list`), or closed more than a week ago"
    )


def _job_words(told: "JobExplanation") -> str:
    lines = [
        f"{told.job_id}: {told.status}, {told.open_places} open; {told.feasible} of {told.pool} "
        f"fit; model {told.model}",
        *(f"  {_word('excluded', code)}: {count}" for code, count in told.excluded.items()),
    ]
    lines += [
        f"{line.rank:>4}  {line.worker_id}  {line.score:.3f}  {line.distance_km} km  "
        f"{_reasons(line)}"
        for line in told.ranking
    ]
    return "\n".join(lines)


def _pair_words(told: "PairExplanation") -> str:
    if told.scored is None:
        lines = [f"{told.worker_id} does not fit {told.job_id}:"]
        for failure in told.failures:
            by = ""
            if failure.by is not None and failure.by > 0:
                by = f" ({failure.by:g} {failure.unit.replace('_', ' a ')})"
            missing = f": {', '.join(failure.missing)}" if failure.missing else ""
            lines.append(f"  {_word('excluded', failure.code)}{by}{missing}")
        return "\n".join(lines)
    scored = told.scored
    return (
        f"{told.worker_id} is number {told.rank} for {told.job_id}: score {scored.score}, "
        f"P(accept) {scored.p_accept}, P(complete) {scored.p_complete}, "
        f"{scored.distance_km} km; {_reasons(scored)}"
    )


def _reasons(line: "Ranked") -> str:
    return ", ".join(
        f"{_word('reason', reason.code)} {reason.contribution:+.3f}" for reason in line.reasons
    )


def _word(group: str, code: str) -> str:
    from events.texts import text
    from gigmatch.settings import Settings

    return text(f"{group}.{code}", Settings().language)
