"""What a worker says yes or no to: a job's terms for them, and which of them they have refused.

The same terms are never offered again to a worker who has declined them. They are other terms when
the pay is higher, or when shifts, place, perks, the unit of pay or its settlement changed, or what
the worker said of themselves: where they start from, how far and by what they travel, their pay
floor, the size of their crew. Windows do not count: before and after, they cover the whole job.
"""

import hashlib
from typing import Any, Literal

import msgspec

from events.facts import JobPosted, WorkerAvailable
from matching.terms import crew_size, pay_fen_day, spans

Amount = tuple[int, int]
"""Pay in fen for a working day, then for a unit: piece work without an estimate is 0 a day."""


class Proposal(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fingerprint of everything that is offered but the amount of pay, and that amount."""

    terms: int
    pay: Amount


Answer = Literal["declined", "unanswered"]
Answers = dict[int, dict[Answer, Amount]]
"""By fingerprint: the highest pay that was declined, and that was left unanswered."""


def propose(posted: JobPosted, available: WorkerAvailable) -> Proposal:
    """What a job offers a worker now."""
    facts = (
        *_terms_of(posted),
        (available.place.lat, available.place.lon),
        (available.max_distance_km, available.travel_mode, available.pay_floor_fen_day),
        crew_size(available),
    )
    digest = hashlib.blake2b(msgspec.msgpack.encode(facts), digest_size=8).digest()
    return Proposal(int.from_bytes(digest), _amount(posted))


def for_anybody(posted: JobPosted) -> Proposal:
    """What a job offers now, whoever is asked; its terms fit into a float."""
    digest = hashlib.blake2b(msgspec.msgpack.encode(_terms_of(posted)), digest_size=6).digest()
    return Proposal(int.from_bytes(digest), _amount(posted))


def is_no_better(now: Proposal, than: Proposal) -> bool:
    """Whether a no to one proposal is a no to what is offered now: the same, at no more pay."""
    return now.terms == than.terms and now.pay <= than.pay


def _terms_of(posted: JobPosted) -> tuple[Any, ...]:
    return (
        spans(posted.shifts),
        (posted.place.lat, posted.place.lon),
        sorted(posted.perks),
        (posted.pay.unit, posted.pay.settlement),
    )


def _amount(posted: JobPosted) -> Amount:
    return pay_fen_day(posted.pay, posted.shifts), posted.pay.amount_fen


def note(answers: Answers, proposal: Proposal, answer: Answer) -> None:
    """Remember how an offer was answered."""
    known = answers.setdefault(proposal.terms, {})
    known[answer] = max(known.get(answer, proposal.pay), proposal.pay)


def answer_to(answers: Answers, proposal: Proposal) -> Answer | None:
    """How these terms, at this pay or better, were answered; a no counts before silence."""
    known: tuple[Answer, ...] = ("declined", "unanswered")
    return next((answer for answer in known if has(answers, proposal, answer)), None)


def has(answers: Answers, proposal: Proposal, answer: Answer) -> bool:
    """Whether these terms, at this pay or better, were answered so."""
    pay = answers.get(proposal.terms, {}).get(answer)
    return pay is not None and proposal.pay <= pay
