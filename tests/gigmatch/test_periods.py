import pytest

from gigmatch.errors import UserError
from gigmatch.periods import seconds_of


@pytest.mark.parametrize(
    ("period", "seconds"), [("45s", 45), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800)]
)
def test_a_period_is_a_number_and_a_unit(period: str, seconds: int) -> None:
    assert seconds_of(period) == seconds


@pytest.mark.parametrize("period", ["", "7", "d", "0d", "-1d", "1.5d", "7 d", "7w", "1234567d"])
def test_anything_else_is_refused_with_an_example(period: str) -> None:
    with pytest.raises(UserError, match="such as 7d"):
        seconds_of(period)
