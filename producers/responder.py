"""Answers offers by rule, so that an import's bookings and quotas are exercised.

The answer is a function of the seed and of who is asked for what, not of when.
"""

import hashlib
import time
from typing import Final

from confluent_kafka import Consumer, Message, TopicPartition

from events.codec import decode_outcome
from events.facts import OfferAccepted, OfferDeclined
from events.outcomes import OfferMade
from events.topics import OUTCOMES
from gigmatch.kafka_address import client_config
from gigmatch.logread import LogReader, record_of
from producers.publisher import Publisher

SOURCE: Final = "/imports/responder"
ACCEPTS: Final = 0.7
_QUIET_S: Final = 5.0
_FIRST_S: Final = 30.0


def answer(offer: OfferMade, seed: int) -> OfferAccepted | OfferDeclined:
    """Yes to seven of ten."""
    digest = hashlib.sha256(f"{seed}/{offer.job_id}/{offer.worker_id}".encode()).digest()
    ids = {"offer_id": offer.offer_id, "worker_id": offer.worker_id, "zone": offer.zone}
    if digest[0] < 256 * ACCEPTS:
        return OfferAccepted(**ids)
    return OfferDeclined(**ids)


class Responder:
    """Reads a zone's outcomes from where they are now, and answers every offer."""

    def __init__(self, bootstrap: str, publisher: Publisher, zone: str, seed: int) -> None:
        self._publisher = publisher
        self._zone = zone
        self._seed = seed
        self._consumer = Consumer(
            {
                **client_config(bootstrap),
                "group.id": "gigmatch-responder",
                "enable.auto.commit": False,
                "log_level": 0,
            }
        )
        with LogReader(bootstrap) as reader:
            ends = [
                reader.bounds(OUTCOMES, number)[1]
                for number in range(publisher.partitions(OUTCOMES))
            ]
        self._consumer.assign([TopicPartition(OUTCOMES, *place) for place in enumerate(ends)])

    def answer_until_quiet(self, quiet_s: float = _QUIET_S, first_s: float = _FIRST_S) -> int:
        """Answer offers until none has come for `quiet_s`; how many were answered.

        The first may take `first_s`: the matcher may still be starting. Raises DeliveryError.
        """
        answered, give_up = 0, time.monotonic() + first_s
        try:
            while time.monotonic() < give_up:
                for message in self._consumer.consume(500, 0.1):
                    if message.error() is None and self._answer(message):
                        answered, give_up = answered + 1, time.monotonic() + quiet_s
        finally:
            self._consumer.close()
        self._publisher.flush()
        return answered

    def _answer(self, message: Message) -> bool:
        _, outcome = decode_outcome(record_of(message))
        if not isinstance(outcome, OfferMade) or outcome.zone != self._zone:
            return False
        fact = answer(outcome, self._seed)
        self._publisher.publish_fact(fact, id=f"answer-{outcome.offer_id}", source=SOURCE)
        return True
