"""The circuit breaker, on a clock by hand."""

from streams.notifier.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_failures_in_a_row_and_lets_one_through_after_a_while() -> None:
    clock = Clock()
    breaker = Breaker(clock, failures=2, pause_s=10.0)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.lets_through()
    breaker.failed()
    assert not breaker.lets_through()
    clock.now = 10.0
    assert breaker.lets_through()
    assert not breaker.lets_through()
    breaker.failed()
    clock.now = 19.0
    assert not breaker.lets_through()
    clock.now = 20.0
    assert breaker.lets_through()
    breaker.succeeded()
    assert breaker.lets_through()
    assert breaker.lets_through()
