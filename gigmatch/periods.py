"""Periods as people write them: 30m, 12h, 7d."""

import re
from typing import Final

from gigmatch.errors import UserError

_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds_of(period: str) -> int:
    """The seconds of a period such as `7d`. Raises UserError when it is none."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", period)
    if found is None:
        raise UserError(f"{period!r} is no period: write a number and s, m, h or d, such as 7d")
    return int(found[1]) * _SECONDS[found[2]]
