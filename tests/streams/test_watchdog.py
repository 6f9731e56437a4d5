"""A partition that stands still is noticed; one that moves, or has nothing to do, is not."""

from streams.watchdog import Watchdog


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _watchdog() -> tuple[Watchdog, Clock]:
    clock = Clock()
    return Watchdog(30, clock), clock


def test_a_partition_that_stands_still_with_records_waiting_is_named() -> None:
    watchdog, clock = _watchdog()
    assert watchdog.look({3: 10}, {3: 20}, 0) == ""
    clock.now = 29
    assert watchdog.look({3: 10}, {3: 20}, 0) == ""
    clock.now = 31
    assert watchdog.look({3: 10}, {3: 25}, 0) == "partition 3 stands at 10 of 25 for 31 s"


def test_one_that_moves_or_waits_for_records_is_well() -> None:
    watchdog, clock = _watchdog()
    for second in range(0, 200, 20):
        clock.now = second
        assert watchdog.look({0: second, 1: 7}, {0: 1000, 1: 7}, 0) == ""
    clock.now = 205
    assert watchdog.look({0: 180, 1: 7}, {0: 1000, 1: 8}, 0) == ""


def test_one_that_waits_for_others_of_the_process_is_given_time_but_not_for_ever() -> None:
    watchdog, clock = _watchdog()
    for second in range(0, 300, 20):
        clock.now = second
        assert watchdog.look({0: second, 1: 7, 2: 9}, {0: 1000, 1: 8, 2: 9}, 0) == ""
    clock.now = 310
    told = watchdog.look({0: 310, 1: 7, 2: 9}, {0: 1000, 1: 8, 2: 9}, 0)
    assert told == "partition 1 stands at 7 of 8 for 310 s"


def test_others_that_have_nothing_to_do_excuse_nobody() -> None:
    watchdog, clock = _watchdog()
    for clock.now in range(0, 31, 10):
        assert watchdog.look({0: 5, 1: 7}, {0: 9, 1: 7}, 0) == ""
    clock.now = 31
    assert watchdog.look({0: 5, 1: 7}, {0: 9, 1: 7}, 0) == "partition 0 stands at 5 of 9 for 31 s"


def test_a_rebuild_that_reads_on_is_movement() -> None:
    watchdog, clock = _watchdog()
    for second in range(0, 200, 20):
        clock.now = second
        assert watchdog.look({0: 5}, {0: 1000}, progress=second) == ""


def test_a_partition_that_comes_back_starts_anew() -> None:
    watchdog, clock = _watchdog()
    watchdog.look({0: 5}, {0: 1000}, 0)
    watchdog.look({}, {}, 0)
    clock.now = 40
    assert watchdog.look({0: 5}, {0: 1000}, 0) == ""


def test_what_the_broker_held_up_is_pardoned() -> None:
    watchdog, clock = _watchdog()
    watchdog.look({0: 5}, {0: 1000}, 0)
    clock.now = 40
    watchdog.pardon()
    assert watchdog.look({0: 5}, {0: 1000}, 0) == ""


def test_what_waited_at_the_start_is_left_until_it_is_applied() -> None:
    watchdog, _ = _watchdog()
    watchdog.look({0: 5}, {0: 10, 1: 0}, 0)
    assert watchdog.left == 5
    watchdog.look({0: 8}, {0: 90, 1: 3}, 0)
    assert watchdog.left == 2
    watchdog.look({0: 10}, {0: 99, 1: 3}, 0)
    assert watchdog.left == 0
