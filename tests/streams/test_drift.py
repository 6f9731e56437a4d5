"""Drift of a release's offers against its training."""

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from prometheus_client import REGISTRY

from events.outcomes import Cause, OfferMade
from matching.features import FEATURES, OF_THE_MOMENT
from matching.scorer import Features
from models.reference import Reference, reference_of
from streams.drift import BLOCK, LEAST, WINDOW, Drift
from tests.models.conftest import draw_rows

PAY = FEATURES.index("pay_yuan_day")
OFFER = OfferMade(
    zone="511181",
    at=0,
    cause=Cause(partition=0, offset=0, ce_id=""),
    offer_id="O",
    job_id="J",
    worker_id="W",
    rank=1,
    score=0.5,
    p_accept=0.5,
    p_complete=0.5,
    places=1,
    expires_at=1,
    model="one",
)


@pytest.fixture
def drift() -> Iterator[Drift]:
    """Watches the releases one, two and three; a fourth has no reference, a fifth is damaged."""
    reference = reference_of(draw_rows(5_000, 1))

    def reference_of_release(release: str) -> Reference:
        if release == "damaged":
            raise OSError("no such folder")
        return () if release == "rules:v1" else reference

    watching = Drift(reference_of_release)
    yield watching
    for release in ("a", "b"):  # so that nothing of it is shown to the next test
        watching.on_offer(msgspec.structs.replace(OFFER, model=release), draw_rows(1, 1)[0])


def show(drift: Drift, rows: Features, release: str = "one") -> None:
    offer = msgspec.structs.replace(OFFER, model=release)
    for row in rows:
        drift.on_offer(offer, row)


def psi(feature: str, release: str = "one") -> float | None:
    return REGISTRY.get_sample_value("gigmatch_drift_psi", {"release": release, "feature": feature})


def test_nothing_is_told_of_few_offers(drift: Drift) -> None:
    show(drift, draw_rows(LEAST - 1, 2))
    assert psi("pay_yuan_day") is None


def test_the_same_people_have_not_drifted(drift: Drift) -> None:
    show(drift, draw_rows(WINDOW, 2))
    assert all((psi(name) or 0.0) < 0.05 for name in FEATURES)


def test_a_holiday_or_a_night_is_no_drift(drift: Drift) -> None:
    at_night = draw_rows(WINDOW, 2)
    at_night[:, FEATURES.index("public_holiday")] = 1.0
    at_night[:, FEATURES.index("reachable")] = 0.0
    show(drift, at_night)
    assert psi("rating") is not None
    assert all(psi(name) is None for name in OF_THE_MOMENT)
    assert all((psi(name) or 0.0) < 0.05 for name in FEATURES)


def test_other_pay_is_told_by_name_and_goes_away_with_the_window(drift: Drift) -> None:
    other = draw_rows(WINDOW, 2)
    other[:, PAY] += 200
    show(drift, other)
    assert (psi("pay_yuan_day") or 0.0) > 0.25
    assert (psi("rating") or 0.0) < 0.05
    unseen = {"release": "one", "feature": "pay_yuan_day"}
    assert (REGISTRY.get_sample_value("gigmatch_drift_unseen_ratio", unseen) or 0) > 0.3
    show(drift, draw_rows(WINDOW, 3))
    assert (psi("pay_yuan_day") or 0.0) < 0.05
    assert REGISTRY.get_sample_value("gigmatch_drift_unseen_ratio", unseen) == 0


def test_missing_values_drift_too(drift: Drift) -> None:
    rows = draw_rows(LEAST, 2)
    rows[:, PAY] = np.nan
    show(drift, rows)
    assert (psi("pay_yuan_day") or 0.0) > 0.25


def test_an_older_release_is_forgotten(drift: Drift) -> None:
    show(drift, draw_rows(LEAST, 2), "one")
    show(drift, draw_rows(BLOCK, 2), "two")
    assert psi("pay_yuan_day", "one") is not None
    show(drift, draw_rows(1, 2), "three")
    assert psi("pay_yuan_day", "one") is None
    assert REGISTRY.get_sample_value("gigmatch_drift_offers", {"release": "two"}) == BLOCK


@pytest.mark.parametrize("release", ["rules:v1", "damaged"])
def test_without_a_reference_nothing_is_told_and_nothing_raised(drift: Drift, release: str) -> None:
    show(drift, draw_rows(LEAST, 2), release)
    assert psi("pay_yuan_day", release) is None


def test_rows_that_the_market_uses_again_are_copied(drift: Drift) -> None:
    row = draw_rows(1, 2)[0]
    offers = [draw_rows(1, seed)[0] for seed in range(LEAST)]
    for values in offers:
        row[:] = values
        drift.on_offer(OFFER, row)
    assert (psi("pay_yuan_day") or 1.0) < 0.1
