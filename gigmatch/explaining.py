"""Explanations as sentences, in the language of the settings."""

import math
from collections.abc import Iterable
from typing import Final

from events.outcomes import Ranked
from events.texts import text
from matching.constraints import Failure
from matching.explain import Closed, JobExplanation, PairExplanation, Reach

NEAR_KM: Final = 3
"""A way may speak for somebody without being short: below this it is near, as on the pages."""


def job_lines(told: JobExplanation, language: str) -> list[str]:
    """A job's ranking: how many fit, whom it asks, what excludes others, lines with reasons."""
    head = text(
        "explain.job",
        language,
        job_id=told.job_id,
        status=text(f"explain.status.{told.status}", language),
        open=told.open_places,
        feasible=told.feasible,
        pool=told.pool,
        model=told.model,
    )
    excluded = (
        f"  {text(f'excluded.{code}', language)}: {count}" for code, count in told.excluded.items()
    )
    ranking = (
        f"{line.rank:>4}  {line.worker_id}  {line.score:.3f}  {line.distance_km} km  "
        f"{_reasons(line, language)}"
        for line in told.ranking
    )
    reach = [] if told.reach is None else [f"  {_reach_words(told.reach, language)}"]
    return [head, *reach, *excluded, *ranking]


def _reach_words(reach: Reach, language: str) -> str:
    """How far a job looks by itself, and when it looks farther."""
    if reach.minutes is None or reach.widens_at is None:
        return text("explain.reach.all", language)
    return text(
        "explain.reach.ring",
        language,
        minutes=f"{reach.minutes:.10g}",
        wait=_minutes(reach.widens_at - reach.now),
    )


def pair_lines(told: PairExplanation, language: str) -> list[str]:
    """A worker's place in a ranking, or what excludes them: first the constraint that counts.

    Before all that, that the job is closed: then it is what nobody is asked for any more.
    """
    ids = {"job_id": told.job_id, "worker_id": told.worker_id}
    standing = [closed_words(told.closed, told.job_id, language)] if told.closed else []
    if told.standing:
        standing.append(text(f"explain.standing.{told.standing}", language, **ids))
    if told.standing == "booked":
        return standing
    if told.scored is None:
        first, *others = (failure_words(failure, language) for failure in told.failures)
        return [
            *standing,
            text("explain.fails", language, failure=first, **ids),
            *(f"  {text('explain.also', language, failure=other)}" for other in others),
        ]
    scored = told.scored
    line = text(
        "explain.fits",
        language,
        rank=told.rank,
        score=scored.score,
        p_accept=scored.p_accept,
        p_complete=scored.p_complete,
        km=scored.distance_km,
        reasons=_reasons(scored, language),
        **ids,
    )
    return [*standing, line, *_beyond_words(told, language)]


def _beyond_words(told: PairExplanation, language: str) -> list[str]:
    """That somebody lives farther away than a job looks by itself, and when it will."""
    if told.reached_at is None:
        return []
    return [
        text(
            "explain.reach.beyond",
            language,
            job_id=told.job_id,
            worker_id=told.worker_id,
            rings=told.rings_beyond,
            wait=_minutes(told.reached_at - told.now),
        )
    ]


def _minutes(millis: int) -> int:
    return math.ceil(millis / 60_000)


def closed_words(closed: Closed, job_id: str, language: str) -> str:
    """That nobody is asked for a job any more, and why."""
    return text(f"explain.closed.{closed}", language, job_id=job_id)


def failure_words(failure: Failure, language: str) -> str:
    """What a pair fails, and by how much."""
    key = ".".join(filter(None, ("failure", failure.code, failure.unit)))
    by = "" if failure.by is None else f"{failure.by:.10g}"
    return text(key, language, by=by, missing=listed(failure.missing, language))


def listed(words: Iterable[str], language: str) -> str:
    """Words in a row."""
    return ("、" if language == "zh-CN" else ", ").join(words)


def _reasons(line: Ranked, language: str) -> str:
    return listed(
        (
            f"{_reason(reason.code, line.distance_km, language)} {reason.contribution:+.3f}"
            for reason in line.reasons
        ),
        language,
    )


def _reason(code: str, km: float, language: str) -> str:
    only_suits = code == "near" and km >= NEAR_KM
    return text("page.way_suits" if only_suits else f"reason.{code}", language)
