"""What is found in what a gateway answered: the judge of the cells of its lines."""

import msgspec
import pytest

from tests.chaos.through import Answer, double, lost
from tests.matching.scenario import JOB
from tests.worlds import record_of

TAKEN, LATER = Answer(202, ""), Answer(503, "urn:gigmatch:no_broker")
ONCE = {"a": [record_of(JOB, 4)]}
TWICE = {"a": [record_of(JOB, 4), record_of(JOB, 7)]}


def test_who_was_refused_and_then_taken_is_all_right() -> None:
    assert lost({"a": [LATER, LATER, TAKEN]}, ONCE) == set()
    assert lost({"b": [LATER]}, {}) == set()
    assert double(ONCE, {(0, 4)}, may_repeat=False) == set()


def test_what_was_taken_and_is_not_on_the_log_is_lost() -> None:
    assert lost({"a": [TAKEN], "b": [LATER, TAKEN]}, ONCE) == {"taken, and not on the log: b"}


@pytest.mark.parametrize("answer", [Answer(500, "x"), Answer(0, "ReadTimeout"), Answer(404, "")])
def test_an_answer_that_is_neither_yes_nor_later_is_told(answer: Answer) -> None:
    (told,) = lost({"a": [answer, TAKEN]}, ONCE)
    assert told.startswith("neither taken nor refused: a")


def test_what_was_refused_and_stands_there_all_the_same_is_double_where_that_can_be_known() -> None:
    assert double(TWICE, {(0, 4)}, may_repeat=True) == set()
    assert double(TWICE, {(0, 4)}, may_repeat=False) == {"refused, and taken all the same: a"}


def test_what_counted_twice_or_says_two_things_is_double() -> None:
    assert double(TWICE, {(0, 4), (0, 7)}, may_repeat=True) == {"counted twice: a"}
    other = msgspec.structs.replace(record_of(JOB, 7), value=b"{}")
    two = {"a": [record_of(JOB, 4), other]}
    assert double(two, {(0, 4)}, may_repeat=True) == {"two things under one id: a"}
