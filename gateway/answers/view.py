"""What every answer is."""

import msgspec


class View(msgspec.Struct, kw_only=True):
    """Base of the answers. Times are UTC ms, money fen."""
