"""The simulated loop runs whatever is due, and then stands still."""

from tests.simulation.loop import SimulatedLoop

NOW_S = 1_805_068_815.8


def test_a_timer_that_is_due_just_now_runs() -> None:
    """Seed 560 waited for one for ever."""
    loop = SimulatedLoop(lambda: NOW_S)
    ran: list[str] = []
    loop.call_at(NOW_S, ran.append, "due")
    loop.call_at(NOW_S + 1, ran.append, "later")
    loop.settle()
    loop.close()
    assert ran == ["due"]
