"""Wage claims: what a station may open and close, and what is open and was closed in its zone."""

from events.facts import WageClaimClosed, WageClaimOpened
from events.rejections import Rejection
from gateway.access.principals import Station
from gateway.answers.terminal import ClaimsView, ClaimView, ClosedClaimView
from gateway.reading import ReadModel
from gigmatch.claim_terms import due_at
from gigmatch.readmodel.zone import ZoneDoc


def check_claim(claim: WageClaimOpened) -> None:
    """Raise Rejection for a claim of nothing: the contract has such, of records without the sum."""
    if not claim.amount_fen:
        raise Rejection("claim_without_amount", "amount_fen")


def check_closing(closing: WageClaimClosed) -> None:
    """Raise Rejection for a referral to nowhere: the contract has such, of older records."""
    if closing.result == "referred" and closing.referred_to is None:
        raise Rejection("referral_without_office", "referred_to")


async def claims_view(model: ReadModel, station: Station) -> ClaimsView:
    """What is open, what a station owes first: whoever is asked can tell it and close it."""
    [market] = await model.markets([station.zone])
    now = await model.now(station.zone)
    claims = _open(market, now)
    claims.sort(key=lambda one: (not _owes(station, one), one.at, one.claim_id))
    return ClaimsView(zone=station.zone, now=now, claims=claims, closed=_closed(market))


def _owes(station: Station, claim: ClaimView) -> bool:
    return claim.overdue and claim.station_id in (None, station.station_id)


def _open(market: ZoneDoc, now: int) -> list[ClaimView]:
    return [
        ClaimView(
            claim_id=claim_id,
            employer_id=employer_id,
            employer_name=claim.employer_name,
            amount_fen=claim.amount_fen,
            workers=claim.workers,
            at=claim.at,
            station_id=claim.station_id or None,
            kind=claim.kind,
            due_at=(due := due_at(claim.kind, market.zone, claim.at)),
            overdue=due < now,
            blocked=employer_id in market.blocked,
        )
        for employer_id, open_ones in market.claims.items()
        for claim_id, claim in open_ones.items()
    ]


def _closed(market: ZoneDoc) -> list[ClosedClaimView]:
    closed = [
        (employer_id, claim_id, claim)
        for employer_id, ones in market.closed_claims.items()
        for claim_id, claim in ones.items()
    ]
    closed.sort(key=lambda one: -one[2].offset)
    return [
        ClosedClaimView(
            claim_id=claim_id,
            employer_id=employer_id,
            employer_name=claim.employer_name,
            amount_fen=claim.amount_fen,
            workers=claim.workers,
            station_id=claim.station_id or None,
            closed_at=claim.closed_at,
            result=claim.result,
            referred_to=claim.referred_to or None,
        )
        for employer_id, claim_id, claim in closed
    ]
