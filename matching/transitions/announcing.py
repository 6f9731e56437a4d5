"""Publishing a ranking."""

from events.outcomes import MatchRanked
from matching.ledger import Ledger
from matching.ranking import Ranking


def announce(
    ledger: Ledger, ranking: Ranking, *, job_id: str | None = None, worker_id: str | None = None
) -> None:
    """Say how workers rank for a job, or jobs for a worker."""
    jobs = ledger.state.jobs
    subject = "job" if job_id is not None else "worker"
    ledger.say(
        MatchRanked,
        subject=subject,
        model=ledger.state.release,
        policy=ledger.state.policy.mode,
        pool=ranking.candidates.looked_at,
        feasible=len(ranking.candidates.ids),
        excluded=ranking.candidates.excluded,
        ranking=ranking.published(
            ledger.state.policy.ranking_size,
            "job" if job_id is not None else "worker",
            lambda id: bool(jobs[job_id or id].posted.skills),
        ),
        job_id=job_id,
        worker_id=worker_id,
    )
