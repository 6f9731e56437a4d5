"""`gigmatch explain`: why a job's ranking is what it is, and what would have to change."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import misuse

if TYPE_CHECKING:
    from matching.explain import JobExplanation, PairExplanation
    from matching.market import Market
    from matching.whatif.search import WhatIf


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    job: Annotated[str, typer.Argument(help="Job id.")],
    worker: Annotated[
        str | None, typer.Option(help="Explain this worker's place, or why they have none.")
    ] = None,
    what_if: Annotated[
        bool, typer.Option("--what-if", help="What would have to change so that it fills.")
    ] = False,
    zone: Annotated[str | None, typer.Option(help="The job's zone, which is quicker.")] = None,
    log: Annotated[Path | None, typer.Option(help="Log file instead of the broker.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain a job's ranking, one worker's place in it, or what would fill the job.

    Brings the market up to now from its snapshots and the log: for a worker who is not in the
    ranking, names the constraint that excludes them and by how much, and each other that they fail.
    What would fill a job is found by running the market again with its posting changed.
    """
    import msgspec

    from gigmatch.advising import advice_lines
    from gigmatch.explaining import job_lines, pair_lines
    from gigmatch.settings import Settings
    from matching.explain import explain_job

    market, language = _market_of(job, zone, log), Settings().language
    told: JobExplanation | PairExplanation | WhatIf
    if what_if:
        told = _what_if(market, job)
        lines = advice_lines(told, language)
    elif worker is None:
        told = explain_job(market, job)
        lines = job_lines(told, language)
    else:
        told = _pair(market, job, worker)
        lines = pair_lines(told, language)
    typer.echo(msgspec.json.encode(told).decode() if as_json else "\n".join(lines))


def _pair(market: "Market", job: str, worker: str) -> "PairExplanation":
    """Why a worker does or does not match. Raises UserError for one who is not available."""
    from gigmatch.errors import SaidError, in_each_language
    from matching.explain import closed_as, explain_pair

    zone = market.state.zone
    if worker not in market.state.workers:
        raise SaidError("explain.no_worker", zone=zone, worker=worker)
    try:
        return explain_pair(market, job, worker)
    except KeyError:
        if closed := closed_as(market, job):
            why = in_each_language(f"explain.closed.{closed}", job_id=job)
            raise SaidError("explain.closed_and_away", closed=why, worker=worker) from None
        raise SaidError("explain.away", zone=zone, worker=worker) from None


def _what_if(market: "Market", job: str) -> "WhatIf":
    """What would have to change. Raises UserError for a job that is not open."""
    from gigmatch.errors import SaidError, in_each_language
    from matching.whatif.search import what_if

    told = what_if(market, job)
    if told is None:
        status = in_each_language(f"explain.status.{market.state.jobs[job].status}")
        raise SaidError("explain.not_open", job=job, status=status)
    return told


def _market_of(job: str, zone: str | None, log: Path | None) -> "Market":
    """The market that knows the job, from the broker or folded from a file. Raises UserError."""
    import re

    from gigmatch.errors import SaidError

    if zone is not None and not re.fullmatch(r"[0-9]{6}", zone, re.ASCII):
        raise misuse("usage.zone", hint="--zone")
    markets = _markets_now(zone) if log is None else _markets_of(log)
    for market in markets:
        if job in market.state.jobs and zone in (None, market.state.zone):
            return market
    if zone is None:
        raise SaidError("explain.no_job", job=job)
    raise SaidError("explain.no_job_in_zone", job=job, zone=zone)


def _markets_now(zone: str | None) -> "Iterator[Market]":
    from gigmatch.logs import configure_for_people
    from gigmatch.present import markets_now
    from gigmatch.settings import Settings
    from models.registry import Registry

    settings = Settings()
    configure_for_people(settings)
    return markets_now(settings.kafka, Registry(settings.releases).open, zone)


def _markets_of(log: Path) -> "Iterator[Market]":
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
            is_refused=shape.is_refused,
        )
    for engine in folded.engines.values():
        yield from engine.markets.values()
