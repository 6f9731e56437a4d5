"""Employers: wage claims and the lost-trust list, and when they block."""

from events.facts import EmployerDelisted, EmployerListed, WageClaimClosed, WageClaimOpened
from events.outcomes import EmployerBlocked, EmployerCleared
from events.rejections import Rejection
from matching.ledger import Ledger
from matching.state import Employer


def wage_claim_opened(ledger: Ledger, fact: WageClaimOpened) -> None:
    """Workers say they have not been paid."""
    employer = ledger.state.employers.setdefault(fact.employer_id, Employer())
    if fact.claim_id in employer.claims:
        raise Rejection("claim_exists", "claim_id", value=fact.claim_id)
    employer.claims[fact.claim_id] = fact.amount_fen
    review(ledger, fact.employer_id)


def wage_claim_closed(ledger: Ledger, fact: WageClaimClosed) -> None:
    """A wage claim is settled."""
    employer = ledger.state.employers.get(fact.employer_id)
    if employer is None or fact.claim_id not in employer.claims:
        raise Rejection("unknown_claim", "claim_id", value=fact.claim_id)
    del employer.claims[fact.claim_id]
    review(ledger, fact.employer_id)


def employer_listed(ledger: Ledger, fact: EmployerListed) -> None:
    """The employer has lost trust."""
    employer = ledger.state.employers.setdefault(fact.employer_id, Employer())
    if employer.listed:
        raise Rejection("employer_is_listed", "employer_id", value=fact.employer_id)
    employer.listed = True
    review(ledger, fact.employer_id)


def employer_delisted(ledger: Ledger, fact: EmployerDelisted) -> None:
    """The employer is trusted again; their open wage claims still count."""
    employer = ledger.state.employers.get(fact.employer_id)
    if employer is None or not employer.listed:
        raise Rejection("employer_not_listed", "employer_id", value=fact.employer_id)
    employer.listed = False
    review(ledger, fact.employer_id)


def review(ledger: Ledger, employer_id: str) -> None:
    """Block or clear an employer by the list and their open claims, and tell their jobs."""
    employer = ledger.state.employers[employer_id]
    was_blocked = employer.blocked
    count = len(employer.claims)
    employer.blocked = employer.listed or count >= ledger.state.policy.block_after_claims
    if employer.blocked and not was_blocked:
        ledger.say(
            EmployerBlocked, employer_id=employer_id, open_claims=count, listed=employer.listed
        )
    elif was_blocked and not employer.blocked:
        ledger.say(EmployerCleared, employer_id=employer_id, open_claims=count)
    for job_id, job in ledger.state.jobs.items():
        if job.posted.employer_id == employer_id and job.status == "open":
            ledger.job_changed(job_id)
            if employer.blocked:
                ledger.withdraw_all(list(job.open_offers.values()), "employer_blocked")
            ledger.to_refill[job_id] = None
