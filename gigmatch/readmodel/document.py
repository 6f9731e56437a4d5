"""What every document of the read model is."""

from collections.abc import Iterator

import msgspec


class Document(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of what is stored."""

    def entries(self) -> Iterator[tuple[str, str, int]]:
        """The sorted sets it stands in: key, member, score."""
        yield from ()
