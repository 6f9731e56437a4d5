"""Both sides of the availability comparisons by clocks of the same kind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import Message

from benchmarks import availability
from benchmarks.availability import FIRST_JOB, LAST_JOB
from benchmarks.matcher_vs_plain import COMPARISON
from benchmarks.services import Broker


class Ranked:
    """The ranking of a job, as it arrives."""

    def __init__(self, job_id: str) -> None:
        self._value = f'{{"job_id":"{job_id}"}}'.encode()

    def value(self) -> bytes:
        return self._value


class Running:
    """What was started: nothing that ends."""

    def __init__(self, name: str) -> None:
        self.name = name

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


Is = Callable[[Message], bool]


def test_a_contender_that_answers_is_timed_by_its_outcomes_as_ours_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timed: list[tuple[str, list[bool], list[bool]]] = []

    @contextmanager
    def broker() -> Iterator[Broker]:
        yield Broker("none", "nowhere:1")

    @contextmanager
    def ours(_: Broker) -> Iterator[Running]:
        yield Running("matcher")

    @contextmanager
    def theirs(module: str, _: Broker) -> Iterator[Running]:
        yield Running(module)

    def seconds_between(_: Running, first: Is, last: Is, check: Callable[[], None]) -> float:
        arriving = [Ranked(FIRST_JOB), Ranked("J-1"), Ranked(LAST_JOB)]
        started = check.__self__.name  # type: ignore[attr-defined]
        timed.append((started, [*map(first, arriving)], [*map(last, arriving)]))  # type: ignore[arg-type]
        return 2.0

    for name, fake in {
        "running_broker": broker,
        "running_matcher": ours,
        "running_contender": theirs,
        "fresh_topics": lambda bootstrap: None,
        "load": lambda bootstrap, records: None,
        "reader": lambda bootstrap, topic: Running(topic),
        "seconds_between": seconds_between,
    }.items():
        monkeypatch.setattr(availability, name, fake)
    with COMPARISON.open(True) as contest:
        samples = [contest.ours(), contest.theirs()]
    assert [sample.value for sample in samples] == [contest.n / 2.0] * 2
    assert timed == [
        (name, [True, False, False], [False, False, True])
        for name in ("matcher", "benchmarks.contender_plain")
    ]
