"""Three zones race for the same workers on real brokers, and a process dies in the middle."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from events.codec import decode_outcome
from events.facts import ClockTicked, Fact, OfferAccepted
from events.outcomes import BookingConfirmed, BookingRefused, OfferMade
from events.topics import OUTCOMES, partition_of
from gigmatch.fold import Folded, fold, read_topic
from gigmatch.logread import LogReader
from gigmatch.processes import tail
from gigmatch.settings import PACKAGED_RELEASES
from models.registry import Registry
from producers.publisher import Publisher
from tests.brokers import Broker, BrokerKind
from tests.matching.scenario import JOB, WORKER
from tests.system.matchers import (
    PATIENCE_S,
    MatcherProcess,
    folded_outcomes,
    make_topics,
    published_outcomes,
    running_matcher,
)
from tests.town import NOW

HOME, NEAR, FAR = ZONES = ("511181", "511102", "511132")
PARTITIONS = 3
WORKERS = tuple(f"W-{number:02}" for number in range(12))
KINDS = (pytest.param("kafka", marks=pytest.mark.kafka), "embedded")


@pytest.mark.parametrize("kind", KINDS)
def test_each_worker_is_booked_once_though_the_home_zones_process_dies(
    kind: BrokerKind, new_broker: Callable[[BrokerKind], Broker], tmp_path: Path
) -> None:
    broker = new_broker(kind)
    make_topics(broker, PARTITIONS)
    with ExitStack() as running:
        matchers = []
        for name in ("one", "two") if kind == "kafka" else ("one",):
            (tmp_path / name).mkdir()
            matchers.append(running.enter_context(running_matcher(broker, tmp_path / name)))
        for matcher in matchers:
            matcher.wait_ready()
        _publish(broker, _openings())
        wait_until_told(broker, matchers, lambda: len(_offers(broker)) == 3 * len(WORKERS))
        _publish(broker, _yeses(_offers(broker)))
        home = _owner(matchers, partition_of(HOME, PARTITIONS))
        home.kill()
        time.sleep(1)
        home.start_again()
        wait_until_told(broker, matchers, lambda: not _is_pending(_folded(broker)))
        expected = folded_outcomes(broker, PARTITIONS)
        wait_until_told(
            broker, matchers, lambda: published_outcomes(broker)[0].keys() >= expected.keys()
        )
    assert published_outcomes(broker)[0] == expected
    said = _said(broker)
    confirmed = [one.worker_id for one in said if isinstance(one, BookingConfirmed)]
    refused = Counter(one.reason for one in said if isinstance(one, BookingRefused))
    assert Counter(confirmed) == dict.fromkeys(WORKERS, 1)
    assert sum(refused.values()) == 2 * len(WORKERS)
    assert refused.keys() <= {"taken", "withdrawn"}
    _agree(_folded(broker))


def wait_until_told(
    broker: Broker, matchers: list[MatcherProcess], is_so: Callable[[], bool]
) -> None:
    """Return when something has come about on the broker."""
    give_up = time.monotonic() + PATIENCE_S
    while not is_so():
        assert not any(matcher.ended for matcher in matchers), tail(matchers[0].log)
        assert time.monotonic() < give_up, tail(matchers[0].log)
        time.sleep(0.5)


def _openings() -> Iterator[Fact]:
    """Workers who would work in any zone, and in each zone places for all of them."""
    for zone in ZONES:
        yield ClockTicked(zone=zone, now=NOW)
        yield msgspec.structs.replace(JOB, zone=zone, headcount=len(WORKERS))
    for worker_id in WORKERS:
        yield msgspec.structs.replace(WORKER, worker_id=worker_id, other_zones=(NEAR, FAR))


def _yeses(offers: list[OfferMade]) -> Iterator[Fact]:
    for offer in sorted(offers, key=lambda offer: (offer.worker_id, offer.zone)):
        yield OfferAccepted(offer_id=offer.offer_id, worker_id=offer.worker_id, zone=offer.zone)


def _publish(broker: Broker, facts: Iterator[Fact]) -> None:
    publisher = Publisher(broker.bootstrap, client_id="tests")
    for number, fact in enumerate(facts):
        publisher.publish_fact(fact, id=f"{fact.TYPE}-{number}", source="/tests")
    publisher.close()


def _said(broker: Broker) -> list[object]:
    """Each outcome once."""
    found: dict[str, object] = {}
    with LogReader(broker.bootstrap) as reader:
        for partition in reader.partitions(OUTCOMES):
            for record in reader.read(OUTCOMES, partition):
                envelope, outcome = decode_outcome(record)
                found[envelope.id] = outcome
    return list(found.values())


def _offers(broker: Broker) -> list[OfferMade]:
    return [outcome for outcome in _said(broker) if isinstance(outcome, OfferMade)]


def _owner(matchers: list[MatcherProcess], partition: int) -> MatcherProcess:
    """Whose markets a partition's are, by what each shows of itself."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        for matcher in matchers:
            try:
                matcher.metric(f'gigmatch_lag_records{{partition="{partition}"}}')
            except AssertionError:
                continue
            return matcher
        time.sleep(0.5)
    raise AssertionError(f"nobody shows partition {partition}")


def _folded(broker: Broker) -> Folded:
    records = read_topic(broker.bootstrap)
    return fold(records, PARTITIONS, Registry(PACKAGED_RELEASES).open, check=True)


def _is_pending(folded: Folded) -> bool:
    """Whether a yes still waits for its answer."""
    markets = [folded.market(zone) for zone in ZONES]
    return any(m is None or any(j.is_pending for j in m.state.jobs.values()) for m in markets)


def _agree(folded: Folded) -> None:
    """The home zone's calendar has what the zones have, and nothing twice."""
    home = folded.market(HOME)
    assert home is not None
    for worker_id in WORKERS:
        assert len(home.state.workers[worker_id].bookings) == 1
