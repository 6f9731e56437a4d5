"""Live calibration counts what training would learn from the same log."""

from collections import Counter

import pytest
from prometheus_client import REGISTRY

from events.codec import decode, decode_outcome
from events.envelope import Record
from events.topics import EVENTS
from matching.scorer import RULES, rules_only
from models.replay import Replay
from streams import calibration
from streams.calibration import Calibration
from streams.causal import FactRead, OutcomeRead
from tests.models.logbook import LogBook, live_through


@pytest.fixture(scope="module")
def log() -> list[Record]:
    book = LogBook()
    live_through(book, seed=5, days=6)
    return book.records


def steps(log: list[Record]) -> list[FactRead | OutcomeRead]:
    found: list[FactRead | OutcomeRead] = []
    for record in log:
        if record.topic == EVENTS:
            found.append(FactRead(record.offset, decode(record), answered=True))
        else:
            envelope, outcome = decode_outcome(record)
            found.append(OutcomeRead(record.offset, envelope.id, outcome))
    return found


def counted(name: str) -> Counter[tuple[str, str]]:
    """By target and tenth, of the rules."""
    return Counter(
        {
            (sample.labels["target"], sample.labels["decile"]): sample.value
            for metric in REGISTRY.collect()
            if metric.name == f"gigmatch_calibration_{name}"
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.labels["release"] == RULES
        }
    )


def by_target(counts: Counter[tuple[str, str]]) -> dict[str, float]:
    return {
        target: sum(value for (of, _), value in counts.items() if of == target)
        for target in ("accept", "complete")
    }


def test_what_is_counted_live_is_what_training_learns(log: list[Record]) -> None:
    before = {name: counted(name) for name in ("offers", "expected", "observed")}
    live = Calibration()
    for step in steps(log):
        live.take(step)
    found = {name: by_target(counted(name) - before[name]) for name in before}

    replay = Replay(1, rules_only)
    for record in log:
        replay.feed(record)
    data = replay.dataset().answered()
    # Who falls out early counts when the others are known, too: not before the work is over.
    ended = data.finished
    assert 20 < ended.sum() < data.table.column("completed").is_valid().to_numpy().sum()
    assert found["offers"] == {"accept": len(data), "complete": ended.sum()}
    assert found["observed"] == {
        "accept": data.accepted.sum(),
        "complete": data.completed[ended].sum(),
    }
    p_accept, p_complete = rules_only(RULES).probabilities(data.features)
    assert found["expected"]["accept"] == pytest.approx(p_accept.sum(), abs=0.01)
    assert found["expected"]["complete"] == pytest.approx(p_complete[ended].sum(), abs=0.01)


def test_what_has_been_seen_is_not_counted_again(log: list[Record]) -> None:
    live = Calibration()
    for step in steps(log):
        live.take(step)
    before = counted("offers")
    for step in steps(log):
        live.take(step)
    assert counted("offers") == before


def test_only_what_became_known_from_a_moment_on_is_counted(log: list[Record]) -> None:
    """A projector that reads the whole log again would tell of years as of today."""
    taken = steps(log)
    newest = max(step.outcome.at for step in taken if isinstance(step, OutcomeRead))
    found = []
    for since in (0, newest - 3 * 86_400_000, newest + 86_400_000):
        before, late = counted("offers"), Calibration(since)
        for step in taken:
            late.take(step)
        found.append(by_target(counted("offers") - before))
    everything, some, nothing = found
    for target in everything:
        assert 0 == nothing[target] < some[target] < everything[target]


def test_bookings_that_are_over_are_forgotten(log: list[Record]) -> None:
    """They were not, which a soak of an hour showed: 30 MB more in the projector."""
    live = Calibration()
    for step in steps(log):
        live.take(step)
    assert live._bookings
    assert set(live._bookings.values()) <= live._kept.keys()
    assert live._ends.keys() <= live._kept.keys()


def test_a_promise_counts_in_its_own_tenth(log: list[Record]) -> None:
    before = {name: counted(name) for name in ("offers", "expected")}
    live = Calibration()
    for step in steps(log):
        live.take(step)
    offers = counted("offers") - before["offers"]
    expected = counted("expected") - before["expected"]
    assert len({decile for _, decile in offers}) > 2
    for (target, decile), count in offers.items():
        mean = expected[target, decile] / count
        assert int(decile) / 10 <= mean <= int(decile) / 10 + 0.1


def test_offers_without_an_end_are_forgotten_in_time(
    log: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "MOST_OFFERS", 0)
    before = counted("offers")
    live = Calibration()
    for step in steps(log):
        live.take(step)
    assert counted("offers") == before
