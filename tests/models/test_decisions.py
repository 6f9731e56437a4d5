"""The table of decisions: what was known at each offer, and the bits of its features."""

from pathlib import Path

import numpy as np
import pytest

from events.envelope import Record
from events.facts import OfferDeclined, PolicyChanged
from events.outcomes import MatchRanked, OfferMade
from events.topics import ALL_ZONES, EVENTS
from events.values import Policy
from matching.engine import Engine
from matching.obvious_pool import ObviousPool
from matching.scorer import rules_only
from models import parquet
from models.dataset import Dataset
from models.decisions import Features
from models.replay import read_dataset
from tests.models.logbook import NOON, ZONE, LogBook, live_through, random_job, random_worker


@pytest.fixture(scope="module")
def book() -> LogBook:
    book = LogBook()
    live_through(book, seed=5, days=3)
    book.tell(PolicyChanged(policy=Policy(explore_share=0.5)))
    live_through(book, seed=6, days=5, first_day=3)
    return book


@pytest.fixture(scope="module")
def data(book: LogBook, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    log = book.write(tmp_path_factory.mktemp("log") / "log.jsonl")
    return read_dataset(log, 1, rules_only)[0]


class Serving:
    """A matcher's engine that folds a log once more, with the other pool, and is looked at."""

    def __init__(self, records: list[Record]) -> None:
        self.features: dict[str, Features] = {}
        self.offers: dict[str, OfferMade] = {}
        self.rankings: dict[int, MatchRanked] = {}
        engine = Engine(0, 1, rules_only, make_pool=ObviousPool, on_offer=self._on_offer)
        for record in records:
            if record.topic == EVENTS:
                for emission in engine.step(record).emissions:
                    if isinstance(emission.outcome, MatchRanked):
                        self.rankings[emission.outcome.cause.offset] = emission.outcome

    def _on_offer(self, offer: OfferMade, row: Features) -> None:
        self.offers[offer.offer_id] = offer
        self.features[offer.offer_id] = row.copy()


@pytest.fixture(scope="module")
def serving(book: LogBook) -> Serving:
    return Serving(book.records)


def test_training_features_are_the_serving_features_bit_for_bit(
    data: Dataset, serving: Serving, tmp_path: Path
) -> None:
    parquet.write(tmp_path / "log.parquet", data, ())
    again, _ = parquet.read(tmp_path / "log.parquet")
    assert len(data) == len(serving.features) > 300
    for read in (data, again):
        for row, offer_id in zip(read.features, read.column("offer_id"), strict=True):
            assert row.tobytes() == serving.features[offer_id].tobytes()


def test_features_score_as_the_offer_said(data: Dataset) -> None:
    """So the features are also those that the scorer saw, not only those that were handed on."""
    p_accept, p_complete = rules_only("rules:v1").probabilities(data.features)
    assert (np.round(p_accept, 6) == data.column("p_accept")).all()
    assert (np.round(p_complete, 6) == data.column("p_complete")).all()


def test_a_row_says_of_an_offer_what_the_log_says(data: Dataset, serving: Serving) -> None:
    for line in data.table.to_pylist():
        offer = serving.offers[line["offer_id"]]
        for name in ("zone", "job_id", "worker_id", "rank", "tier", "ring", "via", "propensity"):
            assert line[name] == getattr(offer, name)
        assert line["at"] == offer.at
        assert line["release"] == offer.model
        assert (line["cause_offset"], line["cause_id"]) == (offer.cause.offset, offer.cause.ce_id)


def test_a_row_is_joined_with_the_ranking_of_its_cause(data: Dataset, serving: Serving) -> None:
    ranked_for = set()
    for line in data.table.to_pylist():
        ranking = serving.rankings.get(line["cause_offset"])
        if line["ranked_for"] is None:
            continue
        ranked_for.add(line["ranked_for"])
        assert ranking is not None
        assert (ranking.pool, ranking.feasible) == (line["pool"], line["feasible"])
        whom = ranking.job_id or ranking.worker_id
        assert whom == line[f"{line['ranked_for']}_id"]
    assert ranked_for == {"job", "worker"}


def test_the_policy_is_that_of_the_moment(data: Dataset) -> None:
    shares = data.column("explore_share")
    before, after = shares == 0.0, shares == 0.5
    assert before.any()
    assert after.any()
    assert (before | after).all()
    assert data.times[before].max() <= data.times[after].min()
    by_lot = data.column("via") == "exploration"
    assert by_lot.any()
    assert not (by_lot & before).any()
    assert (data.column("propensity")[before] == 1.0).all()


def test_counts_are_of_what_came_before(data: Dataset) -> None:
    lines = data.table.to_pylist()
    first = {line["worker_id"]: line for line in reversed(lines)}
    assert {line["answers_before"] for line in first.values()} == {0}
    assert max(line["answers_before"] for line in lines) > 3
    assert {line["employer_id"] for line in lines if line["postings_before"] == 0} <= {
        f"E{n}" for n in range(5)
    }
    assert max(line["postings_before"] for line in lines) > 10


def test_the_clock_tells_when_an_offer_was_answered(tmp_path: Path) -> None:
    book = LogBook()
    random = np.random.default_rng(5)
    minute = 60_000
    pause = 4 * minute
    for number in range(20):
        now = NOON + number * pause
        book.tick(now)
        book.tell(random_worker(random, now))
        book.tell(random_job(random, f"J{number}", now))
        waiting, book.open_offers = book.open_offers, []
        book.tick(now + 3 * minute)
        for offer in waiting:
            book.tell(OfferDeclined(offer_id=offer.offer_id, worker_id=offer.worker_id, zone=ZONE))
    data = read_dataset(book.write(tmp_path / "log.jsonl"), 1, rules_only)[0].answered()
    delay = data.column("answered_at").astype(np.int64) - data.times
    assert len(delay) > 5
    assert ((delay > 0) & (delay <= pause)).all()
    assert ((data.column("answered_at") - NOON) % pause == 3 * minute).all()


def test_ticks_for_one_zone_tell_its_time(tmp_path: Path) -> None:
    tables = []
    for ticking in (ALL_ZONES, ZONE):
        book = LogBook(ticking=ticking)
        live_through(book, seed=7, days=3)
        read, _ = read_dataset(book.write(tmp_path / "log.jsonl"), 1, rules_only)
        tables.append(read.table)
    for_all, for_one = tables
    assert for_one.equals(for_all)
    assert any(for_all.column("is_over").to_pylist())


def test_an_empty_log_is_an_empty_table(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"")
    data, source = read_dataset(log, 1, rules_only)
    assert (len(data), source.offers) == (0, 0)
