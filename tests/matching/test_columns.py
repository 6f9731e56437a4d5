"""Columns grow in both directions and forget what is dropped."""

import numpy as np

from matching.columns import Codes, Facts, Slots


def test_more_codes_and_more_slots_than_there_was_room_for() -> None:
    codes = Codes()
    for slot in range(600):
        codes.put(slot, [(f"code-{slot % 20}", 1 + slot % 3)])
    rows = np.arange(600)
    for number in range(20):
        levels = codes.levels(f"code-{number}", rows)
        assert levels.nonzero()[0].tolist() == list(range(number, 600, 20))
    assert codes.levels("unknown", rows).sum() == 0


def test_a_slot_is_used_again_and_its_codes_are_new() -> None:
    slots, codes = Slots(), Codes()
    first = slots.take("a")
    codes.put(first, [("tea", 3)])
    assert slots.release("a") == first
    assert slots.release("a") is None
    again = slots.take("b")
    codes.put(again, [("cook", 1)])
    assert again == first
    assert slots.ids[again] == "b"
    assert codes.levels("tea", slots.rows()).tolist() == [0]
    assert slots.rows().tolist() == [again]


def test_facts_keep_milliseconds_exactly() -> None:
    facts = Facts(("start", "end"))
    facts.put(1_000, (1_805_155_200_001, 2**53 - 1))
    assert facts["start"][1_000] == 1_805_155_200_001
    assert facts["end"][1_000] == 2**53 - 1
