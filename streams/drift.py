"""Drift: how far the offers of today are from those that the release at work learnt from.

Population stability index per feature over a window of the last offers of each release, but for
what the calendar and the clock decide (`OF_THE_MOMENT`). Counted in blocks of offers, so that an
offer costs a copy of its row and no more.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray
from prometheus_client import Gauge

from events.outcomes import OfferMade
from matching.features import FEATURES, OF_THE_MOMENT
from matching.scorer import Features
from models.reference import Reference, counts, stability_index

PSI: Final = Gauge(
    "gigmatch_drift_psi",
    "Population stability index of a feature against training: 0.1 moved, 0.25 another population",
    ["release", "feature"],
)
UNSEEN: Final = Gauge(
    "gigmatch_drift_unseen_ratio",
    "Share of offers with a value outside the range seen in training",
    ["release", "feature"],
)
OFFERS: Final = Gauge(
    "gigmatch_drift_offers", "Offers in the window that drift is told of", ["release"]
)

BLOCK: Final = 256
WINDOW: Final = 4_096
LEAST: Final = 1_024
"""Offers before anything is told: among fewer the index is mostly chance."""
_MOST_RELEASES: Final = 2
"""Partitions change release one after the other: for a moment two are at work."""

ReferenceOf = Callable[[str], Reference]
"""How the features of a release looked in training; empty when it does not say."""

_WATCHED: Final = [at for at, name in enumerate(FEATURES) if name not in OF_THE_MOMENT]

_log = structlog.get_logger()


class Drift:
    """Watches offers as they are made, those of rebuilds included: they fill the window again."""

    def __init__(self, reference_of: ReferenceOf) -> None:
        self._reference_of = reference_of
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()  # rebuilds run in threads

    def on_offer(self, offer: OfferMade, row: Features) -> None:
        """An offer was made on these features (F,). Never raises."""
        with self._lock:
            window = self._windows.get(offer.model)
            if window is None:
                window = self._begin(offer.model)
            window.take(row)

    def _begin(self, release: str) -> "_Window":
        try:
            reference = self._reference_of(release)
        except Exception as error:
            reference = ()
            _log.warning("drift is not watched", release=release, why=str(error))
        window = self._windows[release] = _Window(release, reference)
        while len(self._windows) > _MOST_RELEASES:
            self._windows.pop(next(iter(self._windows))).forget()
        return window


class _Block(NamedTuple):
    """Of BLOCK offers, by feature: how many fall into each bin, how many are out of range."""

    counts: list[NDArray[np.int64]]
    unseen: NDArray[np.int64]


class _Window:
    """The last offers of one release."""

    def __init__(self, release: str, reference: Reference) -> None:
        self._release = release
        self._reference = [reference[column] for column in _WATCHED] if reference else []
        self._rows: list[Features] = []
        self._blocks: deque[_Block] = deque(maxlen=WINDOW // BLOCK)

    def take(self, row: Features) -> None:
        if not self._reference:
            return
        self._rows.append(row[_WATCHED])
        if len(self._rows) == BLOCK:
            self._blocks.append(self._block(np.array(self._rows)))
            self._rows.clear()
            self._tell()

    def forget(self) -> None:
        """Show nothing of it any more."""
        if not self._blocks:
            return
        OFFERS.remove(self._release)
        if BLOCK * len(self._blocks) >= LEAST:
            for one in self._reference:
                PSI.remove(self._release, one.name)
                UNSEEN.remove(self._release, one.name)

    def _block(self, rows: Features) -> _Block:
        columns = list(zip(self._reference, rows.T, strict=True))
        unseen = [int(((v < one.low) | (v > one.high)).sum()) for one, v in columns]
        return _Block([counts(one, values) for one, values in columns], np.array(unseen))

    def _tell(self) -> None:
        offers = BLOCK * len(self._blocks)
        OFFERS.labels(self._release).set(offers)
        if offers < LEAST:
            return
        unseen = np.sum([block.unseen for block in self._blocks], axis=0)
        for column, one in enumerate(self._reference):
            found = np.sum([block.counts[column] for block in self._blocks], axis=0)
            PSI.labels(self._release, one.name).set(stability_index(one, found))
            UNSEEN.labels(self._release, one.name).set(unseen[column] / offers)
