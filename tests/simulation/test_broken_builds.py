"""Builds that break a promise on purpose are caught within 100 seeds: the simulation can fail."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
import pytest

from events.emission import emission_id
from events.envelope import Record
from gigmatch.readmodel.keys import progress_key
from gigmatch.readmodel.progress import Progress
from matching.engine import Step
from matching.market import Market
from streams import snapshots
from streams.matcher import Matcher, Owned
from streams.notifier.ledger import Ledger
from streams.projection import Projection
from streams.redis_store import Transaction
from streams.shelf import Changes
from tests.simulation.redis import SimulatedRedis
from tests.simulation.running import live
from tests.simulation.schedule import schedule
from tests.simulation.surroundings import simulated

SEEDS = 100
Break = Callable[[pytest.MonkeyPatch], None]


def acks_before_delivery(patch: pytest.MonkeyPatch) -> None:
    """The reports of a batch are not waited for."""

    async def settle(matcher: Matcher) -> None:
        await asyncio.sleep(0)

    patch.setattr(Matcher, "_settle", settle)


def takes_repeated_facts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Market, "knows", lambda market, fingerprint: False)


def takes_snapshots_before_delivery(patch: pytest.MonkeyPatch) -> None:
    """The state is ahead of the outcomes, and its mark says that nothing is missing."""
    publish = Matcher._publish

    async def late(matcher: Matcher, owned: Owned, steps: Sequence[tuple[Record, Step]]) -> None:
        offset, zone, index = owned.published
        snapshots.publish(
            matcher._sink,
            owned.partition,
            owned.engine.snapshot(),
            offset=owned.engine.last_offset,
            delivered=emission_id(zone, offset, index) if offset >= 0 else "",
        )
        await matcher._sink.drain()
        await publish(matcher, owned, steps)

    patch.setattr(Matcher, "_publish", late)


def keeps_the_progress_apart(patch: pytest.MonkeyPatch) -> None:
    """What has been projected is written, and how far that was a moment later."""
    commit = Transaction.commit

    def in_two(
        transaction: Transaction,
        progress: Progress,
        changes: Changes,
        projection: Projection,
    ) -> None:
        redis = SimulatedRedis.from_url("")
        key = progress_key(transaction._partition)
        stored = redis.get(key)
        before = Progress(log=progress.log)
        if isinstance(stored, bytes):
            before = msgspec.json.decode(stored, type=Progress)
        before.zones = progress.zones
        commit(transaction, before, changes, projection)
        transaction.committed = msgspec.json.encode(progress)
        redis.set(key, transaction.committed)

    patch.setattr(Transaction, "commit", in_two)


def forgets_what_was_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "_done", lambda ledger, id, ended_at=0: None)


@pytest.mark.parametrize(
    "break_it",
    [
        acks_before_delivery,
        takes_repeated_facts,
        takes_snapshots_before_delivery,
        keeps_the_progress_apart,
        forgets_what_was_told,
    ],
)
def test_a_broken_build_is_caught(break_it: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(monkeypatch)
    with simulated():
        results = (live(schedule(seed)) for seed in range(SEEDS))
        wrong = next((result for result in results if result.kind), None)
    assert wrong is not None
    assert wrong.is_promise, f"{wrong.kind}: {wrong.how}"
