"""Promotions in a log: what is at work, what was before, and the way back."""

import pytest

from events.envelope import Record
from events.facts import ClockTicked, Fact, ModelPromoted
from events.refusals import Refusals
from events.topics import EVENTS
from gigmatch.errors import NoBrokerError, NoTopicError, UserError
from gigmatch.logread import LogReader
from gigmatch.processes import free_port
from gigmatch.promotions import (
    Promotions,
    promotions_of,
    publish_promotion,
    read_promotions,
    release_at_work,
    release_before,
)
from gigmatch.topics_admin import ensure_topics
from matching.scorer import RULES
from tests.brokers import MemoryBroker
from tests.matching.scenario import JOB
from tests.town import NOW, ZONE
from tests.worlds import record_of

A, B, C, UNKNOWN = (f"sha256:{letter * 64}" for letter in "abcf")


def known(release: str) -> bool:
    return release != UNKNOWN


def log(*releases: str) -> list[Record]:
    """Promotions, those with a < in front as rollbacks, between other events."""
    records: list[Record] = []
    for release in releases:
        fact = ModelPromoted(release=release.lstrip("<"))
        kind = "rollback" if release.startswith("<") else "promote"
        records.append(record_of(fact, len(records), id=f"{kind}-{len(records)}"))
        records.append(record_of(JOB, len(records)))
    return records


def history(*releases: str) -> tuple[str, str | None]:
    found = promotions_of(log(*releases), known)
    return found.at_work, found.before


@pytest.mark.parametrize(
    ("releases", "at_work", "before"),
    [
        ((), RULES, None),
        ((A,), A, RULES),
        ((A, A), A, RULES),
        ((A, B), B, A),
        ((A, B, A), A, B),
        ((A, B, C, f"<{B}"), B, A),
        ((A, B, C, f"<{B}", f"<{A}"), A, RULES),
        ((A, f"<{RULES}"), RULES, None),
        ((A, B, f"<{A}", C), C, A),
        ((A, UNKNOWN), A, RULES),
        ((A, B, f"<{C}"), C, B),  # no way back, so a step forward
    ],
)
def test_a_rollback_takes_a_promotion_back(
    releases: tuple[str, ...], at_work: str, before: str | None
) -> None:
    assert history(*releases) == (at_work, before)


def test_what_was_refused_then_stays_out_though_it_is_here_now() -> None:
    """And what was taken then stays in, though its folder has gone: the answers say which."""
    records = log(A, UNKNOWN, B)
    refused = next(record for record in records if UNKNOWN.encode() in (record.value or b""))
    answered = Refusals(frozenset({refused.offset}), up_to=records[-1].offset)
    found = promotions_of(records, lambda release: True, answered)
    assert (found.at_work, found.before) == (B, A)
    found = promotions_of(records, lambda release: False, answered)
    assert (found.at_work, found.before) == (B, A)
    unanswered = Refusals(answered.offsets, up_to=refused.offset)
    assert promotions_of(records, lambda release: release != B, unanswered).at_work == A


def test_only_promotions_for_all_zones_count() -> None:
    facts: list[Fact] = [ModelPromoted(zone=ZONE, release=A), ClockTicked(now=NOW), JOB]
    records = [record_of(fact, offset) for offset, fact in enumerate(facts)]
    assert promotions_of(records, known).at_work == RULES


def test_structured_promotions_count_and_broken_ones_do_not() -> None:
    whole = record_of(ModelPromoted(release=A), 0, structured=True)
    broken = Record(
        topic=EVENTS,
        partition=0,
        offset=1,
        timestamp=0,
        key=b"*",
        value=b"{",
        headers=(("ce_type", b"model.promoted.v1"),),
    )
    assert promotions_of([whole, broken], known).at_work == A


def test_partitions_that_disagree_are_not_guessed_about() -> None:
    found = {0: promotions_of(log(A, B), known), 1: promotions_of(log(B), known)}
    with pytest.raises(UserError, match="disagree on what was before"):
        release_before(found)
    assert release_at_work(found) == B
    with pytest.raises(UserError, match="score differently"):
        release_at_work({**found, 2: promotions_of(log(A), known)})


def test_without_a_promotion_there_is_no_way_back() -> None:
    with pytest.raises(UserError, match="nothing has been promoted"):
        release_before({0: Promotions(known), 1: Promotions(known)})


def test_a_promotion_and_its_rollback_are_read_from_every_partition(
    embedded_broker: MemoryBroker,
) -> None:
    bootstrap = embedded_broker.bootstrap
    with pytest.raises(NoTopicError):
        read_promotions(bootstrap, known)
    ensure_topics(bootstrap, 3, 1)
    assert publish_promotion(A, bootstrap) == 3
    publish_promotion(B, bootstrap)
    before = release_before(read_promotions(bootstrap, known))
    publish_promotion(before, bootstrap, is_rollback=True)
    found = read_promotions(bootstrap, known)
    assert sorted(found) == [0, 1, 2]
    assert (release_at_work(found), release_before(found)) == (A, RULES)
    with LogReader(bootstrap) as reader:
        assert [r.key for r in reader.read(EVENTS, 2)] == [b"*"] * 3


def test_a_broker_that_is_not_there_is_named() -> None:
    with pytest.raises(NoBrokerError):
        read_promotions(f"127.0.0.1:{free_port()}", known)
