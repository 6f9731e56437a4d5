"""Promotions while a town is busy: no event is lost, and each match names what scored it."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from events.codec import decode
from events.envelope import Record
from events.facts import ModelPromoted
from gigmatch.fold import read_topic
from gigmatch.promotions import publish_promotion
from gigmatch.settings import PACKAGED_RELEASES
from matching.scorer import RULES
from models.registry import MODEL_FILE, Registry
from tests.brokers import Broker, BrokerKind
from tests.matching.scenario import JOB
from tests.system.matchers import (
    folded_outcomes,
    make_topics,
    publish,
    published_outcomes,
    running_matcher,
    town_log,
    wait_for_outcomes,
)
from tests.worlds import record_of

Start = Callable[[BrokerKind], Broker]
PACKAGED = Registry(PACKAGED_RELEASES).newest()
UNKNOWN = "sha256:" + "1" * 64
SWAPS = 12


@pytest.mark.parametrize("kind", [pytest.param("kafka", marks=pytest.mark.kafka), "embedded"])
def test_releases_are_swapped_under_load_and_every_match_names_what_scored_it(
    kind: BrokerKind, new_broker: Start, tmp_path: Path
) -> None:
    broker = new_broker(kind)
    make_topics(broker, 1)
    log = town_log(days=0.4)
    shadow = {"GIGMATCH_SHADOW_RELEASE": PACKAGED, "GIGMATCH_SHADOW_SHARE": "1.0"}
    with running_matcher(broker, tmp_path, **shadow) as matcher:
        matcher.wait_ready()
        feeding = threading.Thread(target=_feed_with_swaps, args=(broker, log))
        feeding.start()
        feeding.join()
        expected = folded_outcomes(broker, 1)
        wait_for_outcomes(broker, set(expected), matcher)
        assert matcher.stop() == 0
    assert published_outcomes(broker) == (expected, len(expected))
    refused = [content for content in expected.values() if b'"unknown_release"' in content]
    assert len(refused) == 1
    named = _check_names(broker)
    assert named.keys() == {RULES, PACKAGED}
    assert min(named.values()) > 50


def _feed_with_swaps(broker: Broker, log: list[Record]) -> None:
    size = -(-len(log) // SWAPS)
    for number, begin in enumerate(range(0, len(log), size)):
        publish(broker, log[begin : begin + size])
        publish_promotion(RULES if number % 2 else PACKAGED, broker.bootstrap)
    publish_promotion(UNKNOWN, broker.bootstrap)
    publish(broker, [record_of(JOB, id="the-last")])


def _check_names(broker: Broker) -> dict[str, int]:
    """That each ranking and offer names the last promotion before it; how many name which."""
    promoted: list[tuple[int, str]] = [(-1, RULES)]
    for record in read_topic(broker.bootstrap):
        if b"model.promoted.v1" in dict(record.headers).values():
            fact = decode(record).fact
            assert isinstance(fact, ModelPromoted)
            if fact.release != UNKNOWN:
                promoted.append((record.offset, fact.release))
    assert len(promoted) == SWAPS + 1
    named: dict[str, int] = {}
    for id, content in published_outcomes(broker)[0].items():
        value = json.loads(content[content.index(b"{") :])
        if "model" not in value:
            continue
        at = int(id.split("-")[1])
        (*_, (_, at_work)) = (one for one in promoted if one[0] < at)
        assert value["model"] == at_work, id
        named[at_work] = named.get(at_work, 0) + 1
    return named


def test_a_node_with_a_damaged_release_takes_no_part(new_broker: Start, tmp_path: Path) -> None:
    broker = new_broker("embedded")
    make_topics(broker, 1)
    publish(broker, town_log(days=0.1))
    registry = Registry(tmp_path / "releases")
    packaged = Registry(PACKAGED_RELEASES)
    release = registry.keep(packaged.manifest(PACKAGED), packaged.files(PACKAGED))
    model = tmp_path / "releases" / release.removeprefix("sha256:") / MODEL_FILE
    content = model.read_bytes()
    model.write_bytes(content[:-1])
    releases = {"GIGMATCH_RELEASES": str(tmp_path / "releases")}
    with running_matcher(broker, tmp_path, **releases) as matcher:
        assert matcher.wait_ended() == 1
        (said,) = matcher.log.read_text().splitlines()
        assert said.startswith(f"错误：模型版本 {release} 不能用：{MODEL_FILE} 不是发布时的文件")
        assert published_outcomes(broker) == ({}, 0)
        model.write_bytes(content)
        matcher.start_again()
        wait_for_outcomes(broker, set(folded_outcomes(broker, 1)), matcher)
