"""A fold's outcomes against those that were published."""

from gigmatch.comparison import Comparison, compare, compare_lines

OURS = {0: {"511181-1-0": b"a", "511181-1-1": b"b", "511181-4-0": b"c"}}
LAST = {0: 4}


def test_equal_outcomes_are_equal() -> None:
    assert compare(OURS, OURS, LAST) == Comparison(3, 0, 0, "")
    assert compare({}, {0: {}, 1: {}}, {}) == Comparison(0, 0, 0, "")


def test_the_first_difference_is_named() -> None:
    theirs = {0: {**OURS[0], "511181-1-1": b"x"}}
    assert compare(OURS, theirs, LAST).difference == (
        "partition 0: 511181-1-1 is not what the log gives"
    )
    invented = {0: {**OURS[0], "511181-2-0": b"x"}}
    assert "511181-2-0" in compare(OURS, invented, LAST).difference
    foreign = {0: {**OURS[0], "not ours": b"x"}}
    assert "not ours" in compare(OURS, foreign, LAST).difference


def test_one_that_was_left_out_is_lost() -> None:
    theirs = {0: {id: line for id, line in OURS[0].items() if id != "511181-1-1"}}
    assert compare(OURS, theirs, LAST).difference == "partition 0: 511181-1-1 was never published"


def test_a_matcher_that_is_behind_has_lost_nothing() -> None:
    theirs = {0: {"511181-1-0": b"a"}}
    assert compare(OURS, theirs, LAST) == Comparison(1, 2, 0, "")


def test_what_was_answered_while_the_log_was_read_is_no_difference() -> None:
    theirs = {0: {**OURS[0], "511181-5-0": b"d"}}
    assert compare(OURS, theirs, LAST) == Comparison(3, 0, 1, "")


def test_files_of_outcomes_are_compared_by_id() -> None:
    assert compare_lines([("1", b"a"), ("2", b"b")], [("2", b"b"), ("1", b"a"), ("1", b"a")]) == ""
    assert compare_lines([("1", b"a")], [("1", b"b")]) == "1 is another in the file"
    assert compare_lines([("1", b"a")], []) == "1 is not in the file"
    assert compare_lines([], [("1", b"a")]) == "1 is only in the file"
