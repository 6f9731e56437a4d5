"""What an undisturbed run answers: the log folded in this process as it grows."""

import hashlib
from collections.abc import Callable
from typing import Final

from events.emission import Emission
from events.envelope import Record
from events.topics import EVENTS
from gigmatch.fold import bytes_of
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from models.registry import Registry
from tests.chaos.following import Follower

OnEmission = Callable[[Emission], None]
_ID: Final = "ce_id"


class Oracle:
    """Engines that nothing happens to. `read` takes in what has come."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        open_scorer = Registry(PACKAGED_RELEASES).open
        self.engines = [Engine(number, partitions, open_scorer) for number in range(partitions)]
        self.outcomes: dict[str, bytes] = {}
        """The digest of every outcome there must be, by id."""
        self.missing: dict[str, tuple[int, int]] = {}
        """Where the causes of the outcomes are that nobody has seen yet, by id."""
        self.letters: set[str] = set()
        """The origins of the dead letters there must be."""
        self.notices: set[str] = set()
        """The ids of the notices that must be on the log."""
        self.offers: set[str] = set()
        """The ids of the outcomes that make offers."""
        self.seen: set[str] = set()
        """The ids of the events on the log."""
        self._follower = Follower(bootstrap, [EVENTS], partitions)

    def read(self, on_emission: OnEmission = lambda emission: None) -> None:
        """Fold what has come."""
        for record in self._follower.new():
            self._take(record, on_emission)

    def ends(self) -> list[int]:
        """The offset after the last record folded, by partition."""
        return [engine.last_offset + 1 for engine in self.engines]

    def close(self) -> None:
        """Disconnect."""
        self._follower.close()

    def _take(self, record: Record, on_emission: OnEmission) -> None:
        self.seen.add(dict(record.headers).get(_ID, b"").decode(errors="replace"))
        step = self.engines[record.partition].step(record)
        if step.rejection is not None:
            self.letters.add(record.origin)
        self.notices |= {sending.id for sending in step.sendings}
        for emission in step.emissions:
            self.outcomes[emission.id] = digest(bytes_of(emission))
            self.missing[emission.id] = record.partition, record.offset
            if emission.outcome.TYPE == "offer.made":
                self.offers.add(emission.id)
            on_emission(emission)


def digest(content: bytes) -> bytes:
    """What is kept of an outcome to compare it."""
    return hashlib.blake2b(content, digest_size=16).digest()
