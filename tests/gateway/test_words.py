"""The pages ask only for words that the translation table has, and the table has no others."""

import re
from pathlib import Path
from typing import get_args

import pytest

from events.codec import OUTCOME_TYPES
from events.outcomes import AwayResult, CancellationReason, RefusalReason, WithdrawalReason
from events.texts import table
from events.values import PayUnit, Perk, Settlement
from gateway.answers.commands import Erased
from gigmatch.figures.reading import STAGES
from gigmatch.readmodel.job import BookingStatus
from matching.constraints import CONSTRAINTS
from matching.features import FEATURES
from matching.reasons import REASON_CODES

STATIC = Path("gateway/static")
SOURCES = [
    path
    for path in STATIC.rglob("*")
    if path.suffix in (".js", ".html", ".css", ".svg") and "vendor" not in path.parts
]
TEXT = "\n".join(path.read_text() for path in SOURCES)
PAGES = ("page", "station", "worker", "ops")
NAMED = re.compile(rf"""["'`]((?:{"|".join(PAGES)})\.[a-z_.0-9]*[a-z0-9])["'`]""")
BEGUN = re.compile(r"`((?:station|ops)\.(?:[a-z_]+\.)+)\$\{")
"""How a key begins whose end is the name of a thing."""
NO_WORDS = {"station.known_employers", "station.places", "station.signed_in"}
"""Names under which the terminal keeps things in the browser."""
ABOUT_WORKERS = {
    name for name, kind in OUTCOME_TYPES.items() if "worker_id" in kind.__struct_fields__
}
REASONS = (WithdrawalReason, RefusalReason, CancellationReason, AwayResult)
BUILT = {
    "page": ["page.live", "page.offline", "page.unknown"]
    + [f"page.feed.{name}" for name in OUTCOME_TYPES]
    + [f"page.erased.{what}" for what in get_args(Erased)]
    + [f"page.pay_unit.{unit}" for unit in get_args(PayUnit) if unit != "day"]
    + [f"page.stars.{stars}" for stars in range(1, 6)],
    "station": [],
    "worker": [f"worker.told.{name}" for name in ABOUT_WORKERS]
    + [f"worker.reason.{word}" for reason in REASONS for word in get_args(reason)]
    + [f"worker.pay_unit.{unit}" for unit in get_args(PayUnit)]
    + [f"worker.settlement.{word}" for word in get_args(Settlement)]
    + [f"worker.perk.{perk}" for perk in get_args(Perk)]
    + [f"worker.status.{status}" for status in get_args(BookingStatus)]
    + [
        f"worker.state.{kind}"
        for kind in ("accept", "refuse", "cancel", "rate", "available", "pause", "telling")
    ],
    "ops": [f"ops.{name}" for name in ("events", "latency", "lag", "fill", "offers", "letters")]
    + ["ops.zones_open", "ops.zones_missing"],
}


def keys(group: str) -> set[str]:
    return {key for key in table() if key.startswith(f"{group}.")}


@pytest.mark.parametrize("page", PAGES)
def test_every_word_of_a_page_is_in_the_table_and_no_more(page: str) -> None:
    named = {key for key in NAMED.findall(TEXT) if key.startswith(f"{page}.")} - NO_WORDS
    begun = tuple(beginning for beginning in BEGUN.findall(TEXT) if beginning.startswith(page))
    assert named <= keys(page)
    left = keys(page) - named - set(BUILT[page])
    assert {key for key in left if not key.startswith(begun)} == set()
    for beginning in begun:
        assert any(key.startswith(beginning) for key in keys(page)), beginning


def test_every_stage_has_words() -> None:
    assert {f"ops.stage.{stage}" for stage in (*STAGES, "ranking")} <= keys("ops")


def test_every_refusal_of_a_yes_has_words_for_the_clerk() -> None:
    assert keys("station.refused") == {f"station.refused.{why}" for why in get_args(RefusalReason)}


def test_every_feature_of_the_model_has_words_for_operators() -> None:
    assert keys("ops.feature") == {f"ops.feature.{name}" for name in FEATURES}


def test_every_reason_and_every_constraint_has_words() -> None:
    assert keys("reason") == {f"reason.{code}" for code in REASON_CODES}
    assert keys("excluded") == {f"excluded.{code}" for code in CONSTRAINTS}


def test_nothing_is_asked_of_another_host_and_no_markup_is_made_of_text() -> None:
    for path in SOURCES:
        content = path.read_text().replace("http://www.w3.org/", "")
        assert "http://" not in content, path
        assert "https://" not in content, path
        assert "innerHTML" not in content, path
