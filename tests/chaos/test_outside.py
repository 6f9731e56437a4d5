"""What is looked up about snapshots on the broker."""

from collections.abc import Iterator

import pytest

from matching.market_state import STATE_VERSION
from producers.publisher import Publisher
from streams import snapshots
from tests.brokers import MemoryBroker
from tests.chaos.dying import NEWER_VERSION
from tests.chaos.outside import snapshot_versions
from tests.chaos.world import PARTITIONS
from tests.system.matchers import make_topics


@pytest.fixture
def broker() -> Iterator[MemoryBroker]:
    broker = MemoryBroker()
    broker.start()
    yield broker
    broker.stop()


def test_the_newest_snapshot_of_each_partition_says_which_version_wrote_it(
    broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = STATE_VERSION
    make_topics(broker, PARTITIONS)
    assert snapshot_versions(broker.bootstrap) == []
    write(broker, 0, 1)
    write(broker, 2, 1)
    assert snapshot_versions(broker.bootstrap) == [usual, usual]
    monkeypatch.setattr(snapshots, "STATE_VERSION", NEWER_VERSION)
    write(broker, 2, 2)
    assert snapshot_versions(broker.bootstrap) == [usual, NEWER_VERSION]
    monkeypatch.undo()
    write(broker, 2, 3)
    assert snapshot_versions(broker.bootstrap) == [usual, usual]


def write(broker: MemoryBroker, partition: int, offset: int) -> None:
    publisher = Publisher(broker.bootstrap, client_id="tests")
    blobs = {"511181": b"a market", "*": b"all of them"}
    snapshots.publish(publisher, partition, blobs, offset=offset, delivered="")
    publisher.close()
