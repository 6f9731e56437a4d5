"""What a clerk would read: the rejection of a call, as a value."""

from collections.abc import Callable

from events.rejections import Rejection


def refused(call: Callable[[], object]) -> Rejection | None:
    """The Rejection that a call raises, or None; any other exception is a bug and goes through."""
    rejection = None
    try:
        call()
    except Rejection as raised:
        rejection = raised
    assert rejection is None or (rejection.reason("en") and rejection.reason("zh-CN"))
    return rejection
