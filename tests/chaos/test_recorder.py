"""The recorder is not blind: what a spoilt matcher does is seen, and nothing else is."""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gigmatch.topics_admin import ensure_topics
from tests.brokers import Broker, BrokerKind
from tests.chaos.dying import BROKEN
from tests.chaos.feed import Feed
from tests.chaos.kept import Kept, keeping, wait_for
from tests.chaos.oracle import Oracle
from tests.chaos.recorder import Recorder

PARTITIONS = 2
SPOILT = [sys.executable, "-m", "tests.chaos.dying"]
Start = Callable[[BrokerKind], Broker]


@contextmanager
def recorded(broker: Broker, folder: Path, *argv: str) -> Iterator[Recorder]:
    """What a recorder has seen when a matcher has answered forty steps of the load."""
    ensure_topics(broker.bootstrap, PARTITIONS, 1)
    oracle = Oracle(broker.bootstrap, PARTITIONS)
    recorder = Recorder(broker.bootstrap, PARTITIONS, oracle)
    feed = Feed(broker.bootstrap, PARTITIONS, oracle, random.Random(1))
    env = {
        "GIGMATCH_KAFKA": broker.bootstrap,
        "GIGMATCH_FETCH_WAIT_MS": str(broker.fetch_wait_ms),
        "GIGMATCH_CLOCK": "external",
    }
    began = feed.now
    feed.start()
    try:
        with keeping() as keeper:
            matcher = keeper.keep(Kept("matcher", argv, env, folder / "matcher.log"))
            feed.go_on()
            wait_for(lambda: feed.now > began + 40 * 120_000, "forty steps")
            feed.pause()
            oracle.read()
            wait_for(lambda: _has_answered(matcher, recorder, oracle), "answers", matcher.log)
            yield recorder
    finally:
        feed.end()
        recorder.close()
        oracle.close()


def _has_answered(matcher: Kept, recorder: Recorder, oracle: Oracle) -> bool:
    """Whether the matcher has passed all of the log, and the recorder has seen it."""
    before = oracle.ends()
    is_ready = matcher.ready()
    oracle.read()
    recorder.read()
    return is_ready and oracle.ends() == before


@pytest.mark.chaos
def test_of_a_sound_matcher_it_has_nothing_to_say(new_broker: Start, tmp_path: Path) -> None:
    argv = (sys.executable, "-m", "gigmatch", "matcher")
    with recorded(new_broker("embedded"), tmp_path, *argv) as recorder:
        assert not {one for one in recorder.lost() if not one.startswith("notification")}
        assert not recorder.double()
        assert not recorder.strange()


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("what", "seen"),
    [
        ("drops outcomes", lambda recorder: recorder.lost()),
        ("changes outcomes", lambda recorder: recorder.strange()),
        ("books twice", lambda recorder: recorder.double()),
    ],
)
def test_what_a_spoilt_matcher_does_is_seen(
    what: str, seen: Callable[[Recorder], set[str]], new_broker: Start, tmp_path: Path
) -> None:
    assert what in BROKEN
    with recorded(new_broker("embedded"), tmp_path, *SPOILT, what, "1") as recorder:
        found = {one for one in seen(recorder) if not one.startswith("notification")}
        assert found
