"""Commands: what a station or a worker tells the market, each route with the fact it publishes."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from events.codec import VERSION, ce_type, decode_fact
from events.facts import (
    Fact,
    OfferAccepted,
    OfferDeclined,
    WorkerAvailable,
    WorkerForgotten,
    WorkerUnavailable,
    WorkRated,
)
from events.faults import not_json
from events.rejections import Rejection
from events.tracing import Trace
from gateway.answers.commands import Accepted, Erased
from gateway.markup import forbid_markup
from gateway.problems import Problem
from gateway.publishing import Publishing
from gateway.store import Store
from gigmatch.command_routes import STATION_COMMANDS, Command

RECEIPT_MS: Final = 24 * 3_600_000
_W: Final = "/api/worker"

COMMANDS: Final = (
    *STATION_COMMANDS,
    Command(
        f"{_W}/availability",
        WorkerAvailable,
        "worker",
        f"{_W}/matches",
        ("worker_id", "zone", "station_id", "birth_year", "certificates", "crew"),
    ),
    Command(
        f"{_W}/unavailability",
        WorkerUnavailable,
        "worker",
        f"{_W}/matches",
        ("worker_id", "zone"),
    ),
    Command(f"{_W}/forgetting", WorkerForgotten, "worker", f"{_W}/matches", ("worker_id", "zone")),
    Command(
        f"{_W}/offers/{{offer_id}}/acceptance",
        OfferAccepted,
        "offer",
        f"{_W}/matches",
        ("worker_id", "zone"),
    ),
    Command(
        f"{_W}/offers/{{offer_id}}/refusal",
        OfferDeclined,
        "offer",
        f"{_W}/matches",
        ("worker_id", "zone"),
    ),
    Command(
        f"{_W}/offers/{{offer_id}}/rating",
        WorkRated,
        "work",
        f"{_W}/matches",
        ("worker_id", "zone", "job_id", "rated_by"),
    ),
)


class Receipt(msgspec.Struct, frozen=True):
    """What a command was, what was answered, and when it was published, UTC ms."""

    digest: str
    answer: Accepted
    at: int = 0


def body_of(sent: bytes) -> dict[str, Any]:
    """The fields of a body; an empty one has none. Raises Rejection."""
    try:
        body = msgspec.json.decode(sent) if sent.strip() else {}
        if isinstance(body, dict):
            forbid_markup(body)
    except RecursionError:
        raise Rejection("nested_too_deep", "value") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise not_json(sent, error) from None
    if not isinstance(body, dict):
        raise Rejection("not_object", "value", value="[…]")
    return body


def fact_of(command: Command, body: Mapping[str, Any], given: Mapping[str, Any]) -> Fact:
    """The fact that a body says, with the fields that are not of the body.

    A given None leaves its field to the contract's default. Raises Rejection, and Problem 403 for
    a body that says otherwise than what is given.
    """
    for name, value in given.items():
        if name in body and body[name] != msgspec.json.decode(msgspec.json.encode(value)):
            raise Problem(403, "not_yours_to_say", field=name)
    filled = {name: value for name, value in given.items() if value is not None}
    rest = {name: value for name, value in body.items() if name not in given}
    data = msgspec.json.encode({**rest, **filled})
    return decode_fact(f"{command.fact.TYPE}.{VERSION}", data)


class Clerk:
    """Publishes commands, each id once. Methods may raise StoreError."""

    def __init__(self, store: Store, publishing: Publishing) -> None:
        self._store = store
        self._publishing = publishing

    async def earlier(self, source: str, id: str, path: str, sent: bytes) -> Receipt | None:
        """The receipt of the same id before. Raises Problem 409 for another command."""
        kept = await self._store.get("receipt", _name(source, id))
        if kept is None:
            return None
        receipt = msgspec.json.decode(kept, type=Receipt)
        if receipt.digest != _digest(path, sent):
            raise Problem(409, "id_reused")
        answer = msgspec.structs.replace(receipt.answer, repeated=True)
        return msgspec.structs.replace(receipt, answer=answer)

    async def publish(
        self,
        fact: Fact,
        source: str,
        id: str,
        *,
        trace: Trace,
        see: str,
        path: str,
        sent: bytes,
        erased: Sequence[Erased] = (),
    ) -> Accepted:
        """Publish a fact, keep the receipt, and say where it stands. Raises PublishError.

        `erased` is what goes with it: the receipt says so as often as it is asked for.
        """
        now = time.time_ns() // 1_000_000
        landed = await self._publishing.fact(fact, id=id, source=source, time=now, trace=trace)
        answer = Accepted(
            type=ce_type(fact),
            id=id,
            zone=fact.zone,
            partition=landed.partition,
            offset=landed.offset,
            see=see,
            erased=list(erased),
        )
        receipt = msgspec.json.encode(Receipt(_digest(path, sent), answer, now))
        await self._store.put("receipt", _name(source, id), receipt, until=now + RECEIPT_MS)
        return answer


def _name(source: str, id: str) -> str:
    return hashlib.sha256(f"{source}#{id}".encode()).hexdigest()


def _digest(path: str, sent: bytes) -> str:
    return hashlib.sha256(path.encode() + b"\n" + sent).hexdigest()
