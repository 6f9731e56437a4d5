"""Wage claims: what a station may open, and what is open in its zone."""

from events.facts import WageClaimOpened
from events.rejections import Rejection
from gateway.answers.terminal import ClaimsView, ClaimView
from gateway.reading import ReadModel


def check_claim(claim: WageClaimOpened) -> None:
    """Raise Rejection for a claim of nothing: the contract has such, of records without the sum."""
    if not claim.amount_fen:
        raise Rejection("claim_without_amount", "amount_fen")


async def claims_view(model: ReadModel, zone: str) -> ClaimsView:
    """What is open, the oldest first: whoever is asked can tell it and close it."""
    [market] = await model.markets([zone])
    claims = [
        ClaimView(
            claim_id=claim_id,
            employer_id=employer_id,
            employer_name=claim.employer_name,
            amount_fen=claim.amount_fen,
            workers=claim.workers,
            at=claim.at,
            station_id=claim.station_id or None,
            blocked=employer_id in market.blocked,
        )
        for employer_id, open_ones in market.claims.items()
        for claim_id, claim in open_ones.items()
    ]
    claims.sort(key=lambda claim: (claim.at, claim.claim_id))
    return ClaimsView(zone=zone, now=await model.now(zone), claims=claims)
