"""Periods as people write them: 30m, 12h, 7d."""

import re
from typing import Final

from gigmatch.errors import SaidError

_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds_of(period: str) -> int:
    """The seconds of a period such as `7d`. Raises UserError when it is none."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", period)
    if found is None:
        raise SaidError("error.period", value=period)
    return int(found[1]) * _SECONDS[found[2]]
