"""What the fault matrix says last, and when it is content."""

import pytest

from tests.chaos.cells import Cell, is_clean, markdown, parsed, shown, summary

CLEAN = Cell("Redis flushed", 1, 0, 0, 0, 3.0, 1.25, 4.0, 0.5)
TIMES = (1.0, 2.0, 3.0, 4.0)
KILLS = Cell("kill -9", 10, 0, 0, 0, 40.0, 12.0, 6.0, 0.5)


def test_the_last_line_sums_all_faults() -> None:
    lost = Cell("frozen", 1, 2, 0, 0, *TIMES, ("outcome a", "outcome b"))
    strange = Cell("clock", 2, 0, 3, 4, *TIMES)
    assert summary([CLEAN, KILLS, lost, strange]) == "14 faults, 2 lost, 3 double, 4 diverged"


@pytest.mark.parametrize(
    "counts", [(1, 0, 0), (0, 1, 0), (0, 0, 1)], ids=["lost", "double", "diverged"]
)
def test_a_single_finding_spoils_the_matrix(counts: tuple[int, int, int]) -> None:
    assert is_clean([CLEAN, KILLS])
    assert not is_clean([CLEAN, Cell("kill -9", 1, *counts, *TIMES), KILLS])


def test_a_fault_is_shown_with_the_first_of_its_findings() -> None:
    findings = tuple(f"outcome {number}" for number in range(9))
    lines = shown(Cell("kill -9", 1, 9, 0, 0, 1.0, 2.0, 3.0, 4.0, findings)).splitlines()
    assert lines[0].split() == ["kill", "-9", "1", "9", "0", "0", "1.0", "2.0", "3.0", "4.0"]
    assert [line.strip() for line in lines[1:]] == list(findings[:5])


def test_the_table_has_a_row_for_each_fault() -> None:
    rows = markdown([CLEAN, KILLS]).splitlines()
    assert rows[2:] == [
        "| Redis flushed | 1 | 0 | 0 | 0 | 3.0 | 1.2 | 4.0 | 0.5 |",
        "| kill -9 | 10 | 0 | 0 | 0 | 40.0 | 12.0 | 6.0 | 0.5 |",
    ]


def test_a_table_is_read_as_it_was_written() -> None:
    assert parsed(markdown([])) == []
    spoilt = Cell("clock: an hour ahead, two back", 2, 1, 3, 4, *TIMES)
    assert parsed(markdown([KILLS, spoilt])) == [KILLS, spoilt]
