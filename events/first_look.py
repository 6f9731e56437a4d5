"""A quick look at bytes, to spare most of them the thorough one.

The thorough one (`nesting`, `forbidden`, `personal`) reads a fact half a dozen times and finds
something in one of thousands. Without the compiled module everything is looked at thoroughly.
"""

from importlib.util import find_spec
from typing import Final

from events.nesting import DEEPEST

COMPILED: Final = find_spec("events._scan") is not None

# Employment Promotion Law art. 3 and 25-31: neither a filter nor a feature, so not in a message.
PROTECTED: Final = (
    *("gender", "sex", "ethnicity", "religion", "disability", "hukou", "marital_status"),
    *("性别", "民族", "宗教", "残疾", "户口", "户籍", "婚姻"),
)
"""What no message may name."""

if COMPILED:
    from events._scan import dubious as _dubious

    def is_dubious(data: bytes) -> bool:
        """Whether JSON or text may be too deep, name what is protected or hold personal data.

        True too often, never too seldom.
        """
        return _dubious(data, DEEPEST, PROTECTED)
else:

    def is_dubious(data: bytes) -> bool:
        """Nothing is known without a look."""
        return True
